"""``references = "link-headings"``: an issue that keeps its links in one list at its end.

Each heading becomes the link that is its own: the list is in the order of the sections. Not every
section needs a link; who belongs to whom is decided for all of them together, by the order and by
the words that a heading shares with a URL. Items that only repeat what a heading now is are left
out, everything else stays where it was, and what has no partner is reported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from markdown_it.token import Token

from newsletter.rendering.finding import Severity
from newsletter.rendering.markdown import read_tokens
from newsletter.rendering.syntax.tokens import Remark, build_link, note

_WORD: Final = re.compile(r"[^\W_]{3,}")
#: A word that heading and URL share counts as much as so many pairs made by order alone.
_SHARED_WORD: Final = 2
_LIST_ENDS: Final = {
    "bullet_list_open": "bullet_list_close",
    "ordered_list_open": "ordered_list_close",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heading:
    place: int
    words: str
    inline: Token


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    """An item of the list, from its opening to its closing token."""

    start: int
    end: int
    target: str
    #: What it says besides the URL; empty for a bare one.
    words: str
    #: Where a list inside of it begins, or its end.
    inner: int


def link_headings(tokens: Sequence[Token]) -> list[Token]:
    """Make each heading the link that stands for it in the list at the end."""
    found = _find_list(tokens)
    if found is None:
        return _remark_no_list(tokens)
    title, start, end = found
    headings = list(_iter_headings(tokens[:title], tokens[title].tag))
    items = list(_iter_items(tokens, start, end))
    pairs = _pair(headings, items)
    _remark_lonely(tokens, headings, items, pairs)
    inserted: dict[int, list[Token]] = {}
    dropped: set[int] = set()
    for one, other in pairs.items():
        heading, item = headings[one], items[other]
        heading.inline.children = build_link(item.target, heading.inline.children or [])
        if item.words in {"", heading.words}:
            dropped |= set(range(item.start, item.end + 1))
            section_end = _find_section_end(tokens, heading.place, title)
            inner = tokens[item.inner : item.end]
            if set(_list_targets(inner)) - set(_list_targets(tokens[heading.place : section_end])):
                inserted[section_end] = _outdent(inner)
    if dropped >= set(range(start + 1, end)):
        dropped |= {title, title + 1, title + 2, start, end}
    kept: list[Token] = []
    for place, token in enumerate(tokens):
        kept += inserted.get(place, [])
        if place not in dropped:
            kept.append(token)
    return kept


def _find_list(tokens: Sequence[Token]) -> tuple[int, int, int] | None:
    """Find a last section that is one list of links: places of heading, list and its end."""
    places = [
        at for at, token in enumerate(tokens) if token.type == "heading_open" and not token.level
    ]
    if not places:
        return None
    title, start = places[-1], places[-1] + 3
    if start >= len(tokens) or tokens[start].type not in _LIST_ENDS:
        return None
    close = _LIST_ENDS[tokens[start].type]
    end = next(at for at in range(start, len(tokens)) if _closes(tokens[at], close))
    rest = tokens[end + 1 :]
    is_last = not rest or rest[0].type in {"footnote_block_open", "comment"}
    has_links = all(item.target for item in _iter_items(tokens, start, end))
    return (title, start, end) if is_last and has_links else None


def _closes(token: Token, kind: str) -> bool:
    return token.type == kind and token.level == 0


def _iter_headings(tokens: Sequence[Token], tag: str) -> Iterator[_Heading]:
    """Walk over the headings of sections that are no links yet."""
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and not token.level and token.tag == tag:
            children = tokens[place + 1].children or []
            if not any(child.type == "link_open" for child in children):
                yield _Heading(place=place, words=read_tokens(children), inline=tokens[place + 1])


def _iter_items(tokens: Sequence[Token], start: int, end: int) -> Iterator[_Item]:
    level = tokens[start].level + 1
    opening = start
    for place in range(start, end):
        token = tokens[place]
        if token.level != level:
            continue
        if token.type == "list_item_open":
            opening = place
        elif token.type == "list_item_close":
            inner = next(
                (at for at in range(opening, place) if tokens[at].type in _LIST_ENDS), place
            )
            target, words = _read_item(tokens[opening:inner])
            yield _Item(start=opening, end=place, target=target, words=words, inner=inner)


def _read_item(tokens: Sequence[Token]) -> tuple[str, str]:
    """Read the first link of an item, and what the item says besides a bare URL."""
    children = [child for token in tokens for child in token.children or ()]
    links = [child for child in children if child.type == "link_open"]
    if not links:
        return "", read_tokens(children)
    is_bare = links[0].markup in {"linkify", "autolink"} and len(children) == 3
    return str(links[0].attrGet("href") or ""), "" if is_bare else read_tokens(children)


def _pair(headings: Sequence[_Heading], items: Sequence[_Item]) -> dict[int, int]:
    """Pair headings and items in their order so that most pairs and shared words come together.

    Of equal pairings the one whose pairs are last: an issue begins with sections about itself.
    """
    rows, columns = len(headings), len(items)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    words = [_list_words(heading.words) for heading in headings]
    urls = [_list_words(unquote(item.target) + " " + item.words) for item in items]
    for row in range(1, rows + 1):
        for column in range(1, columns + 1):
            value = 1 + _SHARED_WORD * len(words[row - 1] & urls[column - 1])
            best[row][column] = max(
                best[row - 1][column],
                best[row][column - 1],
                best[row - 1][column - 1] + value,
            )
    pairs: dict[int, int] = {}
    row, column = rows, columns
    while row and column:
        value = 1 + _SHARED_WORD * len(words[row - 1] & urls[column - 1])
        if best[row][column] == best[row - 1][column - 1] + value:
            row, column = row - 1, column - 1
            pairs[row] = column
        elif best[row][column] == best[row - 1][column]:
            row -= 1
        else:
            column -= 1
    return dict(sorted(pairs.items()))


def _list_words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _find_section_end(tokens: Sequence[Token], place: int, title: int) -> int:
    """Find where the section of a heading ends: at the next heading of its level or above."""
    return next(
        at
        for at in range(place + 1, title + 1)
        if tokens[at].type == "heading_open"
        and not tokens[at].level
        and tokens[at].tag <= tokens[place].tag
    )


def _list_targets(tokens: Sequence[Token]) -> list[str]:
    return [
        str(child.attrGet("href"))
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]


def _outdent(tokens: Sequence[Token]) -> list[Token]:
    """Take a list out of the item it was in."""
    for token in tokens:
        token.level -= 2
    return list(tokens)


def _remark_lonely(
    tokens: Sequence[Token],
    headings: Sequence[_Heading],
    items: Sequence[_Item],
    pairs: dict[int, int],
) -> None:
    for number, heading in enumerate(headings):
        if number not in pairs:
            remark = Remark(
                "heading-without-link",
                Severity.NOTE,
                f"no link of the list at the end belongs to the heading {heading.words[:60]}",
                "Add its URL to the list, in the order of the sections, if it should be a link.",
            )
            note(tokens[heading.place], remark)
    for number, item in enumerate(items):
        if number not in pairs.values():
            remark = Remark(
                "link-without-heading",
                Severity.WARNING,
                f"no heading belongs to {item.target[:80]}; it stays in the list",
                "Put it below the item of its section, or give it a section.",
            )
            note(tokens[item.start], remark)


def _remark_no_list(tokens: Sequence[Token]) -> list[Token]:
    mark = Token("comment", "", 0, map=[0, 1])
    remark = Remark(
        "no-references",
        Severity.WARNING,
        'references = "link-headings" finds no last section that is one list of links',
        "End the issue with a heading and a list of URLs, or remove the key.",
    )
    note(mark, remark)
    return [mark, *tokens]
