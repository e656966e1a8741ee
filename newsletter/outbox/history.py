"""Statements about the outbox as a whole: counts, one person's part, and forgetting."""

import sqlalchemy as sa

from newsletter.outbox.entry import AT_REST, Entry, Kind, Status
from newsletter.outbox.schema import outbox


def count_by_status(connection: sa.Connection) -> dict[Status, int]:
    """Count rows by where they stand; every status is told, also with 0."""
    statement = sa.select(outbox.c.status, sa.func.count()).group_by(outbox.c.status)
    return dict.fromkeys(Status, 0) | {
        Status(status): count for status, count in connection.execute(statement)
    }


def count_repeated(connection: sa.Connection) -> int:
    """Count messages that left more than once because nobody knew whether they had arrived."""
    statement = sa.select(sa.func.count()).where(outbox.c.repeats > 0)
    return int(connection.execute(statement).scalar_one())


def find_oldest_waiting(connection: sa.Connection) -> int | None:
    """Find since when, in ms, the oldest row that should leave has been there; None for none."""
    found: int | None = connection.execute(
        sa.select(sa.func.min(outbox.c.asked_at_ms)).where(
            outbox.c.status.in_([Status.ASKED.value, Status.WAITING.value])
        )
    ).scalar_one()
    return found


def list_entries(
    connection: sa.Connection, *, subscriber_id: int | None, address_hash: bytes
) -> list[Entry]:
    """List what the outbox tells of a person or an address, the oldest first."""
    statement = (
        sa.select(outbox).where(_is_about(subscriber_id, address_hash)).order_by(outbox.c.id)
    )
    return [
        Entry(
            kind=Kind(row.kind),
            status=Status(row.status),
            asked_at_ms=row.asked_at_ms,
            settled_at_ms=row.settled_at_ms,
            attempts=row.attempts,
            repeats=row.repeats,
            reply=row.reply,
        )
        for row in connection.execute(statement)
    ]


def was_written_since(
    connection: sa.Connection, subscriber_id: int, kind: Kind, since_ms: int
) -> bool:
    """Tell whether a message of that kind was for this person at that time or later."""
    statement = sa.select(sa.literal(1)).where(
        outbox.c.subscriber_id == subscriber_id,
        outbox.c.kind == kind.value,
        outbox.c.asked_at_ms >= since_ms,
        outbox.c.status.not_in([Status.ASKED.value, Status.DROPPED.value]),
    )
    return connection.execute(statement.limit(1)).first() is not None


def forget_person(
    connection: sa.Connection, *, subscriber_id: int | None, address_hash: bytes
) -> int:
    """Delete every row about a person or an address; return how many."""
    return connection.execute(
        sa.delete(outbox).where(_is_about(subscriber_id, address_hash))
    ).rowcount


def forget_settled(connection: sa.Connection, *, before_ms: int) -> int:
    """Delete rows that came to rest before a time; return how many."""
    return connection.execute(
        sa.delete(outbox).where(
            outbox.c.status.in_([status.value for status in AT_REST]),
            outbox.c.settled_at_ms < before_ms,
        )
    ).rowcount


def _is_about(subscriber_id: int | None, address_hash: bytes) -> sa.ColumnElement[bool]:
    is_address = outbox.c.address_hash == address_hash
    return (
        is_address
        if subscriber_id is None
        else is_address | (outbox.c.subscriber_id == subscriber_id)
    )
