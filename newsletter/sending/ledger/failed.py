"""Failed deliveries: planned again when the operator says so.

Whoever gets no issue any more stays failed, and so does what a report says had left. What became
of the earlier attempts stays on record.
"""

import sqlalchemy as sa

from newsletter.sending.ledger.reports import select_departed
from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import DeliveryStatus


def count_mailable(
    connection: sa.Connection, issue_id: int, audience: sa.Select[int, bytes]
) -> int:
    """Count the failed deliveries that `plan_again` would plan."""
    statement = sa.select(sa.func.count()).where(*_are_mailable(issue_id, audience))
    return connection.execute(statement).scalar_one()


def plan_again(connection: sa.Connection, issue_id: int, audience: sa.Select[int, bytes]) -> int:
    """Plan failed deliveries to members of an audience again; return how many.

    The deadline counts from the next attempt, as if it were the first; the number of attempts
    goes on, so that each has its own on record.
    """
    statement = (
        sa.update(delivery)
        .where(*_are_mailable(issue_id, audience))
        .values(status=DeliveryStatus.PLANNED, first_intent_at_ms=0, settled_at_ms=0, reply="")
    )
    return connection.execute(statement).rowcount


def _are_mailable(
    issue_id: int, audience: sa.Select[int, bytes]
) -> tuple[sa.ColumnElement[bool], ...]:
    number, _ = audience.subquery().c
    return (
        delivery.c.issue_id == issue_id,
        delivery.c.status == DeliveryStatus.FAILED,
        delivery.c.subscriber_id.in_(sa.select(number)),
        delivery.c.subscriber_id.not_in(select_departed(issue_id)),
    )
