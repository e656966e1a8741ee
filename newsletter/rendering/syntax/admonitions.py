"""Boxes that stand apart: ``!!! note "Title"``, ``> [!NOTE]``, ``:::note`` and Hugo's shortcodes.

All of them become the same tokens: ``admonition_open``, its title, blocks, ``admonition_close``.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from markdown_it.token import Token

from newsletter.rendering.syntax.tags import Tag, find_tag
from newsletter.rendering.syntax.tokens import build_text

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

#: Kinds by what they ask of the reader; every other kind is a note.
_KINDS: Final = {
    **dict.fromkeys(("tip", "hint", "success", "check", "done", "example"), "tip"),
    **dict.fromkeys(("important", "question", "help", "faq"), "important"),
    **dict.fromkeys(("warning", "attention"), "warning"),
    **dict.fromkeys(("danger", "caution", "error", "bug", "failure", "fail"), "danger"),
}
#: Shortcodes of Hugo's themes that put a box around Markdown.
_SHORTCODES: Final = frozenset(
    {"notice", "admonition", "callout", "alert", "hint", "tip", "note", "warning", "info"}
    | {"details", "caution", "important"}
)
_COLONS: Final = re.compile(r"(?P<colons>:{3,})[ \t]*(?P<kind>[a-zA-Z]+)(?P<title>.*)")
_ALERT: Final = re.compile(r"\[!([A-Za-z]+)\][+-]?[ \t]*")


def get_kind(written: str) -> str:
    """Tell which box a word asks for: note, tip, important, warning or danger."""
    return _KINDS.get(written.lower(), "note")


def shortcode_box_rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Read a pair of shortcodes, each on its own line, and the Markdown between them."""
    opening = read_tag_line(state, start)
    if opening is None or opening.is_closing or opening.name not in _SHORTCODES:
        return False
    close = find_closing_line(state, start, end, opening)
    if close is None:
        return False
    if silent:
        return True
    is_kind = opening.name not in {"notice", "admonition", "callout", "alert", "details"}
    kind = opening.name if is_kind else opening.get("type", "kind") or opening.first() or "note"
    title = opening.get("title", "summary", "heading") or (
        " ".join(opening.arguments[0 if is_kind else 1 :]) if opening.arguments else ""
    )
    if opening.name == "details":
        kind, title = "note", title or opening.first()
    _push_opening(state, kind, title or kind.title(), [start, close + 1])
    _push_blocks(state, start + 1, close)
    return True


def colon_box_rule(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """Read ``:::note Title`` and the Markdown up to a line of as many colons."""
    opening = _COLONS.fullmatch(_read_line(state, start))
    if opening is None or state.is_code_block(start):
        return False
    close = next(
        (line for line in range(start + 1, end) if _read_line(state, line) == opening["colons"]),
        None,
    )
    if close is None:
        return False
    if silent:
        return True
    title = (opening["title"] or "").strip("[] ") or opening["kind"].title()
    _push_opening(state, opening["kind"], title, [start, close + 1])
    _push_blocks(state, start + 1, close)
    return True


def read_alerts(tokens: Sequence[Token]) -> None:
    """Turn quotations in GitHub's manner, ``> [!NOTE]``, into boxes."""
    for place, (quotation, inline) in enumerate(zip(tokens, tokens[2:], strict=False)):
        if quotation.type != "blockquote_open" or inline.type != "inline" or not inline.children:
            continue
        first = inline.children[0]
        match = _ALERT.match(first.content) if first.type == "text" else None
        if match is None:
            continue
        first.content = first.content[match.end() :]
        title = _take_first_line(inline.children) or [build_text(match[1].title())]
        closing = next(
            token
            for token in tokens[place:]
            if token.type == "blockquote_close" and token.level == quotation.level
        )
        quotation.type, quotation.tag = "admonition_open", "div"
        closing.type, closing.tag = "admonition_close", "div"
        quotation.meta["kind"] = get_kind(match[1])
        quotation.meta["title"] = title


def split_titles(tokens: Sequence[Token]) -> list[Token]:
    """Give each box its title as a paragraph of its own, and leave out what became empty."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "paragraph_close" and _is_emptied(kept):
            del kept[-2:]
            continue
        kept.append(token)
        if token.type == "admonition_open":
            title = token.meta.pop("title", None)
            token.meta.setdefault("kind", get_kind(str(token.meta.get("tag", ""))))
            if title:
                kept += _build_title(title, token.level + 1, token.map)
    return kept


def name_boxes(tokens: Sequence[Token], words: Mapping[str, str]) -> None:
    """Say the kind of a box in the issue's language, where its title is no more than that.

    Args:
        tokens: Of an issue, boxes with their titles.
        words: By `newsletter.rendering.words.load_words`; those for kinds begin with ``box_``.
    """
    for opening, inline in pairwise(tokens):
        if opening.type == "admonition_title_open" and len(inline.children or ()) == 1:
            title = (inline.children or [])[0]
            title.content = words.get(f"box_{title.content.lower()}", title.content)


def read_tag_line(state: "StateBlock", line: int) -> Tag | None:
    """Read the tag that has a line to itself."""
    if state.is_code_block(line):
        return None
    begin = state.bMarks[line] + state.tShift[line]
    tag = find_tag(state.src, begin)
    if tag is None or state.src[begin + len(tag.written) : state.eMarks[line]].strip():
        return None
    return tag


def find_closing_line(state: "StateBlock", start: int, end: int, opening: Tag) -> int | None:
    """Find the line that closes a tag, or nothing; asked again and again while a block ends."""
    known: dict[tuple[int, int], int | None] = state.env.setdefault("closing_lines", {})
    if (start, end) not in known:
        known[start, end] = next(
            (line for line in range(start + 1, end) if _closes(state, line, opening.name)), None
        )
    return known[start, end]


def _closes(state: "StateBlock", line: int, name: str) -> bool:
    tag = find_tag(state.src, state.bMarks[line] + state.tShift[line])
    if tag is None:
        return False
    return (tag.grammar, tag.name, tag.is_closing) in {
        ("hugo", name, True),
        ("liquid", f"end{name}", False),
    }


def _push_opening(state: "StateBlock", kind: str, title: str, lines: list[int]) -> None:
    token = state.push("admonition_open", "div", 1)
    token.map = lines
    token.meta = {"kind": get_kind(kind)}
    state.push("admonition_title_open", "p", 1)
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = title, [lines[0], lines[0] + 1], []
    state.push("admonition_title_close", "p", -1)


def _push_blocks(state: "StateBlock", start: int, close: int) -> None:
    """Read the blocks of a box up to the line that closes it, and close it."""
    line_max, state.lineMax = state.lineMax, close
    state.md.block.tokenize(state, start, close)
    state.lineMax = line_max
    state.push("admonition_close", "div", -1)
    state.line = close + 1


def _read_line(state: "StateBlock", line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _take_first_line(children: list[Token]) -> list[Token]:
    """Take what stands beside the mark: the author's own title."""
    end = next(
        (place for place, token in enumerate(children) if token.type == "softbreak"),
        len(children),
    )
    title = [token for token in children[:end] if token.type != "text" or token.content]
    del children[: end + 1]
    return title


def _build_title(title: list[Token], level: int, lines: list[int] | None) -> list[Token]:
    opening = Token("admonition_title_open", "p", 1, level=level)
    inline = Token("inline", "", 0, level=level + 1, children=title, map=lines)
    return [opening, inline, Token("admonition_title_close", "p", -1, level=level)]


def _is_emptied(kept: Sequence[Token]) -> bool:
    """Tell whether the paragraph that ends here held only the mark of a box."""
    return (
        len(kept) > 2
        and kept[-1].type == "inline"
        and not kept[-1].children
        and _ALERT.match(kept[-1].content) is not None
    )
