"""People as JSON: one document, or a line for each of them; complete when imported again.

`docs/reference/exports.md` describes both. Each person is written on a line of its own in either,
so that a file of a million can be looked at, compared and read a piece at a time.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import sqlalchemy as sa

from subscribers.exchange.pages import (
    EVERYONE,
    OnPage,
    Page,
    Selection,
    TextSink,
    list_pages,
    write_time,
)
from subscribers.store.subscribers import PAGE_ROWS
from subscribers.subscriber import Subscriber

FORMAT = "newsletter-press people"
FORMAT_VERSION = 1

#: Finds what else is to be told of some people, in one transaction: number → keys and values.
FindMore: TypeAlias = Callable[
    [sa.Connection, Sequence[Subscriber]], Mapping[int, Mapping[str, object]]
]
#: With their stories, fewer people fill as much memory.
_TOLD_ROWS = 500


def export_json(
    connection: sa.Connection,
    file: TextSink,
    selection: Selection = EVERYONE,
    *,
    is_lines: bool = False,
    find_more: FindMore | None = None,
    on_page: OnPage = lambda _done, _total: None,
) -> int:
    """Write people as JSON, by number; return how many.

    Args:
        connection: A transaction that reads: the file shows one moment.
        file: Opened for writing text, UTF-8.
        selection: Who is written.
        is_lines: JSON Lines: a person a line and nothing else, instead of one document.
        find_more: Finds what else is told of them.
        on_page: Hears how far it is.
    """
    if not is_lines:
        file.write(f'{{"format": {_write(FORMAT)}, "version": {FORMAT_VERSION}, "subscribers": [')
    between, count = ("", 0) if is_lines else ("\n", 0)
    rows = _TOLD_ROWS if find_more else PAGE_ROWS
    for page in list_pages(connection, selection, on_page, rows=rows):
        more = find_more(connection, page.people) if find_more else {}
        for person in page.people:
            told = _write({**_describe(person, page), **more.get(person.id, {})})
            file.write(f"{told}\n" if is_lines else f"{between}{told}")
            between = ",\n"
        count += len(page.people)
    if not is_lines:
        file.write("\n]}\n")
    return count


def _describe(person: Subscriber, page: Page) -> dict[str, object]:
    """Tell of a person what an import takes."""
    profile = person.profile
    return {
        "address": str(person.address),
        "state": person.state.value,
        "suppression": page.find_reason(person),
        "name": profile.name,
        "language": profile.language,
        "timezone": profile.timezone,
        "tags": sorted(profile.tags),
        "fields": dict(sorted(profile.fields.items())),
        "created_at": write_time(person.created_at_ms),
        "confirmed_at": write_time(person.confirmed_at_ms) or None,
        "paused_until": write_time(person.paused_until_ms or None) or None,
    }


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
