"""Everyone in the store as CSV: safe to open in a spreadsheet, complete when imported again.

Columns: what the store knows by the names that an import understands, then every custom field
that anyone has. Erased people are left out; there is nothing to tell of them. Cells are guarded
as `formulas` says, and an import takes the guard away.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from subscribers.exchange.formulas import guard_cell
from subscribers.profile import STORE_COLUMNS
from subscribers.store.subscribers import list_field_names, list_subscribers
from subscribers.store.suppressions import find_reasons
from subscribers.subscriber import Subscriber
from subscribers.suppression import SuppressionReason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TextSink(Protocol):
    """Something that text can be written to, such as an open file."""

    def write(self, text: str, /) -> object:
        """Take some text."""


def export_csv(
    connection: sa.Connection, file: TextSink, where: sa.ColumnElement[bool] | None = None
) -> int:
    """Write everyone but erased people as CSV (RFC 4180), by number; return how many.

    Args:
        connection: A transaction that reads: the file shows one moment.
        file: Opened for writing text with ``newline=""``. UTF-8; for Excel with a byte order
            mark (``utf-8-sig``).
        where: Only people for whom this holds; see `compile_segment`. The columns are the same.
    """
    writer = csv.writer(file)
    fields = list_field_names(connection)
    writer.writerow([*STORE_COLUMNS, *fields])
    count = 0
    for page in _pages(connection, where):
        reasons = find_reasons(
            connection, [each.address_hash for each in page if each.address_hash]
        )
        writer.writerows(_row(person, reasons, fields) for person in page)
        count += len(page)
    return count


def _pages(
    connection: sa.Connection, where: sa.ColumnElement[bool] | None
) -> Iterator[list[Subscriber]]:
    after_id = 0
    while page := list_subscribers(connection, after_id=after_id, where=where):
        yield page
        after_id = page[-1].id


def _row(
    person: Subscriber, reasons: Mapping[bytes, SuppressionReason], fields: Sequence[str]
) -> list[str]:
    profile = person.profile
    cells = [
        str(person.address),
        profile.name,
        profile.language,
        profile.timezone,
        ", ".join(sorted(profile.tags)),
        person.state.value,
        reasons.get(person.address_hash or b"", ""),
        _write_time(person.created_at_ms),
        _write_time(person.confirmed_at_ms),
        _write_time(person.paused_until_ms or None),
        *(profile.fields.get(name, "") for name in fields),
    ]
    return [guard_cell(cell) for cell in cells]


def _write_time(at_ms: int | None) -> str:
    """Write a time to the millisecond, UTC, by ISO 8601; nothing for none."""
    if at_ms is None:
        return ""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")
