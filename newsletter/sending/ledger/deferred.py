"""Deferred deliveries: which are due, and when the others are.

Each has its last attempt on record. So they are found by the attempts of an issue, which are few,
and not among all of its deliveries.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from newsletter.sending.ledger.deliveries import EVERYONE, Candidate, Span
from newsletter.sending.ledger.schema import attempt, delivery, issue
from newsletter.sending.ledger.status import DeliveryStatus, IssueState

_DEFERRED: Final = (
    delivery.c.issue_id == attempt.c.issue_id,
    delivery.c.subscriber_id == attempt.c.subscriber_id,
    delivery.c.attempts == attempt.c.number,
    delivery.c.status == DeliveryStatus.DEFERRED,
)
_IS_DUE: Final = delivery.c.next_at_ms <= sa.bindparam("now")
_OF_ISSUE: Final = attempt.c.issue_id == sa.bindparam("issue")

# Asked of each attempt by itself: a join SQLite would rather begin with the many deliveries.
_HAS_DUE: Final = sa.exists().where(*_DEFERRED, _IS_DUE).correlate(attempt)
_NEXT_AT_MS: Final = (
    sa.select(delivery.c.next_at_ms).where(*_DEFERRED).correlate(attempt).scalar_subquery()
)


def list_due(
    connection: sa.Connection,
    issue_id: int,
    *,
    after_id: int,
    until_id: int = EVERYONE.until_id,
    limit: int,
    now_ms: int,
) -> list[Candidate]:
    """List deferred deliveries that are due, after a subscriber's number."""
    statement = (
        sa.select(attempt.c.subscriber_id, delivery.c.first_intent_at_ms)
        .where(_OF_ISSUE, *_DEFERRED, _IS_DUE)
        .where(attempt.c.subscriber_id > after_id, attempt.c.subscriber_id <= until_id)
        .order_by(attempt.c.subscriber_id)
        .limit(limit)
    )
    values = {"issue": issue_id, "now": now_ms}
    return [Candidate(*row) for row in connection.execute(statement, values)]


def has_due(connection: sa.Connection, issue_id: int, within: Span, *, now_ms: int) -> bool:
    """Tell whether one of them is due."""
    found = list_due(
        connection,
        issue_id,
        after_id=within.after_id,
        until_id=within.until_id,
        limit=1,
        now_ms=now_ms,
    )
    return bool(found)


def count_due(connection: sa.Connection, issue_id: int, *, now_ms: int) -> int:
    """Count the deferred deliveries that are due."""
    statement = sa.select(sa.func.count()).select_from(attempt).where(_OF_ISSUE, _HAS_DUE)
    return connection.execute(statement, {"issue": issue_id, "now": now_ms}).scalar_one()


def find_next_attempt(connection: sa.Connection, issue_id: int) -> int | None:
    """Find when the first deferred delivery is due, in milliseconds; None when none is."""
    statement = sa.select(sa.func.min(_NEXT_AT_MS)).select_from(attempt).where(_OF_ISSUE)
    found: int | None = connection.execute(statement, {"issue": issue_id}).scalar_one()
    return found


def list_issues_due(connection: sa.Connection, *, now_ms: int) -> list[str]:
    """List the slugs of sending issues with a deferred delivery that is due, the oldest first."""
    has_due = sa.exists().where(attempt.c.issue_id == issue.c.id, _HAS_DUE)
    statement = (
        sa.select(issue.c.slug)
        .where(issue.c.state == IssueState.SENDING, has_due)
        .order_by(issue.c.id)
    )
    return list(connection.execute(statement, {"now": now_ms}).scalars())


def find_tries(
    connection: sa.Connection, issue_id: int, subscriber_ids: Iterable[int]
) -> dict[int, tuple[int, int]]:
    """Find how many attempts these deliveries have had, and when the first one began."""
    statement = sa.select(
        delivery.c.subscriber_id, delivery.c.attempts, delivery.c.first_intent_at_ms
    ).where(delivery.c.issue_id == issue_id, delivery.c.subscriber_id.in_(list(subscriber_ids)))
    return {row[0]: (row[1], row[2]) for row in connection.execute(statement)}
