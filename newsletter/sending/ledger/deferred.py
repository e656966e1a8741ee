"""Deferred deliveries: which are due, and when the others are.

Each has its last attempt on record. So they are found by the attempts of an issue, which are few,
and not among all of its deliveries.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from newsletter.sending.ledger.deliveries import Candidate
from newsletter.sending.ledger.schema import attempt, delivery, issue
from newsletter.sending.ledger.status import DeliveryStatus, IssueState

_IS_DEFERRED: Final = (
    delivery.c.issue_id == attempt.c.issue_id,
    delivery.c.subscriber_id == attempt.c.subscriber_id,
    delivery.c.attempts == attempt.c.number,
    delivery.c.status == DeliveryStatus.DEFERRED,
)
_IS_DUE: Final = delivery.c.next_at_ms <= sa.bindparam("now")
_OF_ISSUE: Final = attempt.c.issue_id == sa.bindparam("issue")


def list_due(
    connection: sa.Connection, issue_id: int, *, after_id: int, limit: int, now_ms: int
) -> list[Candidate]:
    """List deferred deliveries that are due, after a subscriber's number."""
    statement = (
        sa.select(attempt.c.subscriber_id, delivery.c.first_intent_at_ms)
        .where(_OF_ISSUE, *_IS_DEFERRED, _IS_DUE, attempt.c.subscriber_id > after_id)
        .order_by(attempt.c.subscriber_id)
        .limit(limit)
    )
    values = {"issue": issue_id, "now": now_ms}
    return [Candidate(*row) for row in connection.execute(statement, values)]


def count_due(connection: sa.Connection, issue_id: int, *, now_ms: int) -> int:
    """Count the deferred deliveries that are due."""
    statement = sa.select(sa.func.count()).where(_OF_ISSUE, *_IS_DEFERRED, _IS_DUE)
    return connection.execute(statement, {"issue": issue_id, "now": now_ms}).scalar_one()


def find_next_attempt(connection: sa.Connection, issue_id: int) -> int | None:
    """Find when the first deferred delivery is due, in milliseconds; None when none is."""
    statement = sa.select(sa.func.min(delivery.c.next_at_ms)).where(_OF_ISSUE, *_IS_DEFERRED)
    found: int | None = connection.execute(statement, {"issue": issue_id}).scalar_one()
    return found


def list_issues_due(connection: sa.Connection, *, now_ms: int) -> list[str]:
    """List the slugs of sending issues with a deferred delivery that is due, the oldest first."""
    has_due = sa.exists().where(attempt.c.issue_id == issue.c.id, *_IS_DEFERRED, _IS_DUE)
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
