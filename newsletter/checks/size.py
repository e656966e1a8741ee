"""How large the message is, as Gmail counts and as the wire carries it, and what makes it so.

Source:
    Gmail cuts a page at about 102 kB of decoded HTML; nobody documents it, many measured it.
"""

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from newsletter.checks.page import Page, find_place, read_words
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import size as rules

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Decoded HTML.
WARN_BYTES: Final = 80_000
CLIP_BYTES: Final = 100_000
_SECTION_ANCHOR: Final = re.compile(r"s\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionSize:
    """A section and what it takes of the page."""

    #: Empty for what stands before the first section.
    title: str
    #: Of the issue's file.
    line: int
    size_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageSize:
    """What a message weighs, in bytes."""

    #: Decoded, as Gmail counts.
    html_bytes: int
    text_bytes: int
    #: Both parts encoded, without header fields.
    wire_bytes: int
    #: In the order of the page.
    sections: tuple[SectionSize, ...]


def measure_message(html: str, text: str, page: Page) -> MessageSize:
    """Weigh a message and its sections.

    Args:
        html: The page as it is sent.
        text: The plain-text part.
        page: The same page with lines; its sections begin with the anchors ``s1``, ``s2``, …
    """
    return MessageSize(
        html_bytes=len(html.encode()),
        text_bytes=len(text.encode()),
        wire_bytes=_count_encoded(html) + _count_encoded(text),
        sections=tuple(_measure_sections(html, page)),
    )


def check_size(size: MessageSize) -> Iterator[Finding]:
    """Tell whether the page is too large, and which section is the largest."""
    if size.html_bytes <= WARN_BYTES:
        return
    rule = rules.CLIPPED if size.html_bytes > CLIP_BYTES else rules.LARGE
    largest = max(size.sections, key=lambda section: section.size_bytes, default=None)
    message = (
        f"the page has {size.html_bytes / 1000:.1f} kB"
        f" ({size.wire_bytes / 1000:.1f} kB on the wire, with the plain text)"
    )
    if largest is None:
        yield build_finding(rule, message)
        return
    yield build_finding(
        rule,
        f"{message}; the largest section, “{largest.title}”, takes"
        f" {largest.size_bytes / 1000:.1f} kB",
        line=largest.line,
    )


def _count_encoded(text: str) -> int:
    """Count the octets in whichever transfer encoding is smaller, as the message has it."""
    content = text.encode()
    return min(len(b2a_qp(content, istext=True)), len(encodebytes(content)))


def _measure_sections(html: str, page: Page) -> Iterator[SectionSize]:
    """Cut the page at its sections' anchors; the last one ends where the theme goes on."""
    headings = []
    for heading in page.list_elements("h2"):
        names = [anchor.get("id") or "" for anchor in heading.iter("a")]
        place = next(
            (html.find(f'id="{name}"') for name in names if _SECTION_ANCHOR.fullmatch(name)), -1
        )
        if place >= 0:
            headings.append((place, heading))
    ends = [place for place, _ in headings[1:]]
    for (start, heading), end in zip(headings, [*ends, _find_end(html, headings)], strict=False):
        yield SectionSize(
            title=read_words(heading),
            line=find_place(heading).line,
            size_bytes=len(html[start:end].encode()),
        )


def _find_end(html: str, headings: "list[tuple[int, HtmlElement]]") -> int:
    """Find where the last section's cell ends."""
    start = headings[-1][0] if headings else 0
    end = html.find("</td>", start)
    return end if end > 0 else len(html)
