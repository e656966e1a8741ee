"""Deliveries: intents before the bytes leave, outcomes after.

A delivery whose intent is open and whose owner is gone is in doubt: nothing here sends it again
unless an operator says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import DeliveryStatus, Tally
from newsletter.update_many import UpdateMany

#: The next hop's words are cut to this many characters.
REPLY_CHARACTERS = 500

#: An outcome may still come in. In doubt, too: an owner who was taken over may yet know.
IS_OPEN = delivery.c.status.in_(
    [sa.literal_column("'in_flight'", sa.Text), sa.literal_column("'in_doubt'", sa.Text)]
)


def words_unless_erased(words: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Write nothing more down about somebody who was erased while the message was out."""
    return sa.case(
        (delivery.c.address_hash.is_(None), sa.literal_column("''", sa.Text)), else_=words
    )


# The three statements that each message costs are built once.

THIS_DELIVERY = (
    delivery.c.issue_id == sa.bindparam("issue"),
    delivery.c.subscriber_id == sa.bindparam("subscriber"),
)
_LIST_DUE = (
    sa.select(delivery.c.subscriber_id, delivery.c.first_intent_at_ms)
    .where(
        delivery.c.issue_id == sa.bindparam("issue"),
        delivery.c.subscriber_id > sa.bindparam("after"),
        delivery.c.subscriber_id <= sa.bindparam("until"),
        delivery.c.status.in_(
            [sa.literal_column("'planned'", sa.Text), sa.literal_column("'deferred'", sa.Text)]
        ),
        # 0 for what may leave at any time.
        delivery.c.next_at_ms <= sa.bindparam("now"),
    )
    .order_by(delivery.c.subscriber_id)
    .limit(sa.bindparam("most"))
)


def _record_intents(given: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    return (
        sa.update(delivery)
        .where(delivery.c.issue_id == sa.bindparam("issue"))
        .where(delivery.c.subscriber_id == given["subscriber"])
        .values(
            status=sa.literal_column("'in_flight'", sa.Text),
            epoch=sa.bindparam("run"),
            attempts=delivery.c.attempts + sa.literal_column("1", sa.Integer),
            first_intent_at_ms=given["first"],
            last_intent_at_ms=sa.bindparam("now"),
        )
    )


def _record_outcomes(given: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    return (
        sa.update(delivery)
        .where(delivery.c.issue_id == sa.bindparam("issue"))
        .where(delivery.c.subscriber_id == given["subscriber"])
        .where(delivery.c.epoch == sa.bindparam("run"), IS_OPEN)
        .values(
            status=given["new"],
            settled_at_ms=sa.bindparam("now"),
            next_at_ms=given["next"],
            reply=words_unless_erased(given["words"]),
        )
    )


_RECORD_INTENTS = UpdateMany(_record_intents, subscriber=sa.Integer, first=sa.BigInteger)
_RECORD_OUTCOMES = UpdateMany(
    _record_outcomes, subscriber=sa.Integer, new=sa.Text, next=sa.BigInteger, words=sa.Text
)


class Span(NamedTuple):
    """Deliveries side by side, by their subscribers' numbers."""

    #: Exclusive.
    after_id: int
    #: Inclusive.
    until_id: int


#: The largest number that a subscriber may have.
EVERYONE = Span(0, 2**31 - 1)


class Candidate(NamedTuple):
    """A delivery whose turn it is."""

    subscriber_id: int
    #: 0 when this would be the first attempt.
    first_intent_at_ms: int


class Settled(NamedTuple):
    """What became of one delivery."""

    subscriber_id: int
    status: DeliveryStatus
    reply: str = ""
    #: Deferred: the next attempt is not due before.
    next_at_ms: int = 0


def list_due(
    connection: sa.Connection,
    issue_id: int,
    *,
    after_id: int,
    until_id: int = EVERYONE.until_id,
    limit: int,
    now_ms: int,
) -> list[Candidate]:
    """List planned and deferred deliveries that are due, after a subscriber's number."""
    values = {
        "issue": issue_id,
        "after": after_id,
        "until": until_id,
        "most": limit,
        "now": now_ms,
    }
    return [Candidate(*row) for row in connection.execute(_LIST_DUE, values)]


def record_intents(
    connection: sa.Connection,
    issue_id: int,
    candidates: Iterable[Candidate],
    *,
    epoch: int,
    now_ms: int,
) -> None:
    """Note that these messages are about to leave; commit before their bytes do."""
    rows = [(each.subscriber_id, each.first_intent_at_ms or now_ms) for each in candidates]
    _RECORD_INTENTS.execute(connection, rows, issue=issue_id, run=epoch, now=now_ms)


def record_outcomes(
    connection: sa.Connection,
    issue_id: int,
    outcomes: Sequence[Settled],
    *,
    epoch: int,
    now_ms: int,
) -> None:
    """Note what became of deliveries whose intent this epoch wrote.

    Also accepted from an owner who lost the lease meanwhile, when the row was already called in
    doubt: he knows, and nobody else can.
    """
    rows = [
        (each.subscriber_id, each.status.value, each.next_at_ms, each.reply[:REPLY_CHARACTERS])
        for each in outcomes
    ]
    _RECORD_OUTCOMES.execute(connection, rows, issue=issue_id, run=epoch, now=now_ms)


def record_skips(
    connection: sa.Connection, issue_id: int, skips: Sequence[tuple[int, str]], *, now_ms: int
) -> None:
    """Note who is no longer in the audience, with the reason."""
    if skips:
        statement = (
            sa.update(delivery)
            .where(delivery.c.issue_id == issue_id)
            .where(delivery.c.subscriber_id == sa.bindparam("subscriber"))
            .values(
                status=DeliveryStatus.SKIPPED, settled_at_ms=now_ms, reply=sa.bindparam("reason")
            )
        )
        connection.execute(
            statement, [{"subscriber": number, "reason": reason} for number, reason in skips]
        )


def hand_back(
    connection: sa.Connection, issue_id: int, subscriber_ids: Sequence[int], *, epoch: int
) -> None:
    """Take back intents of this epoch whose messages certainly never left.

    What had been deferred before is deferred still.
    """
    if subscriber_ids:
        statement = (
            sa.update(delivery)
            .where(delivery.c.issue_id == issue_id)
            .where(delivery.c.subscriber_id == sa.bindparam("subscriber"))
            .where(delivery.c.epoch == epoch, IS_OPEN)
            .values(
                status=sa.case(
                    (
                        sa.and_(delivery.c.attempts > 1, delivery.c.next_at_ms > 0),
                        DeliveryStatus.DEFERRED,
                    ),
                    else_=DeliveryStatus.PLANNED,
                ),
                attempts=delivery.c.attempts - 1,
            )
        )
        connection.execute(statement, [{"subscriber": number} for number in subscriber_ids])


def are_within(issue_id: int, span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    """Name the deliveries of an issue that lie in a span."""
    return (
        delivery.c.issue_id == issue_id,
        delivery.c.subscriber_id > span.after_id,
        delivery.c.subscriber_id <= span.until_id,
    )


def cancel_deliveries(
    connection: sa.Connection, issue_id: int, *, within: Span = EVERYONE, now_ms: int
) -> None:
    """Cancel what was never attempted and what is deferred.

    What is in flight stays: whoever sends it records its outcome.
    """
    connection.execute(
        sa.update(delivery)
        .where(*are_within(issue_id, within))
        .where(delivery.c.status.in_(["planned", "deferred"]))
        .values(status=DeliveryStatus.CANCELLED, settled_at_ms=now_ms)
    )


def settle_doubt(
    connection: sa.Connection, issue_id: int, new: DeliveryStatus, *, now_ms: int
) -> int:
    """Carry out the operator's decision on everything in doubt; return how many."""
    statement = (
        sa.update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status == DeliveryStatus.IN_DOUBT)
        .values(status=new, settled_at_ms=now_ms)
    )
    return connection.execute(statement).rowcount


def count_deliveries(connection: sa.Connection, issue_id: int) -> Tally:
    """Count the deliveries of an issue by where they stand."""
    statement = (
        sa.select(delivery.c.status, sa.func.count())
        .where(delivery.c.issue_id == issue_id)
        .group_by(delivery.c.status)
    )
    counts: dict[str, int] = dict(connection.execute(statement).all())
    return Tally(waiting=counts.pop("planned", 0), **counts)


def count_not_due(connection: sa.Connection, issue_id: int, *, now_ms: int) -> int:
    """Count planned deliveries whose time has not come."""
    statement = sa.select(sa.func.count()).where(
        delivery.c.issue_id == issue_id,
        delivery.c.status == DeliveryStatus.PLANNED,
        delivery.c.next_at_ms > now_ms,
    )
    return connection.execute(statement).scalar_one()
