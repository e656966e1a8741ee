"""Refusals that were not about the recipient: told apart, and taken back."""

from collections.abc import Sequence

import sqlalchemy as sa

from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import DeliveryStatus

#: Whoever was refused so often is not tried again, though others were refused with him.
_MOST_REFUSALS = 3


def plan_again(
    connection: sa.Connection, issue_id: int, subscriber_ids: Sequence[int], *, epoch: int
) -> int:
    """Plan again whoever this epoch was refused, unless that happens for the third time.

    Else a list that begins with refusals that are meant would never get past them.

    Returns:
        How many are planned again.
    """
    statement = (
        sa.update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.epoch == epoch)
        .where(delivery.c.subscriber_id.in_(subscriber_ids))
        .where(delivery.c.status == DeliveryStatus.FAILED)
        .where(delivery.c.attempts < _MOST_REFUSALS)
        .values(
            status=DeliveryStatus.PLANNED,
            settled_at_ms=0,
            reply="",
            # The time until it would be given up begins anew.
            first_intent_at_ms=0,
        )
    )
    return connection.execute(statement).rowcount


def has_reached_anyone(connection: sa.Connection, issue_id: int) -> bool:
    """Tell whether a message of the issue was ever taken, or may have been."""
    statement = sa.select(
        sa.exists().where(
            delivery.c.issue_id == issue_id,
            delivery.c.status.in_([DeliveryStatus.SENT, DeliveryStatus.IN_DOUBT]),
        )
    )
    return bool(connection.execute(statement).scalar_one())


def list_deferred_again(
    connection: sa.Connection, issue_id: int, subscriber_ids: Sequence[int]
) -> set[int]:
    """List who of these was put off, and not for the first time."""
    statement = sa.select(delivery.c.subscriber_id).where(
        delivery.c.issue_id == issue_id,
        delivery.c.subscriber_id.in_(subscriber_ids),
        delivery.c.status == DeliveryStatus.DEFERRED,
        delivery.c.attempts > 1,
    )
    return set(connection.execute(statement).scalars())
