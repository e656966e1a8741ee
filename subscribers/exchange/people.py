"""Rows of a file → people, each with every value checked; or why a row is none."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from subscribers.address import EmailAddress
from subscribers.errors import ImportFileError, InvalidAddressError, InvalidValueError
from subscribers.exchange.columns import Columns, find_meaning, read_header
from subscribers.exchange.csv_file import Record, read_records
from subscribers.exchange.formulas import unguard_cell
from subscribers.profile import (
    Profile,
    parse_field_value,
    parse_language,
    parse_name,
    parse_tag,
    parse_timezone,
)
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

#: Nobody can be erased by a file: there would be no address in it.
_STATES = {state.value: state for state in State if state is not State.ERASED}
_REASONS = {reason.value: reason for reason in SuppressionReason}


class Person(NamedTuple):
    """One person as the file tells of him. Times are milliseconds since 1970, UTC."""

    #: The line on which the row begins.
    line: int
    address: EmailAddress
    profile: Profile
    #: None when the file does not tell, like the times.
    state: State | None = None
    suppressed: SuppressionReason | None = None
    created_at_ms: int | None = None
    confirmed_at_ms: int | None = None
    paused_until_ms: int = 0


class Unreadable(NamedTuple):
    """A row that tells of nobody."""

    line: int
    #: What is wrong and in which column; repeats no address.
    reason: str


def read_people(file: BinaryIO, *, encoding: str = "") -> Iterator[Person | Unreadable]:
    """Read people from a CSV file of any size, one at a time.

    The first line names the columns; a file of one column may do without. See `columns` for what
    is understood, and `read_records` for encodings and separators.

    Raises:
        ImportFileError: The file as a whole cannot be read; names the line.
    """
    records = read_records(file, encoding=encoding, count_hits=_count_meanings)
    first = next(records, None)
    if first is None:
        return
    if first.problem:
        raise ImportFileError(f"line {first.line}: {first.problem}")
    if len(first.cells) == 1 and "@" in first.cells[0]:
        columns = Columns(email=0, count=1)
        records = chain([first], records)
    else:
        columns = read_header(first.cells, line=first.line)
    reader = _Reader(columns)
    for record in records:
        yield reader.read(record)


def _count_meanings(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if find_meaning(cell))


class _Reader:
    """Reads rows; remembers which column it is at, for the reason."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._known = [(name, index, PARSERS[name]) for name, index in columns.known.items()]
        self._at = columns.email

    def read(self, record: Record) -> Person | Unreadable:
        if record.problem:
            return Unreadable(record.line, record.problem)
        count = self._columns.count
        cells = [unguard_cell(cell.strip()) for cell in record.cells]
        if any(cells[count:]):
            return Unreadable(
                record.line,
                f"{len(cells)} cells, but {count} columns: is a cell with a separator in it not"
                " quoted?",
            )
        # Spreadsheets leave out empty cells at the end.
        cells += [""] * (count - len(cells))
        try:
            return self._read(record.line, cells)
        except (InvalidAddressError, InvalidValueError) as error:
            return Unreadable(record.line, f"column {self._at + 1}: {error}")

    def _read(self, line: int, cells: Sequence[str]) -> Person:
        self._at = self._columns.email
        if not cells[self._at]:
            raise InvalidAddressError("there is no address")
        address = EmailAddress.parse(cells[self._at])
        told: dict[str, Any] = {}
        for name, index, parse in self._known:
            if cell := cells[index]:
                self._at = index
                told[name] = parse(cell)
        fields = {}
        for name, index in self._columns.fields.items():
            self._at = index
            if value := parse_field_value(cells[index]):
                fields[name] = value
        return Person(
            line=line,
            address=address,
            profile=Profile(
                name=told.get("name", ""),
                language=told.get("language", ""),
                timezone=told.get("timezone", ""),
                tags=told.get("tags", frozenset()),
                fields=fields,
            ),
            state=told.get("subscription_state"),
            suppressed=told.get("suppressed"),
            created_at_ms=told.get("created_at"),
            confirmed_at_ms=told.get("confirmed_at"),
            paused_until_ms=told.get("paused_until", 0),
        )


def _parse_tags(cell: str) -> frozenset[str]:
    """Take tags that commas or semicolons separate."""
    return frozenset(parse_tag(part) for part in re.split("[,;]", cell) if part.strip())


def _parse_word(words: Mapping[str, StrEnum], cell: str) -> StrEnum:
    """Take one of the store's own words; nothing else is guessed at."""
    if word := words.get(cell.lower()):
        return word
    raise InvalidValueError(f"not one of {', '.join(words)}")


def _parse_time(cell: str) -> int:
    """Take a time as ISO 8601 writes it; without an offset it is UTC."""
    try:
        time = datetime.fromisoformat(cell)
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidValueError("not a time such as 2026-01-31T08:00:00Z") from None


#: What the store knows of a person → how a cell that is not empty is read.
PARSERS: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "language": parse_language,
    "timezone": parse_timezone,
    "tags": _parse_tags,
    "subscription_state": partial(_parse_word, _STATES),
    "suppressed": partial(_parse_word, _REASONS),
    "created_at": _parse_time,
    "confirmed_at": _parse_time,
    "paused_until": _parse_time,
}
