"""Everyone in the store as CSV: safe to open in a spreadsheet, complete when imported again.

Columns: what the store knows by the names that an import understands, then every custom field
that anyone has. Cells are guarded as `formulas` says, and an import takes the guard away.
"""

import csv
from collections.abc import Sequence

import sqlalchemy as sa

from subscribers.exchange.formulas import guard_cell
from subscribers.exchange.pages import EVERYONE, OnPage, Selection, TextSink, list_pages, write_time
from subscribers.profile import STORE_COLUMNS
from subscribers.store.subscribers import list_field_names
from subscribers.subscriber import Subscriber
from subscribers.suppression import SuppressionReason


def export_csv(
    connection: sa.Connection,
    file: TextSink,
    selection: Selection = EVERYONE,
    *,
    on_page: OnPage = lambda _done, _total: None,
) -> int:
    """Write people as CSV (RFC 4180), by number; return how many.

    Args:
        connection: A transaction that reads: the file shows one moment.
        file: Opened for writing text with ``newline=""``. UTF-8; for Excel with a byte order
            mark (``utf-8-sig``).
        selection: Who is written.
        on_page: Hears how far it is.
    """
    writer = csv.writer(file)
    fields = list_field_names(connection)
    writer.writerow([*STORE_COLUMNS, *fields])
    count = 0
    for page in list_pages(connection, selection, on_page):
        writer.writerows(_row(person, page.find_reason(person), fields) for person in page.people)
        count += len(page.people)
    return count


def _row(person: Subscriber, reason: SuppressionReason | None, fields: Sequence[str]) -> list[str]:
    profile = person.profile
    cells = [
        str(person.address),
        profile.name,
        profile.language,
        profile.timezone,
        ", ".join(sorted(profile.tags)),
        person.state.value,
        reason or "",
        write_time(person.created_at_ms),
        write_time(person.confirmed_at_ms),
        write_time(person.paused_until_ms or None),
        *(profile.fields.get(name, "") for name in fields),
    ]
    return [guard_cell(cell) for cell in cells]
