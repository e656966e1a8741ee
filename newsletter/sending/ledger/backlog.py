"""How much waits, of all issues together.

Whatever waits has its last attempt on record. So it is counted by the attempts, which are few, and
not among all deliveries.
"""

import sqlalchemy as sa

from newsletter.sending.ledger.schema import attempt, delivery
from newsletter.sending.ledger.status import DeliveryStatus


def count_due(connection: sa.Connection, *, now_ms: int) -> int:
    """Count the deferred deliveries whose next attempt is due."""
    return _count(
        connection, delivery.c.status == DeliveryStatus.DEFERRED, delivery.c.next_at_ms <= now_ms
    )


def count_in_doubt(connection: sa.Connection) -> int:
    """Count the deliveries that wait for somebody's decision."""
    return _count(connection, delivery.c.status == DeliveryStatus.IN_DOUBT)


def _count(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> int:
    # Asked of each attempt by itself: a join SQLite would rather begin with the many deliveries.
    is_so = (
        sa.exists()
        .where(
            delivery.c.issue_id == attempt.c.issue_id,
            delivery.c.subscriber_id == attempt.c.subscriber_id,
            delivery.c.attempts == attempt.c.number,
            *conditions,
        )
        .correlate(attempt)
    )
    statement = sa.select(sa.func.count()).select_from(attempt).where(is_so)
    return connection.execute(statement).scalar_one()
