"""A file of JSON values, of any size, as a stream of them: one list, or one value a line.

Only one value is held at a time. `docs/reference/exports.md` describes both forms.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from subscribers.errors import ImportFileError

#: More is no person.
MAX_VALUE_CHARACTERS = 1_000_000
_READ_BYTES = 65536
_LIST_KEY = "subscribers"
_BLANK = re.compile(r"[ \t\r\n]*")


class DoubledKeys:
    """Stands for an object in which a key stands twice: nobody knows which of them counts."""


def _build_object(pairs: list[tuple[str, object]]) -> object:
    built = dict(pairs)
    return built if len(built) == len(pairs) else DoubledKeys()


#: No number is a person's, and one of thousands of digits is none for `int`.
_DECODER = json.JSONDecoder(object_pairs_hook=_build_object, parse_int=float)


class JsonRecord(NamedTuple):
    """One value of the file."""

    #: The line on which it begins, counted from 1.
    line: int
    value: object
    #: Why it cannot be read; then there is no value.
    problem: str = ""


def read_json_lines(file: BinaryIO) -> Iterator[JsonRecord]:
    """Read JSON Lines in UTF-8; a line that is no JSON is told of, and the next ones go on.

    Raises:
        ImportFileError: A line is longer than any person's; names it.
    """
    number = 0
    while raw := file.readline(MAX_VALUE_CHARACTERS):
        number += 1
        if len(raw) == MAX_VALUE_CHARACTERS and not raw.endswith(b"\n"):
            raise ImportFileError(_explain_length(number))
        if not raw.strip():
            continue
        try:
            yield JsonRecord(number, _DECODER.decode(raw.decode("utf-8-sig")))
        except UnicodeDecodeError:
            yield JsonRecord(number, None, "this is not UTF-8 text")
        except json.JSONDecodeError as error:
            yield JsonRecord(number, None, f"no JSON: {error.msg} at column {error.colno}")
        except RecursionError:
            yield JsonRecord(number, None, "nested too deeply to be a person")


def read_json_list(file: BinaryIO) -> Iterator[JsonRecord]:
    """Read the values of one list: the whole document, or what stands under ``subscribers``.

    Raises:
        ImportFileError: It is no JSON from some place on, or there is no such list; names line and
            column.
    """
    text = _Text(file)
    if text.has_ended:
        raise ImportFileError("the file is empty")
    is_alone = text.take("[")
    if not is_alone:
        _find_list(text)
    if not text.take("]"):
        while True:
            line = text.line
            yield JsonRecord(line, text.take_value())
            if text.take("]"):
                break
            text.expect(",")
    if not is_alone:
        _pass_rest(text)
    text.expect_end()


def _find_list(text: "_Text") -> None:
    """Go on to the first value of the list in an object."""
    text.expect("{")
    while not text.take("}"):
        if _take_key(text) == _LIST_KEY:
            text.expect("[")
            return
        text.take_value()
        if not text.take(","):
            text.expect("}")
            break
    raise ImportFileError(f"there is no list of people: they are expected under {_LIST_KEY!r}")


def _pass_rest(text: "_Text") -> None:
    """Go to the end of the object behind its list, in which no other list of people may hide."""
    while text.take(","):
        place = text.place()
        if _take_key(text) == _LIST_KEY:
            raise ImportFileError(f"{place}: {_LIST_KEY!r} stands here a second time")
        text.take_value()
    text.expect("}")


def _take_key(text: "_Text") -> object:
    key = text.take_value()
    text.expect(":")
    return key


class _Text:
    """What was read of a document and not yet taken."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        #: Of what is taken next, both counted from 1.
        self.line, self._column = 1, 1
        self._is_complete = False
        self._skip_blank()

    def take(self, sign: str) -> bool:
        """Take a sign if it comes next, and what is blank behind it."""
        if not self._text.startswith(sign, self._at):
            return False
        self._pass(self._at + len(sign))
        self._skip_blank()
        return True

    def expect(self, sign: str) -> None:
        """Take a sign that has to come next."""
        if not self.take(sign):
            raise ImportFileError(f"{self.place()}: {sign!r} is expected here")

    @property
    def has_ended(self) -> bool:
        """Whether nothing comes any more."""
        return self._is_complete and self._at == len(self._text)

    def expect_end(self) -> None:
        """Let nothing more come: it would be lost quietly."""
        if not self.has_ended:
            raise ImportFileError(
                f"{self.place()}: the list has ended before this. Nothing from here on was read."
            )

    def take_value(self) -> object:
        """Take the value that comes next, and what is blank behind it."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._is_complete:
                    raise ImportFileError(f"{self.place(error.pos)}: {error.msg}") from None
            except RecursionError:
                raise ImportFileError(f"{self.place()}: nested too deeply") from None
            else:
                # A number at the end of what was read may go on.
                if end < len(self._text) or self._is_complete:
                    self._pass(end)
                    self._skip_blank()
                    return value
            if len(self._text) - self._at > MAX_VALUE_CHARACTERS:
                raise ImportFileError(_explain_length(self.line))
            self._read()

    def _read(self) -> None:
        """Read some more; what was taken is let go of."""
        raw = self._file.read(_READ_BYTES)
        self._is_complete = not raw
        try:
            more = self._decoder.decode(raw, final=self._is_complete)
        except UnicodeDecodeError:
            raise ImportFileError(
                f"behind line {self.line}: this is not UTF-8 text, which JSON always is"
            ) from None
        self._text = self._text[self._at :] + more
        self._at = 0

    def _skip_blank(self) -> None:
        while True:
            found = _BLANK.match(self._text, self._at)
            self._pass(found.end() if found else self._at)
            if self._at < len(self._text) or self._is_complete:
                return
            self._read()

    def _pass(self, end: int) -> None:
        """Go on to a place that was read."""
        self.line, self._column = self._find_place(end)
        self._at = end

    def place(self, at: int | None = None) -> str:
        """Name a place that was read, else where it stands."""
        line, column = self._find_place(self._at if at is None else at)
        return f"line {line}, column {column}"

    def _find_place(self, at: int) -> tuple[int, int]:
        lines = self._text.count("\n", self._at, at)
        if not lines:
            return self.line, self._column + at - self._at
        return self.line + lines, at - self._text.rindex("\n", self._at, at)


def _explain_length(line: int) -> str:
    return (
        f"line {line}: longer than {MAX_VALUE_CHARACTERS:,} characters; this is no list of people"
    )
