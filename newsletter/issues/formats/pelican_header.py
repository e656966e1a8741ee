"""A header of `Key: value` lines up to the first blank line, as Pelican reads it."""

import re

from newsletter.issues.source import Block, Entry

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):[ \t]*(.*)")
_CONTINUATION = re.compile(r"(?: {2,}|\t)[ \t]*(\S.*)")
#: A line of these below the first line makes it a heading of Markdown.
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*\Z")


def is_header(block: Block, known: frozenset[str]) -> bool:
    """Tell a header from a first paragraph that happens to begin with a word and a colon.

    It is a header when its first key is a known one and there is `Title` or `Slug`, or at
    least two known keys, among the lines that look like a header. So `Note: this is prose` and
    `Date: Tuesday` stay text, and so does `Title: …` underlined as a heading.
    """
    lines = block.text.split("\n")
    if len(lines) > 1 and _UNDERLINE.match(lines[1]):
        return False
    keys: list[str] = []
    for line in lines:
        if found := _LINE.match(line):
            keys.append(found[1].lower())
        elif not keys or not _CONTINUATION.match(line):
            break
    if not keys or keys[0] not in known:
        return False
    return not {"title", "slug"}.isdisjoint(keys) or len(known.intersection(keys)) >= 2


def parse_header(block: Block) -> dict[str, Entry]:
    """Parse header lines; keys in lower case, continuation lines joined by line ends.

    Raises:
        IssueError: A line is neither a key nor a continuation, or a key stands twice.
    """
    entries: dict[str, Entry] = {}
    offset, key = 0, ""
    for line in block.text.split("\n"):
        if found := _LINE.match(line):
            key = found[1].lower()
            if key in entries:
                first = entries[key].place.line
                raise block.error(offset, f"{key} stands here again, first on line {first}")
            entries[key] = Entry(found[2].strip(), block.place(offset))
        elif key and (more := _CONTINUATION.match(line)):
            joined = f"{entries[key].value}\n{more[1].strip()}".strip()
            entries[key] = Entry(joined, entries[key].place)
        else:
            raise block.error(
                offset,
                "a line of the header is `Key: value`, or indented when it goes on with the"
                " line above; put a blank line between the header and the text",
            )
        offset += len(line) + 1
    return entries
