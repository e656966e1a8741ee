"""Where a piece of MJML stands in the template it came from.

The text of a template is marked before it is filled: each tag gets a mark that no value can hold
(values are free of noncharacters) and that names its place. The marks are taken out again when the
template has been filled, and what was wrong in the MJML is told as ``file:line:column`` of what the
author of the theme wrote.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment
    from jinja2.lexer import TokenStream

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_MARK: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*):([0-9]+):([0-9]+):([0-9]+){_CLOSE}")
#: What gets a mark: a tag, and text that goes on after a value.
_PIECE: Final = re.compile(r"<|\A(?=\s*\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template without anything to fill in."""

    template: str
    #: Both counted from 1.
    line: int
    column: int
    #: In characters; a value may follow.
    length: int

    @property
    def mark(self) -> str:
        """What stands before it until the template has been filled."""
        return f"{_OPEN}{self.template}:{self.line}:{self.column}:{self.length}{_CLOSE}"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a template gave, and where each part of it came from."""

    text: str
    #: The template's name, for what has no place.
    template: str
    #: Offset in `text` and the piece that begins there, in order.
    pieces: tuple[tuple[int, Piece], ...] = ()

    def place(self, offset: int) -> str:
        """Tell the ``file:line:column`` of a character, or of the value it belongs to."""
        number = bisect_right(self.pieces, offset, key=lambda each: each[0]) - 1
        if number < 0:
            return self.template
        start, piece = self.pieces[number]
        before = self.text[start : min(offset, start + piece.length)]
        line, column = _go_on(piece.line, piece.column, before)
        return f"{piece.template}:{line}:{column}"


def mark_places(environment: "Environment") -> None:
    """Let an environment mark each template it loads."""
    from jinja2.ext import Extension

    class Marking(Extension):
        """Marks text; leaves statements and expressions alone."""

        _source = ""

        def preprocess(
            self,
            source: str,
            name: str | None,  # noqa: ARG002 - jinja2's signature
            filename: str | None = None,  # noqa: ARG002
        ) -> str:
            self._source = source
            return source

        def filter_stream(self, stream: "TokenStream") -> "Iterator[object]":  # type: ignore[override]  # it says Iterable[Token]
            return _mark_stream(stream, self._source)

    environment.add_extension(Marking)


def take_marks_out(marked: str, template: str) -> Filled:
    """Separate what was filled from the marks in it."""
    found: list[tuple[int, Piece]] = []
    parts: list[str] = []
    length = end = 0
    for mark in _MARK.finditer(marked):
        parts.append(marked[end : mark.start()])
        length += len(parts[-1])
        end = mark.end()
        found.append((length, Piece(mark[1], int(mark[2]), int(mark[3]), int(mark[4]))))
    parts.append(marked[end:])
    return Filled("".join(parts), template, tuple(found))


def _mark_stream(stream: "TokenStream", source: str) -> "Iterator[object]":
    from jinja2.lexer import Token

    template = stream.filename or stream.name or ""
    lines = [0, *(match.end() for match in re.finditer("\n", source))]
    end = 0
    #: The text of a block `set` may be compared with something: it stays as it is.
    is_captured = False
    statement: list[str] = []
    for token in stream:
        if token.type == "block_begin":
            statement = []
        elif token.type == "block_end":
            is_captured = _captures(statement, is_captured)
        elif token.type == "data" and not is_captured:
            start = source.find(token.value, max(end, lines[token.lineno - 1]))
            column = start - lines[token.lineno - 1] + 1 if start >= 0 else 1
            end = max(end, start + len(token.value))
            marked = _mark_data(token.value, template, token.lineno, column)
            yield Token(token.lineno, "data", marked)
            continue
        else:
            statement.append(token.type if token.type == "assign" else token.value)
        yield token


def _mark_data(text: str, template: str, line: int, column: int) -> str:
    starts = sorted({match.start() for match in _PIECE.finditer(text)})
    parts = [text[: starts[0]] if starts else text]
    line, column = _go_on(line, column, parts[0])
    for start, end in zip(starts, [*starts[1:], len(text)], strict=False):
        piece = text[start:end]
        parts.append(f"{Piece(template, line, column, len(piece)).mark}{piece}")
        line, column = _go_on(line, column, piece)
    return "".join(parts)


def _go_on(line: int, column: int, text: str) -> tuple[int, int]:
    """Tell the line and column behind some text that begins at one."""
    breaks = text.count("\n")
    return line + breaks, len(text) - text.rfind("\n") if breaks else column + len(text)


def _captures(statement: list[str], was_capturing: bool) -> bool:
    """Tell whether the text after a statement becomes a value."""
    if statement[:1] == ["set"]:
        return "assign" not in statement
    return was_capturing and statement[:1] != ["endset"]
