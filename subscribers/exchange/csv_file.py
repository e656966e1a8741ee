"""A file of separated values, of any size and from any program, as a stream of its rows.

Encoding and separator are found out from the file's beginning. Only one row is held at a time.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from subscribers.errors import ImportFileError

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: More is no list of people: a file without line ends, or not a text at all.
MAX_LINE_CHARACTERS = 1_000_000
_SEPARATORS = ",;\t|"
#: Excel's own way to tell the separator.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\s*", re.IGNORECASE)
_BUFFER_BYTES = 65536
#: The longer ones come first: UTF-32's mark begins with UTF-16's.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Record(NamedTuple):
    """One row of the file."""

    #: The line on which it begins, counted from 1.
    line: int
    cells: list[str]
    #: Why the row cannot be read; then it has no cells.
    problem: str = ""


def read_records(
    file: BinaryIO, *, encoding: str = "", count_hits: Callable[[list[str]], int]
) -> Iterator[Record]:
    """Read the rows of a file; blank ones are left out.

    Args:
        file: Opened for reading bytes; a pipe will do. It is left open.
        encoding: By Python's name; needed only when the file is neither UTF-8 nor UTF-16.
        count_hits: Tells how many cells of a first row mean something: of the possible
            separators the one is taken that gives most.

    Raises:
        ImportFileError: It is empty, no text in that encoding, or a quotation mark is never
            closed; names the line.
    """
    text = _open_text(io.BufferedReader(_Borrowed(file), _BUFFER_BYTES), encoding)
    first, skipped, separator = _read_first(lines := _read_lines(text), count_hits)
    heard = _Heard(chain([first], lines))
    reader = csv.reader(heard, delimiter=separator, strict=True)
    while True:
        begin = skipped + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _explain(error, begin, skipped + reader.line_num, heard.line)
        else:
            if any(cells):
                yield Record(begin, cells)


class _Borrowed(io.RawIOBase):
    """Somebody else's file: read here, never closed."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer", /) -> int:
        target = memoryview(buffer)
        data = self._file.read(len(target))
        target[: len(data)] = data
        return len(data)


def _open_text(buffer: io.BufferedReader, encoding: str) -> io.TextIOWrapper:
    found = _find_encoding(buffer.peek(_BUFFER_BYTES), encoding)
    try:
        return io.TextIOWrapper(buffer, encoding=found, newline="")
    except LookupError as error:
        raise ImportFileError(
            f"encoding {encoding!r} is not known; usual ones are utf-8, utf-16, cp949, cp1252"
        ) from error


def _find_encoding(head: bytes, asked: str) -> str:
    """Tell the encoding: a mark at the beginning, else what was asked for, else a guess."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if asked:
        return asked
    # Addresses are ASCII: in UTF-16 without a mark, many of every other byte are zero.
    zeros = head[0::2].count(0), head[1::2].count(0)
    if max(zeros) * 8 < len(head) or min(zeros):
        return "utf-8"
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _read_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Read the lines with their ends, and say on which one the encoding is wrong."""
    number = 1
    while True:
        try:
            line = text.readline(MAX_LINE_CHARACTERS)
        except UnicodeError as error:
            raise ImportFileError(_explain_encoding(error, number, text.encoding)) from None
        if not line:
            return
        if len(line) == MAX_LINE_CHARACTERS and line[-1] not in "\r\n":
            raise ImportFileError(
                f"line {number}: longer than {MAX_LINE_CHARACTERS:,} characters; this is no file"
                " of rows and columns"
            )
        yield line
        number += 1


def _explain_encoding(error: UnicodeError, line: int, encoding: str) -> str:
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start].decode(error.encoding, "replace")
        line += before.count("\n")
    return (
        f"line {line}: this is not {encoding.removesuffix('-sig').upper()} text. Name the encoding"
        " of the file: cp949 for Korean Excel, cp1252 for Western Europe, or save it as UTF-8."
    )


def _read_first(
    lines: Iterator[str], count_hits: Callable[[list[str]], int]
) -> tuple[str, int, str]:
    """Read up to the first line that says something: the line, how many were before, separator."""
    first, skipped = _skip_blank(lines)
    asked = _SEPARATOR_LINE.fullmatch(first)
    if asked:
        first, blank = _skip_blank(lines)
        skipped += 1 + blank
    if not first:
        raise ImportFileError("the file is empty")
    return first, skipped, asked[1] if asked else _find_separator(first, count_hits)


class _Heard:
    """Lines on their way to a reader; remembers the last one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.line = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.line = line
            yield line


def _explain(error: csv.Error, begin: int, end: int, last: str) -> Record:
    """Tell what became of a row whose quotation marks are wrong, or that has an endless cell."""
    is_endless, most = "field larger" in str(error), f"{csv.field_size_limit():,} characters"
    if is_endless and begin == end and last.count('"') % 2 == 0:
        return Record(begin, [], problem=f"a cell is longer than {most}")
    if is_endless or "end of data" in str(error):
        # What was swallowed may be thousands of rows: going on would lose them quietly.
        closed = f"not closed within {most}" if is_endless else "never closed"
        raise ImportFileError(
            f"line {begin}: a quotation mark is opened here and {closed}. Nothing from this line on"
            " was read."
        ) from None
    until = f" (up to line {end})" if end > begin else ""
    return Record(begin, [], problem=f"quotation marks do not match{until}")


def _skip_blank(lines: Iterator[str]) -> tuple[str, int]:
    """Find the first line that is not blank; tell how many were."""
    for count, line in enumerate(lines):
        if line.strip():
            return line, count
    return "", 0


def _find_separator(first: str, count_hits: Callable[[list[str]], int]) -> str:
    """Take the separator under which the first row means most, then the one that cuts most."""
    rows = {each: next(csv.reader([first], delimiter=each), []) for each in _SEPARATORS}
    return max(_SEPARATORS, key=lambda each: (count_hits(rows[each]), len(rows[each])))
