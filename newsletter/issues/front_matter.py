"""The text of an issue file → its front matter and its body, of which no character is lost.

Front matter is, at the top of the file or below blank lines:

- TOML between two lines of `+++` (Hugo);
- YAML between `---` and `---` or `...`, when the line right below the first fence looks like
  `key:`, or when the first line that is neither blank nor a comment begins with a known key;
  any other leading `---` is a rule of Markdown, and so text;
- a JSON object that begins with `{"` (or is `{}`), followed by the end of its line;
- header lines `Key: value` up to a blank line (Pelican), by the rule in
  `newsletter.issues.formats.pelican_header`;
- or none at all.

What looks like front matter and is broken is an error, never text: it would reach the readers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from newsletter.issues.formats.json_object import parse_json
from newsletter.issues.formats.pelican_header import is_header, parse_header
from newsletter.issues.formats.toml_block import parse_toml
from newsletter.issues.formats.yaml_block import MAX_DEPTH, parse_yaml
from newsletter.issues.source import Block, Entry, Source, build_error

Kind: TypeAlias = Literal["toml", "yaml", "json", "header", "none"]

#: Characters of front matter, fences not counted.
MAX_FRONT_MATTER = 32 * 1024

#: Keys that blogs and newsletters commonly use; in lower case.
KNOWN_KEYS = frozenset(
    {"title", "subject", "preheader", "description", "summary", "slug", "date", "modified"}
    | {"author", "authors", "tags", "category", "categories", "series"}
    | {"language", "lang", "draft", "status"}
)

_OPENING = re.compile(r"\s*^(\+\+\+|---)[ \t]*$\n?", re.MULTILINE)
_TOML_CLOSING = re.compile(r"^\+\+\+[ \t]*$\n?", re.MULTILINE)
_YAML_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE)
_JSON_OPENING = re.compile(r'\s*^[ \t]*(?=\{\s*(?:"|\}[ \t]*$))', re.MULTILINE)
_HEADER = re.compile(r"\s*^(\S.*(?:\n[^\n]*\S[^\n]*)*)", re.MULTILINE)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
#: A line of YAML that begins a mapping.
_YAML_KEY = re.compile(r"""(?:\{\s*)?(?:"[^"\n]+" *|'[^'\n]+' *|\w[\w .-]*):(?:\s|\Z)""")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_OR_COMMENT = re.compile(r"(?:[ \t]*(?:\#.*)?\n)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """What stands at the top of an issue file, and the text below it."""

    kind: Kind
    #: By key as written; the keys of a Pelican-style header in lower case, its values text.
    entries: Mapping[str, Entry]
    #: With LF line ends; it ends as the file does.
    body: str
    #: Line of the file on which the body begins, counted from 1.
    body_line: int


def split_front_matter(text: str, *, path: Path) -> FrontMatter:
    """Split the text of an issue file.

    Args:
        text: With or without a byte order mark, any line ends.
        path: Of the file, for messages only.

    Raises:
        IssueError: The front matter is not closed, cannot be parsed, is larger than
            `MAX_FRONT_MATTER`, or holds text that is no Unicode (lone surrogates).
    """
    return split_source(Source.of(text, path))


def split_source(source: Source) -> FrontMatter:
    """Split a source that was decoded already; the same as `split_front_matter`."""
    opening = _OPENING.match(source.text)
    if opening and opening[1] == "+++":
        return _split_toml(source, opening)
    if opening:
        return _split_yaml(source, opening)
    if opening := _JSON_OPENING.match(source.text):
        return _split_json(source, opening.end())
    return _split_header(source)


def _split_toml(source: Source, opening: re.Match[str]) -> FrontMatter:
    closing = _TOML_CLOSING.search(source.text, opening.end())
    if not closing:
        raise source.error(opening.start(1), "+++ opens front matter that no second +++ closes")
    block = _bounded(Block(source, opening.end(), closing.start()))
    return _build("toml", source, parse_toml(block), closing.end())


def _split_yaml(source: Source, opening: re.Match[str]) -> FrontMatter:
    closing = _YAML_CLOSING.search(source.text, opening.end())
    if not closing:
        if not _begins_with_known_key(source.text[opening.end() :]):
            return _build("none", source, {}, 0)
        raise source.error(
            opening.start(1),
            "--- opens front matter that no second --- closes; if a rule is meant, write ***",
        )
    block = Block(source, opening.end(), closing.start())
    entries: dict[str, Entry] | None = None
    if not block.text.strip():
        entries = {}
    elif _YAML_KEY.match(block.text) or _begins_with_known_key(block.text):
        entries = parse_yaml(_bounded(block))
    if entries is None:
        return _build("none", source, {}, 0)
    return _build("yaml", source, entries, closing.end())


def _begins_with_known_key(text: str) -> bool:
    skipped = _BLANK_OR_COMMENT.match(text)
    found = _YAML_KEY.match(text, skipped.end() if skipped else 0)
    return found is not None and found[0].strip("{:\"' \t\n").lower() in KNOWN_KEYS


def _split_json(source: Source, start: int) -> FrontMatter:
    entries, length = parse_json(Block(source, start, len(source.text)))
    _bounded(Block(source, start, start + length))
    rest = _REST_OF_LINE.match(source.text, start + length)
    if not rest:
        raise source.error(
            start + length,
            "the text begins on a line of its own, below the JSON object;"
            r" if no front matter is meant, write \{",
        )
    return _build("json", source, entries, rest.end())


def _split_header(source: Source) -> FrontMatter:
    lines = _HEADER.match(source.text)
    if not lines:
        return _build("none", source, {}, 0)
    block = Block(source, lines.start(1), lines.end(1))
    if not is_header(block, KNOWN_KEYS):
        return _build("none", source, {}, 0)
    rest = _REST_OF_LINE.match(source.text, lines.end())
    entries = parse_header(_bounded(block))
    return _build("header", source, entries, rest.end() if rest else lines.end())


def _bounded(block: Block) -> Block:
    if block.end - block.start > MAX_FRONT_MATTER:
        raise block.error(0, f"front matter larger than {MAX_FRONT_MATTER // 1024} KiB")
    return block


def _build(kind: Kind, source: Source, entries: dict[str, Entry], body_start: int) -> FrontMatter:
    problems = [
        source.problem(entry.place, f"{key}: {fault}")
        for key, entry in entries.items()
        if (fault := _find_fault({key: entry.value}))
    ]
    if problems:
        raise build_error(source.path, problems)
    return FrontMatter(
        kind=kind,
        entries=entries,
        body=source.text[body_start:],
        body_line=source.place(body_start).line,
    )


def _find_fault(value: object) -> str | None:
    """Find what would break whoever walks through the values or writes them as UTF-8."""
    waiting = [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            return "nested too deeply"
        if isinstance(item, str) and _SURROGATE.search(item):
            return "half of a surrogate pair, which is no character"
        if isinstance(item, Mapping):
            waiting += [(each, depth + 1) for pair in item.items() for each in pair]
        elif isinstance(item, list | tuple | set):
            waiting += [(each, depth + 1) for each in item]
    return None
