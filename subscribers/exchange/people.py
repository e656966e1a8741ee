"""Rows of a file → people, each with every value checked; or why a row is none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO, NamedTuple

from subscribers.address import EmailAddress
from subscribers.errors import ImportFileError, InvalidAddressError, InvalidValueError
from subscribers.exchange.cells import (
    parse_attributes,
    parse_network,
    parse_tags,
    parse_time,
    quote_word,
)
from subscribers.exchange.columns import (
    CSV,
    Columns,
    find_meaning,
    make_field_name,
    read_header,
)
from subscribers.exchange.csv_file import Record, read_records
from subscribers.exchange.formulas import unguard_cell
from subscribers.exchange.layout import Layout, fold
from subscribers.exchange.recognition import ANY, AUTO, Recognition, recognise
from subscribers.exchange.standing import (
    Standing,
    join_standings,
    lesser_state,
    stronger_reason,
)
from subscribers.profile import (
    Profile,
    parse_field_value,
    parse_language,
    parse_name,
    parse_timezone,
)
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

#: Nobody can be erased by a file: there would be no address in it.
_STATES = {state.value: state for state in State if state is not State.ERASED}
_REASONS = {reason.value: reason for reason in SuppressionReason}
#: Rows that are looked at to tell which program wrote a file.
_SAMPLE_ROWS = 200


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
    #: When he asked for it there, and from which network.
    signed_up_at_ms: int | None = None
    sign_up_network: str = ""
    confirm_network: str = ""
    #: Since when he is not written to any more.
    ended_at_ms: int | None = None


class Unreadable(NamedTuple):
    """A row that tells of nobody."""

    line: int
    #: What is wrong and in which column; repeats no address.
    reason: str


def read_people(
    file: BinaryIO,
    *,
    encoding: str = "",
    asked: str = AUTO,
    name: str = "",
    tell: Callable[[Recognition], None] = lambda _: None,
) -> Iterator[Person | Unreadable]:
    """Read people from a CSV file of any size, one at a time.

    The first line names the columns; a file of one column may do without. See `columns` for what
    is understood, `recognition` for whose file it is, and `read_records` for encodings and
    separators.

    Args:
        file: Opened for reading bytes.
        encoding: Of the file, when it is neither UTF-8 nor UTF-16.
        asked: Whose file it is: a name of `recognition.LAYOUTS`, or `AUTO`; or `ANY`, which reads
            addresses and why they are suppressed, and nothing that a row could be refused for else.
        name: The file's own name, which some services say something by.
        tell: Hears as what the file is read, before the first person.

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
        found = recognise(["email"], [], line=first.line, asked=asked)
        reader = _Reader(Columns(email=0, count=1), found.layout)
        records = chain([first], records)
    else:
        sample, problem = _take_sample(records)
        found = recognise(
            first.cells, [each.cells for each in sample], line=first.line, asked=asked
        )
        columns = read_header(first.cells, line=first.line, layout=found.layout)
        reader = _Reader(
            columns.limit({"suppressed"}) if asked == ANY else columns,
            found.layout,
            _read_file_name(found.layout, name, first),
        )
        records = chain(sample, _raise(problem) if problem else records)
    tell(found)
    for record in records:
        yield reader.read(record)


def _take_sample(records: Iterator[Record]) -> tuple[list[Record], ImportFileError | None]:
    """Take some rows to look at, and the error that ended the file among them."""
    sample: list[Record] = []
    try:
        sample.extend(islice(records, _SAMPLE_ROWS))
    except ImportFileError as error:
        return sample, error
    return sample, None


def _raise(problem: ImportFileError) -> Iterator[Record]:
    raise problem
    yield


def _read_file_name(layout: Layout, name: str, first: Record) -> Standing | None:
    """Read what a file's name says of everyone in it.

    Raises:
        ImportFileError: Nothing says it, neither the name nor a column.
    """
    if layout.read_file_name is None:
        return None
    headers = frozenset(map(fold, first.cells))
    standing = layout.read_file_name(name, headers)
    if standing is None and headers.isdisjoint(layout.standings):
        raise ImportFileError(
            f"line {first.line}: {layout.title} tells by a file's name whether the people in it are"
            " subscribed, and this name does not say it. Give the file its name back: it begins"
            " with subscribed_, unsubscribed_, cleaned_ or nonsubscribed_."
        )
    return standing


def _count_meanings(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if find_meaning(cell))


class _Reader:
    """Reads rows; remembers which column it is at, for the reason."""

    def __init__(self, columns: Columns, layout: Layout, standing: Standing | None = None) -> None:
        self._columns = columns
        parsers = {**PARSERS, **layout.parsers}
        self._known = [(name, index, parsers[name]) for name, index in columns.known.items()]
        self._standing = standing
        self._is_service = layout is not CSV
        self._at = columns.email

    def read(self, record: Record) -> Person | Unreadable:
        """Read one row."""
        if record.problem:
            return Unreadable(record.line, record.problem)
        count = self._columns.count
        cells = [
            cell if "'" not in (cell := text.strip()) else unguard_cell(cell)
            for text in record.cells
        ]
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
        standing = self._read_standing(cells)
        told: dict[str, Any] = {}
        for name, index, parse in self._known:
            if cell := cells[index]:
                self._at = index
                told[name] = parse(cell)
        fields = self._read_fields(cells, told.get("attributes"))
        state, suppressed = told.get("subscription_state"), told.get("suppressed")
        if standing is not None:
            state = lesser_state(state, standing.state)
            suppressed = stronger_reason(suppressed, standing.suppressed)
        signed_up_at_ms = told.get("signed_up_at")
        return Person(
            line=line,
            address=address,
            profile=Profile(
                name=told.get("name") or self._join_name(fields),
                language=told.get("language", ""),
                timezone=told.get("timezone", ""),
                tags=told.get("tags", frozenset()),
                fields=fields,
            ),
            state=state,
            suppressed=suppressed,
            created_at_ms=told.get("created_at", signed_up_at_ms),
            confirmed_at_ms=told.get("confirmed_at"),
            paused_until_ms=told.get("paused_until", 0),
            signed_up_at_ms=signed_up_at_ms,
            sign_up_network=told.get("sign_up_network", ""),
            confirm_network=told.get("confirm_network", ""),
            ended_at_ms=standing.at_ms if standing else None,
        )

    def _read_standing(self, cells: Sequence[str]) -> Standing | None:
        """Read how the person stands: of all that is said of it, the least."""
        standing = self._standing
        for index, read in self._columns.standings:
            self._at = index
            if found := read(cells[index]):
                standing = join_standings(standing, found) if standing else found
        return standing

    def _read_fields(
        self, cells: Sequence[str], attributes: Mapping[str, str] | None
    ) -> dict[str, str]:
        fields = {}
        for name, index in self._columns.fields.items():
            self._at = index
            if value := parse_field_value(cells[index]):
                fields[name] = value
        if attributes:
            self._at = self._columns.known["attributes"]
            for number, (name, text) in enumerate(attributes.items(), start=1):
                if value := parse_field_value(text):
                    fields.setdefault(make_field_name(name or "attributes", number), value)
        return fields

    def _join_name(self, fields: Mapping[str, str]) -> str:
        """Make a name of its two halves, where a service keeps it so."""
        if not self._is_service:
            return ""
        return parse_name(f"{fields.get('first_name', '')} {fields.get('last_name', '')}")


def _parse_word(words: Mapping[str, StrEnum], cell: str) -> StrEnum:
    """Take one of the store's own words; nothing else is guessed at."""
    if word := words.get(cell.lower()):
        return word
    raise InvalidValueError(f"not one of {', '.join(words)}, but {quote_word(cell)}")


#: What the store knows of a person → how a cell that is not empty is read.
PARSERS: Mapping[str, Callable[[str], Any]] = {
    "name": parse_name,
    "language": parse_language,
    "timezone": parse_timezone,
    "tags": parse_tags,
    "subscription_state": partial(_parse_word, _STATES),
    "suppressed": partial(_parse_word, _REASONS),
    "created_at": parse_time,
    "confirmed_at": parse_time,
    "paused_until": parse_time,
    "signed_up_at": parse_time,
    "sign_up_network": parse_network,
    "confirm_network": parse_network,
    "attributes": parse_attributes,
}
