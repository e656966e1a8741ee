"""Schedules: which issues `newsletter serve` begins and goes on with, and when it looks again.

An issue that has a row here is the worker's, from its time on until it has ended. An issue that an
operator began by hand has none, unless it waits for the next day of a warm-up.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.errors import TemporaryError
from newsletter.sending.ledger.plan import PlannedIssue, set_issue_state
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


def hasten(connection: sa.Connection, issue_id: int, *, now_ms: int) -> None:
    """Let a time that has passed be now; one that is still to come stays."""
    connection.execute(
        sa.update(schedule)
        .where(schedule.c.issue_id == issue_id, schedule.c.due_at_ms < now_ms)
        .values(due_at_ms=now_ms)
    )


def drop_schedule(connection: sa.Connection, issue_id: int) -> None:
    """Take an issue out of the worker's hands."""
    connection.execute(sa.delete(schedule).where(schedule.c.issue_id == issue_id))


def leave_issue(connection: sa.Connection, issue_id: int, *, is_sent: bool, now_ms: int) -> None:
    """At a run's end: let the worker look again when the first of what remains is due."""
    if is_sent:
        drop_schedule(connection, issue_id)
        return
    known = find_schedule(connection, issue_id)
    moment = _find_next_moment(connection, issue_id) if known else None
    if moment is not None:
        postpone(connection, issue_id, max(moment, now_ms))


def taken_meanwhile(known: PlannedIssue) -> TemporaryError:
    """Say that an issue is not as it was when it was looked at."""
    return TemporaryError(f"{known.slug}: another process has just changed or begun it; try again")


def begin_issue(connection: sa.Connection, planned: PlannedIssue, *, now_ms: int) -> None:
    """Make a scheduled issue one that is being sent.

    Raises:
        TemporaryError: Another process began, paused or took it back since it was looked at.
    """
    is_ours = set_issue_state(
        connection, planned.id, IssueState.SENDING, only_from={IssueState.SCHEDULED}
    )
    if not is_ours:
        raise taken_meanwhile(planned)
    connection.execute(
        sa.update(issue).where(issue.c.id == planned.id).values(planned_at_ms=now_ms)
    )


def schedule_again(connection: sa.Connection, known: PlannedIssue) -> None:
    """Make an issue that waits, or was paused before its time, one that is scheduled.

    Raises:
        TemporaryError: Another process began it since it was looked at.
    """
    states = {IssueState.SCHEDULED, IssueState.PAUSED}
    is_ours = not known.is_planned and set_issue_state(
        connection, known.id, IssueState.SCHEDULED, only_from=states
    )
    if not is_ours:
        raise taken_meanwhile(known)


def forget_issue(connection: sa.Connection, known: PlannedIssue) -> None:
    """Take an issue that nobody was planned for out of the ledger, as if it had never been in it.

    Raises:
        TemporaryError: Another process began it since it was looked at.
    """
    drop_schedule(connection, known.id)
    statement = sa.delete(issue).where(issue.c.id == known.id, issue.c.planned_at_ms == 0)
    if connection.execute(statement).rowcount != 1:
        raise taken_meanwhile(known)


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


def _find_next_moment(connection: sa.Connection, issue_id: int) -> int | None:
    """Find when the first delivery that remains is due; None when none remains."""
    remaining = [DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED]
    statement = sa.select(sa.func.min(delivery.c.next_at_ms)).where(
        delivery.c.issue_id == issue_id, delivery.c.status.in_(remaining)
    )
    found: int | None = connection.execute(statement).scalar_one()
    return found
