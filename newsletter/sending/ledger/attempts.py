"""Attempts: each try that did not end accepted, with its times and the next hop's words.

One that was accepted has no row: its delivery tells the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.deliveries import (
    EVERYONE,
    IS_OPEN,
    REPLY_CHARACTERS,
    THIS_DELIVERY,
    Settled,
    Span,
    are_within,
    words_unless_erased,
)
from newsletter.sending.ledger.schema import attempt, delivery, issue
from newsletter.sending.ledger.status import DeliveryStatus


class AttemptOutcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try at handing a message over; times are milliseconds since 1970, UTC."""

    issue_id: int
    #: 1 for the delivery's first.
    number: int
    #: 0 when it was not written down.
    began_at_ms: int
    ended_at_ms: int
    outcome: AttemptOutcome
    #: The next hop's words, or ours; empty once the person is erased.
    reply: str


_OUTCOMES: Final = {
    DeliveryStatus.DEFERRED: AttemptOutcome.DEFERRED,
    DeliveryStatus.FAILED: AttemptOutcome.REJECTED,
    DeliveryStatus.IN_DOUBT: AttemptOutcome.IN_DOUBT,
}
#: Of an attempt as it is read.
_COLUMNS: Final = ("issue_id", "number", "began_at_ms", "ended_at_ms", "outcome", "reply")
_SENDER_LOST: Final = "the sender ended before the outcome was known"


def record_attempts(
    connection: sa.Connection,
    issue_id: int,
    ended: Sequence[Settled],
    *,
    epoch: int,
    now_ms: int,
) -> None:
    """Put on record what was not accepted; before `record_outcomes`, which closes the intents.

    An owner who lost the lease may still say what became of an attempt that was called in doubt.
    """
    rows = [
        {
            "issue": issue_id,
            "subscriber": each.subscriber_id,
            "run": epoch,
            "how": _OUTCOMES[each.status],
            "words": each.reply[:REPLY_CHARACTERS],
        }
        for each in ended
    ]
    statement = _insert(
        connection,
        outcome=sa.bindparam("how", type_=sa.Text),
        reply=words_unless_erased(sa.bindparam("words")),
        where=(*THIS_DELIVERY, delivery.c.epoch == sa.bindparam("run"), IS_OPEN),
        now_ms=now_ms,
    )
    connection.execute(statement, rows)


def disown_intents(
    connection: sa.Connection,
    issue_id: int,
    *,
    within: Span = EVERYONE,
    epoch: int,
    now_ms: int,
) -> int:
    """Call every intent in doubt that an earlier owner left open; return how many."""
    is_left = (
        *are_within(issue_id, within),
        delivery.c.epoch < epoch,
        delivery.c.status == DeliveryStatus.IN_FLIGHT,
    )
    connection.execute(
        _insert(
            connection,
            outcome=sa.literal(AttemptOutcome.IN_DOUBT.value, sa.Text),
            reply=sa.literal(_SENDER_LOST, sa.Text),
            where=is_left,
            now_ms=now_ms,
        )
    )
    statement = (
        sa.update(delivery)
        .where(*is_left)
        .values(status=DeliveryStatus.IN_DOUBT, settled_at_ms=now_ms, reply=_SENDER_LOST)
    )
    return connection.execute(statement).rowcount


def list_attempts(
    connection: sa.Connection, subscriber_id: int, *, issue_id: int | None = None
) -> list[Attempt]:
    """List the attempts at one person, those that were accepted too, in their order.

    Args:
        connection: An open transaction.
        subscriber_id: Whose.
        issue_id: Of this issue only; None for all.
    """
    sent = sa.and_(
        delivery.c.subscriber_id == subscriber_id, delivery.c.status == DeliveryStatus.SENT
    )
    accepted = sa.select(
        delivery.c.issue_id,
        delivery.c.attempts.label("number"),
        delivery.c.last_intent_at_ms.label("began_at_ms"),
        delivery.c.settled_at_ms.label("ended_at_ms"),
        sa.literal(AttemptOutcome.ACCEPTED.value, sa.Text).label("outcome"),
        delivery.c.reply,
    ).where(sent, _is_of(delivery.c.issue_id, issue_id))
    # What was called in doubt may have turned out to be accepted.
    is_outdated = sa.exists().where(
        sent,
        delivery.c.issue_id == attempt.c.issue_id,
        delivery.c.attempts == attempt.c.number,
    )
    others = sa.select(*(attempt.c[name] for name in _COLUMNS)).where(
        attempt.c.subscriber_id == subscriber_id,
        _is_of(attempt.c.issue_id, issue_id),
        ~is_outdated,
    )
    every = sa.union_all(others, accepted).order_by("issue_id", "number")
    return [
        Attempt(**{**row._asdict(), "outcome": AttemptOutcome(row.outcome)})
        for row in connection.execute(every)
    ]


def _is_of(column: sa.Column[int], issue_id: int | None) -> sa.ColumnElement[bool]:
    """Name the issue, or all of them: the keys of the tables begin with it."""
    return column.in_(sa.select(issue.c.id)) if issue_id is None else column == issue_id


def _insert(
    connection: sa.Connection,
    *,
    outcome: sa.ColumnElement[str],
    reply: sa.ColumnElement[str],
    where: Sequence[sa.ColumnElement[bool]],
    now_ms: int,
) -> sa.Insert:
    """Make an attempt of each delivery whose intent is open; the last word on it counts."""
    ended = sa.select(
        delivery.c.issue_id,
        delivery.c.subscriber_id,
        delivery.c.attempts,
        delivery.c.last_intent_at_ms,
        sa.literal(now_ms, sa.BigInteger),
        outcome,
        reply,
    ).where(*where)
    statement = insert_into(connection, attempt).from_select(list(attempt.c.keys()), ended)
    said = ("ended_at_ms", "outcome", "reply")
    return statement.on_conflict_do_update(
        index_elements=list(attempt.primary_key),
        set_={name: statement.excluded[name] for name in said},
    )
