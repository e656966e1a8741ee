"""Where things stand in an issue's file: its links, images and headings, and what was remarked.

Places are lines and columns of the file, front matter counted, for editors and for checks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from markdown_it.token import Token

from newsletter.issues.issue import Issue
from newsletter.rendering.fields import Sentinels, iter_tokens
from newsletter.rendering.finding import Finding
from newsletter.rendering.markdown import parse_markdown, read_tokens
from newsletter.rendering.syntax.site_links import replace_site_links

#: Of link_open tokens: made from a URL that stands in the text as it is.
_BARE_MARKUP = frozenset({"linkify", "autolink"})


class Place(NamedTuple):
    """A place in a file, counted from 1; a column of 0 is not known."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link of an issue."""

    #: In ASCII, as it will be followed; relative ones are not yet resolved.
    target: str
    #: What is seen of it, on one line.
    words: str
    line: int
    column: int
    #: Made from a URL that stands in the text as it is.
    is_bare: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image of an issue."""

    source: str
    #: Its description; empty when the author gave none.
    words: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading of an issue."""

    #: 1 to 6, as the author wrote it.
    level: int
    words: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """What checks ask about an issue, in the order of the file."""

    links: tuple[Link, ...]
    images: tuple[Image, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """An issue's text as it was written, to find places in."""

    markdown: str
    #: Line of the file on which the text begins.
    first_line: int = 1
    #: Puts what the author wrote in the place of sentinels.
    restore: Callable[[str], str] = str
    _lines: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lines", self.markdown.replace("\r\n", "\n").split("\n"))

    def locate(self, inline: Token, offset: int) -> Place:
        """Find the place of a character of an inline token's content."""
        first = inline.map[0] if inline.map else 0
        before = inline.content[:offset]
        row = first + before.count("\n")
        start = before.rfind("\n") + 1
        line = inline.content[start:].partition("\n")[0]
        found = self._line(row).find(self.restore(line).strip())
        if found < 0 or not line.strip():
            return Place(row + self.first_line, 0)
        lead = len(line) - len(line.lstrip())
        column = found + len(self.restore(line[lead : offset - start])) + 1
        return Place(row + self.first_line, column)

    def locate_block(self, token: Token) -> Place:
        """Find where a block begins; line 0 for one that no lines are known of."""
        if not token.map:
            return Place(0, 0)
        line = self._line(token.map[0])
        return Place(token.map[0] + self.first_line, len(line) - len(line.lstrip()) + 1)

    def _line(self, row: int) -> str:
        return self._lines[row] if row < len(self._lines) else ""


def read_outline(issue: Issue, *, allow_html: bool = False) -> Outline:
    """List links, images and headings of an issue with their places."""
    sentinels = Sentinels(issue.markdown)
    markdown = replace_site_links(sentinels.mark(issue.markdown), sentinels.mark_target)
    tokens = parse_markdown(markdown, allow_html=allow_html)
    source = SourceText(issue.markdown, issue.markdown_line, sentinels.restore)
    return Outline(
        links=tuple(_iter_links(tokens, source)),
        images=tuple(_iter_images(tokens, source)),
        headings=tuple(_iter_headings(tokens, source)),
    )


def list_findings(tokens: Sequence[Token], source: SourceText) -> tuple[Finding, ...]:
    """Give the remarks noted on tokens their places, in the order of the file."""
    found = []
    for token in tokens:
        own = token.meta.get("remarks", ())
        found += [(source.locate_block(token), remark) for remark in own]
        if any("remarks" in inner.meta for inner in iter_tokens(token.children or ())):
            for child, place in iter_places(token, source):
                found += [(place, remark) for remark in child.meta.get("remarks", ())]
    found.sort(key=lambda each: each[0])
    return tuple(
        Finding(line=place.line, column=place.column, **remark._asdict()) for place, remark in found
    )


def iter_places(inline: Token, source: SourceText) -> Iterator[tuple[Token, Place]]:
    """Walk over what an inline token holds and its places; what has none has the one before."""
    offset = 0
    for child in inline.children or ():
        own = child.meta.get("offset")
        if own is not None:
            offset = own
        elif child.type == "link_open":
            offset = _find_bare(inline, child, offset)
        place = source.locate(inline, offset)
        yield child, place
        for inner in child.children or ():
            yield inner, place


def _find_bare(inline: Token, link: Token, start: int) -> int:
    """Find a link that was made from words: by the label behind its opening."""
    children = inline.children or []
    after = children[children.index(link) + 1]
    found = inline.content.find(after.content, start) if after.content else -1
    return found if found >= 0 else start


def _iter_links(tokens: Sequence[Token], source: SourceText) -> Iterator[Link]:
    for inline in tokens:
        children = inline.children or []
        for place_of, (child, place) in enumerate(_iter_top(inline, source)):
            if child.type != "link_open":
                continue
            end = next(
                at for at in range(place_of, len(children)) if children[at].type == "link_close"
            )
            yield Link(
                target=source.restore(str(child.attrGet("href") or "")),
                words=source.restore(read_tokens(children[place_of + 1 : end])),
                line=place.line,
                column=place.column,
                is_bare=child.markup in _BARE_MARKUP,
            )


def _iter_top(inline: Token, source: SourceText) -> Iterator[tuple[Token, Place]]:
    own = {id(child) for child in inline.children or ()}
    return (each for each in iter_places(inline, source) if id(each[0]) in own)


def _iter_images(tokens: Sequence[Token], source: SourceText) -> Iterator[Image]:
    for inline in tokens:
        for child, place in iter_places(inline, source):
            if child.type == "image":
                yield Image(
                    source=source.restore(str(child.attrGet("src") or "")),
                    words=source.restore(read_tokens([child])),
                    line=place.line,
                    column=place.column,
                )


def _iter_headings(tokens: Sequence[Token], source: SourceText) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            place = source.locate_block(token)
            yield Heading(
                level=int(token.tag[1]),
                words=source.restore(read_tokens(inline.children or ())),
                line=place.line,
                column=place.column,
            )
