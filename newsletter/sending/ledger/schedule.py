"""Schedules: which issues `newsletter serve` begins and goes on with, and when it looks again.

An issue that has a row here is the worker's, from its time on until it has ended. An issue that an
operator began by hand has none, unless it waits for the next day of a warm-up.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import delivery, issue, schedule
from newsletter.sending.ledger.status import DeliveryStatus, IssueState


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the worker has something to do with an issue."""

    #: The next time; milliseconds since 1970, UTC.
    due_at_ms: int
    #: As `newsletter.sending.moment.LocalTime` writes it; empty for the same moment for all.
    local_time: str = ""


def set_schedule(connection: sa.Connection, issue_id: int, wanted: Schedule) -> None:
    """Hand an issue to the worker, or change when it looks next."""
    values = {"due_at_ms": wanted.due_at_ms, "local_time": wanted.local_time}
    statement = insert_into(connection, schedule).values(issue_id=issue_id, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[schedule.c.issue_id], set_=values)
    )


def find_schedule(connection: sa.Connection, issue_id: int) -> Schedule | None:
    """Find when the worker has something to do with an issue; None when it has nothing to do."""
    statement = sa.select(schedule.c.due_at_ms, schedule.c.local_time)
    row = connection.execute(statement.where(schedule.c.issue_id == issue_id)).one_or_none()
    return None if row is None else Schedule(*row)


def postpone(connection: sa.Connection, issue_id: int, due_at_ms: int) -> None:
    """Let the worker look at an issue at this time; it becomes the worker's if it was not."""
    known = find_schedule(connection, issue_id)
    set_schedule(connection, issue_id, Schedule(due_at_ms, known.local_time if known else ""))


def drop_schedule(connection: sa.Connection, issue_id: int) -> None:
    """Take an issue out of the worker's hands."""
    connection.execute(sa.delete(schedule).where(schedule.c.issue_id == issue_id))


def list_due_slugs(connection: sa.Connection, *, now_ms: int) -> list[str]:
    """List the issues that the worker has something to do with now, the longest due first."""
    statement = (
        sa.select(issue.c.slug)
        .join_from(schedule, issue)
        .where(schedule.c.due_at_ms <= now_ms)
        .where(issue.c.state.in_([IssueState.SCHEDULED, IssueState.SENDING]))
        .order_by(schedule.c.due_at_ms, schedule.c.issue_id)
    )
    return list(connection.execute(statement).scalars())


def find_next_moment(connection: sa.Connection, issue_id: int) -> int | None:
    """Find when the first delivery that remains is due; None when none remains.

    Reads every row of the issue: for the end of a run.
    """
    remaining = [DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED]
    statement = sa.select(sa.func.min(delivery.c.next_at_ms)).where(
        delivery.c.issue_id == issue_id, delivery.c.status.in_(remaining)
    )
    found: int | None = connection.execute(statement).scalar_one()
    return found
