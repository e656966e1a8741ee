"""What was meant for the writer and not for the readers: notes, and braces that name no field."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from newsletter.rendering.finding import Finding, build_finding
from newsletter.rendering.outline import Outline
from newsletter.rules import links as link_rules
from newsletter.rules import parts as rules

_KNOWN: Final = ("subscriber.name", "subscriber.email", "subscriber.language", "unsubscribe_url")
#: What other services call the same things.
_OTHER_NAMES: Final = {
    "name": "subscriber.name",
    "first_name": "subscriber.name",
    "firstname": "subscriber.name",
    "email": "subscriber.email",
    "unsubscribe": "unsubscribe_url",
    "unsubscribe_link": "unsubscribe_url",
}
#: As a note: at the start of a line, with a colon, or in brackets. “A TODO list” is none.
_NOTE: Final = re.compile(
    r"(?:^[\s>*+#-]*|(?<=[(\[]))(?P<word>TODO|FIXME|XXX)\b|\b(?P<marked>TODO|FIXME|XXX)(?=\s*[:(])"
    r"|(?P<filler>\blorem ipsum\b)",
    re.IGNORECASE,
)
_EXCERPT_CHARACTERS: Final = 40
_BRACES: Final = re.compile(r"(?<![\\${])\{\{(?P<inside>[^{}<>%\n][^{}\n]*)\}\}(?!\})")
#: Meant as a link, and never one: a space before the target, or in it and no title behind.
_BROKEN_LINK: Final = re.compile(
    r"!?\[[^\[\]]+\]"
    r"(?:[ \t]+\((?:https?://|www\.)[^()\s]*\)|\([^()\"'<>]*\S[ \t]+[^()\"'<>\s][^()\"'<>]*\))"
)
_FIELD: Final = re.compile(
    r"\s*(?:unsubscribe_url|subscriber\.[^\W\d][\w-]*)"
    r"(?:[ \t]+or[ \t]+(?:\"[^\"]*\"|'[^']*'))?\s*"
)


def check_leftovers(lines: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Tell what was left in an issue's text.

    Filler text is told of once. Braces that are no field at all were reported when the text was
    read; here it is told of those that are a slip away from a field that every subscriber has.

    Args:
        lines: Numbered lines without code.
    """
    has_filler = False
    for number, line in lines:
        for note in _NOTE.finditer(line):
            if note["filler"] and has_filler:
                continue
            has_filler |= bool(note["filler"])
            if note["filler"] or note[note.lastgroup or 0].isupper():
                start = note.start(note.lastgroup or 0)
                shown = line[start:].strip()[:_EXCERPT_CHARACTERS]
                yield build_finding(rules.LEFTOVER, f"“{shown}”", line=number, column=start + 1)
        for braces in _BRACES.finditer(line):
            if _misnames(braces["inside"]):
                yield _report_braces(braces, line=number, column=braces.start() + 1)


def check_broken_links(lines: Iterable[tuple[int, str]], outline: Outline) -> Iterator[Finding]:
    """Tell of links that Markdown did not take for any.

    Args:
        lines: Numbered lines without code.
        outline: Has those it did.
    """
    parsed = {(link.line, link.column) for link in outline.links}
    parsed |= {(image.line, image.column) for image in outline.images}
    for number, line in lines:
        for broken in _BROKEN_LINK.finditer(line):
            if (number, broken.start() + 1) not in parsed:
                yield build_finding(
                    link_rules.UNPARSED,
                    f"{broken[0][:_EXCERPT_CHARACTERS]} is shown as it is",
                    line=number,
                    column=broken.start() + 1,
                )


def check_line(text: str, *, line: int, column: int) -> Iterator[Finding]:
    """Tell of braces in a subject or a preheader that name no field."""
    for braces in _BRACES.finditer(text):
        if not _FIELD.fullmatch(braces["inside"]) or _misnames(braces["inside"]):
            yield _report_braces(braces, line=line, column=column)


def _report_braces(braces: re.Match[str], *, line: int, column: int) -> Finding:
    meant = _guess(braces["inside"])
    return build_finding(
        rules.UNKNOWN_FIELD,
        f"{braces[0]} names no field" + (f"; did you mean {{{{ {meant} }}}}?" if meant else ""),
        line=line,
        column=column,
    )


def _misnames(inside: str) -> bool:
    """Tell whether a field of one's own is but a slip away from one that every subscriber has."""
    if not _FIELD.fullmatch(inside):
        return False
    name = inside.split(maxsplit=1)[0]
    return name not in _KNOWN and bool(get_close_matches(name, _KNOWN, n=1, cutoff=0.9))


def _guess(inside: str) -> str:
    words = inside.strip(" .").split()
    name = words[0].lower() if words else ""
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    return next(iter(get_close_matches(name, _KNOWN, n=1)), "")
