"""Why deliveries stand where they do: counted for an overview, and one by one."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one delivery stands where it does."""

    subscriber_id: int
    attempts: int
    #: The next hop's words, or ours.
    words: str
    #: Deferred: the next attempt is not due before; milliseconds since 1970, UTC.
    next_at_ms: int


def count_reasons(
    connection: sa.Connection, issue_id: int, status: DeliveryStatus, *, most: int
) -> dict[str, int]:
    """Count the deliveries of one status by reason: the most frequent reasons, and no more."""
    frequency = sa.func.count()
    statement = (
        sa.select(delivery.c.reply, frequency)
        .where(delivery.c.issue_id == issue_id, delivery.c.status == status)
        .group_by(delivery.c.reply)
        .order_by(frequency.desc(), delivery.c.reply)
        .limit(most)
    )
    return dict(connection.execute(statement).all())


def list_reasons(
    connection: sa.Connection,
    issue_id: int,
    status: DeliveryStatus,
    *,
    after_id: int,
    limit: int,
) -> list[Reason]:
    """List deliveries of one status, a page at a time, by subscriber's number."""
    statement = (
        sa.select(
            delivery.c.subscriber_id,
            delivery.c.attempts,
            delivery.c.reply,
            delivery.c.next_at_ms,
        )
        .where(delivery.c.issue_id == issue_id, delivery.c.status == status)
        .where(delivery.c.subscriber_id > after_id)
        .order_by(delivery.c.subscriber_id)
        .limit(limit)
    )
    return [Reason(*row) for row in connection.execute(statement)]
