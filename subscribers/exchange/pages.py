"""People on their way out, a page at a time, so that memory does not grow with their number."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias

import sqlalchemy as sa

from subscribers.store.subscribers import PAGE_ROWS, count_subscribers, list_subscribers
from subscribers.store.suppressions import find_reasons
from subscribers.subscriber import Subscriber
from subscribers.subscription import State
from subscribers.suppression import SuppressionReason

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Hears after each page how many people are written, and of how many.
OnPage: TypeAlias = Callable[[int, int], object]


class TextSink(Protocol):
    """Something that text can be written to, such as an open file."""

    def write(self, text: str, /) -> object:
        """Take some text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Who is to be written; erased people never are, for there is nothing to tell of them."""

    #: Only people in this state; None for every state.
    state: State | None = None
    #: Only people who carry this tag; empty for everyone.
    tag: str = ""
    #: Only people for whom this holds, see `compile_segment`; None for everyone.
    where: sa.ColumnElement[bool] | None = None


EVERYONE = Selection()


class Page(NamedTuple):
    """Some people, by number, and what suppresses their addresses."""

    people: list[Subscriber]
    #: By address hash.
    reasons: Mapping[bytes, SuppressionReason]

    def find_reason(self, person: Subscriber) -> SuppressionReason | None:
        """Find what suppresses one of them; None for nothing."""
        return self.reasons.get(person.address_hash or b"")


def list_pages(
    connection: sa.Connection,
    selection: Selection,
    on_page: OnPage,
    *,
    rows: int = PAGE_ROWS,
) -> Iterator[Page]:
    """List pages of people by number, and tell of each one when its successor is asked for."""
    state, tag, where = selection.state, selection.tag, selection.where
    total = count_subscribers(connection, state=state, tag=tag, where=where)
    after_id = done = 0
    while people := list_subscribers(
        connection, after_id=after_id, limit=rows, state=state, tag=tag, where=where
    ):
        yield Page(people, find_reasons(connection, [each.address_hash or b"" for each in people]))
        done += len(people)
        on_page(done, total)
        after_id = people[-1].id


def write_time(at_ms: int | None) -> str:
    """Write a time to the millisecond, UTC, by ISO 8601; nothing for none."""
    if at_ms is None:
        return ""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")
