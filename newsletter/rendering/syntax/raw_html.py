"""Raw HTML that is allowed: made safe, then turned into tokens like all others.

Since both parts of a mail are made of the tokens, what stands in HTML is in the plain text too, and
elements that were never closed are.
"""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.syntax.html_tags import PLAYER, link_player, read_source
from newsletter.rendering.syntax.safe_html import BLOCK, INLINE, clean_attributes
from newsletter.rendering.syntax.tokens import Remark, build_image, build_text, note, take_remarks
from newsletter.rendering.urls import ascii_url

#: Their content is no text.
_MUTE: Final = frozenset({"script", "style", "template", "noscript", "head", "title"})
#: Elements that Markdown makes too, by its names: both parts know these.
_KINDS: Final = {"b": "strong", "strong": "strong", "i": "em", "em": "em"} | dict.fromkeys(
    ("del", "s", "strike"), "s"
)
_VOID: Final = frozenset({"br", "hr", "img", "wbr"})
_MAX_DEPTH: Final = 40
_LISTS: Final = frozenset({"ul", "ol"})
_CELLS: Final = frozenset({"td", "th"})
_ROW_GROUPS: Final = frozenset({"table", "thead", "tbody", "tfoot"})
#: An element → what its beginning ends, and what that must not reach beyond (HTML 13.1.2.4).
_ENDS: Final = {
    "li": (frozenset({"li"}), _LISTS),
    "p": (frozenset({"p"}), _LISTS | _CELLS | {"li", "div", "blockquote", "dd"}),
    "tr": (frozenset({"tr"}), _ROW_GROUPS),
    **dict.fromkeys(_CELLS, (_CELLS, frozenset({"tr"}))),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), frozenset({"dl"}))),
}
_NAME: Final = re.compile(r"</?([A-Za-z][\w-]*)")


def convert_html(tokens: Sequence[Token]) -> list[Token]:
    """Turn raw HTML between and inside blocks into tokens that are safe and balanced."""
    kept: list[Token] = []
    blocks = _Balance()
    for token in tokens:
        if token.type == "html_block":
            kept += _convert_block(token, blocks)
            continue
        if token.children:
            token.children = _convert_children(token.children)
        kept += blocks.follow(token)
    return [*kept, *blocks.close_all()]


class _Balance:
    """What is open at a place: elements of HTML, and the elements of Markdown between them.

    The two never cross: where Markdown ends, what HTML left open inside of it is closed.
    """

    def __init__(self) -> None:
        #: Name in HTML, empty for an element of Markdown; type and tag of its tokens.
        self._open: list[tuple[str, str, str]] = []

    def follow(self, token: Token) -> list[Token]:
        """Follow a token of Markdown; return it behind what it closes."""
        if token.nesting > 0:
            self._open.append(("", token.type, token.tag))
        if token.nesting >= 0:
            return [token]
        closed = []
        while self._open and self._open[-1][0]:
            closed.append(self._close_last())
        if self._open:
            self._open.pop()
        return [*closed, token]

    def open(self, name: str, opening: Token) -> list[Token]:
        """Open an element of HTML, unless too many are."""
        if len(self._open) >= _MAX_DEPTH:
            return []
        self._open.append((name, opening.type.removesuffix("_open"), opening.tag))
        return [opening]

    def close(self, name: str) -> list[Token]:
        """Close an element with what is open inside of it; one that is not open stays so."""
        places = range(len(self._open) - 1, -1, -1)
        place = next((at for at in places if self._open[at][0] in {name, ""}), -1)
        if place < 0 or not self._open[place][0]:
            return []
        return [self._close_last() for _ in range(len(self._open) - place)]

    def close_before(self, name: str) -> list[Token]:
        """Close what the beginning of an element ends, where its author did not."""
        ends, stops = _ENDS.get(name, (frozenset(), frozenset()))
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] in ends:
                return [self._close_last() for _ in range(len(self._open) - place)]
            if self._open[place][0] in {"", *stops}:
                break
        return []

    def close_all(self) -> list[Token]:
        """Close what is still open of HTML."""
        return [self._close_last() for _ in range(len(self._open))]

    def _close_last(self) -> Token:
        _, kind, tag = self._open.pop()
        return Token(f"{kind}_close", tag, -1)


class _Converter(HTMLParser):
    """Turns a piece of HTML into tokens."""

    def __init__(self, balance: _Balance, *, is_block: bool) -> None:
        super().__init__()
        self._balance = balance
        self._is_block = is_block
        self._mute = 0
        #: Elements between words that a block of HTML has open; they end with it.
        self._words = _Balance()
        self._inline: list[Token] = []
        self.tokens: list[Token] = []
        self.removed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that is allowed, with the attributes that are."""
        if tag in _MUTE:
            self._mute += 1
        if self._mute:
            self.removed.append(tag)
        elif tag in INLINE:
            self._add_inline(tag, clean_attributes(attrs, INLINE[tag]))
        elif tag in BLOCK and self._is_block:
            self.flush()
            self.tokens += self._balance.close_before(tag)
            self._add_block(tag, clean_attributes(attrs, BLOCK[tag]))
        else:
            self.removed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag in _MUTE:
            self._mute = max(0, self._mute - 1)
        elif tag in INLINE:
            self._inline += (self._words if self._is_block else self._balance).close(tag)
        else:
            self.flush()
            self.tokens += self._balance.close(tag)

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if not self._mute and (self._inline or not self._is_block or data.strip()):
            self._inline.append(build_text(data))

    def parse_html_declaration(self, i: int) -> int:
        """Pass over a declaration; the library's own reading of odd ones raises."""
        return self.parse_bogus_comment(i)

    def flush(self) -> None:
        """End the words of a block."""
        words = [*self._inline, *self._words.close_all()]
        self._inline = []
        if words and self._is_block:
            self.tokens.append(Token("inline", "", 0, children=words))
        else:
            self.tokens += words

    def _add_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "img":
            source, words = attributes.pop("src", ""), attributes.pop("alt", "")
            self._inline.append(build_image(ascii_url(source), words, **attributes))
        elif tag == "br":
            self._inline.append(Token("hardbreak", "br", 0))
        elif tag != "wbr":
            kind = _KINDS.get(tag, f"html_{tag}")
            if tag == "a" and "href" in attributes:
                kind, attributes["href"] = "link", ascii_url(attributes["href"])
            opening = Token(f"{kind}_open", tag, 1, attrs={**attributes})
            balance = self._words if self._is_block else self._balance
            self._inline += balance.open(tag, opening)

    def _add_block(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _VOID:
            self.tokens.append(Token(tag, tag, 0, attrs={**attributes}))
            return
        opening = Token(f"html_{tag}_open", tag, 1, attrs={**attributes})
        self.tokens += self._balance.open(tag, opening)


def _convert_block(token: Token, blocks: _Balance) -> list[Token]:
    mark = Token("comment", "", 0, map=token.map)
    pieces: list[Token] = []
    end = 0
    removed: list[str] = []
    for match in [*PLAYER.finditer(token.content), None]:
        converter = _Converter(blocks, is_block=True)
        converter.feed(token.content[end : match.start() if match else len(token.content)])
        converter.close()
        converter.flush()
        pieces += converter.tokens
        removed += converter.removed
        if match is not None:
            end = match.end()
            player = Token("player", "", 0, content=match[0])
            children = link_player(player) if read_source(match[0]) else []
            pieces.append(Token("inline", "", 0, children=children))
    for piece in pieces:
        piece.map = token.map
    if removed:
        note(mark, _remark_removed(removed))
    return [mark, *pieces]


def _convert_children(children: list[Token]) -> list[Token]:
    kept: list[Token] = []
    balance = _Balance()
    mute = ""
    for token in children:
        if token.type == "player" and not mute:
            kept += link_player(token)
        elif token.type != "raw_html":
            kept += [] if mute else balance.follow(token)
        else:
            name = _read_name(token.content)
            if name in _MUTE:
                mute = "" if token.content.startswith("</") else name
            converter = _Converter(balance, is_block=False)
            if name not in _MUTE and not mute:
                converter.feed(token.content)
                converter.flush()
            if converter.removed or mute:
                mark = take_remarks(Token("comment", "", 0), source=token)
                note(mark, _remark_removed(converter.removed or [name]))
                kept.append(mark)
            kept += converter.tokens
    return [*kept, *balance.close_all()]


def _read_name(tag: str) -> str:
    match = _NAME.match(tag)
    return match[1].lower() if match else ""


def _remark_removed(names: Sequence[str]) -> Remark:
    different = list(dict.fromkeys(names))
    shown = ", ".join(f"<{name}>" for name in different)
    return Remark(
        "raw-html-removed",
        Severity.WARNING,
        f"{shown} cannot be in a mail and {'was' if len(different) == 1 else 'were'} left out",
        "Take it out of the issue, or lead to a page that has it.",
    )
