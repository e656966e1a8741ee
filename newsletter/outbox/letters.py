"""Statements of the messages: intents before the bytes leave, outcomes after, as in the ledger.

Unlike an issue, a system message that is in doubt leaves once more, with the same token, Date and
Message-ID: nobody would miss it twice, and without it nobody could confirm.
"""

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from newsletter.outbox.entry import AT_REST, Kind, Letter, Settled, Status
from newsletter.outbox.schema import FORGOTTEN, outbox
from subscribers.address import EmailAddress

#: How often a message in doubt leaves again.
MOST_REPEATS = 1
_REPLY_CHARACTERS = 500


def write_letter(
    connection: sa.Connection,
    kind: Kind,
    address: EmailAddress,
    address_hash: bytes,
    *,
    subscriber_id: int,
    language: str,
    details: Mapping[str, str],
    nonce: bytes,
    now_ms: int,
) -> None:
    """Write a message that nobody asked for, in the transaction of what it tells."""
    connection.execute(
        sa.insert(outbox),
        {
            "kind": kind.value,
            "status": Status.WAITING.value,
            "subscriber_id": subscriber_id,
            "address": address.text,
            "address_hash": address_hash,
            "language": language,
            "details": json.dumps(dict(details), ensure_ascii=False),
            "nonce": nonce,
            "asked_at_ms": now_ms,
        },
    )


def list_due(connection: sa.Connection, *, limit: int, now_ms: int) -> list[Letter]:
    """List messages whose turn it is, the oldest first."""
    statement = (
        sa.select(outbox)
        .where(outbox.c.status == Status.WAITING.value, outbox.c.next_at_ms <= now_ms)
        .where((outbox.c.expires_at_ms == 0) | (outbox.c.expires_at_ms > now_ms))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [
        Letter(
            id=row.id,
            kind=Kind(row.kind),
            address=EmailAddress.restore(row.address),
            address_hash=row.address_hash,
            language=row.language,
            details=json.loads(row.details),
            nonce=row.nonce,
            subscriber_id=row.subscriber_id,
            asked_at_ms=row.asked_at_ms,
            first_intent_at_ms=row.first_intent_at_ms,
            attempts=row.attempts,
            repeats=row.repeats,
        )
        for row in connection.execute(statement)
    ]


def record_intents(
    connection: sa.Connection, letters: Sequence[Letter], *, epoch: int, now_ms: int
) -> None:
    """Note that these messages are about to leave; commit before their bytes do."""
    if letters:
        statement = (
            sa.update(outbox)
            .where(outbox.c.id == sa.bindparam("letter"))
            .values(
                status=Status.IN_FLIGHT.value,
                epoch=epoch,
                attempts=outbox.c.attempts + 1,
                first_intent_at_ms=sa.bindparam("first"),
            )
        )
        rows = [{"letter": e.id, "first": e.first_intent_at_ms or now_ms} for e in letters]
        connection.execute(statement, rows)


def record_outcomes(
    connection: sa.Connection, outcomes: Sequence[Settled], *, epoch: int, now_ms: int
) -> None:
    """Note what became of messages whose intent this epoch wrote; what is at rest forgets whom."""
    for each in outcomes:
        is_at_rest = each.status in AT_REST
        connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == each.id, outbox.c.epoch == epoch)
            .where(outbox.c.status == Status.IN_FLIGHT.value)
            .values(
                status=each.status.value,
                reply=each.reply[:_REPLY_CHARACTERS],
                next_at_ms=each.next_at_ms,
                repeats=outbox.c.repeats + int(each.is_repeat),
                **({"settled_at_ms": now_ms, **FORGOTTEN} if is_at_rest else {}),
            )
        )


def hand_back(
    connection: sa.Connection, ids: Sequence[int], *, epoch: int, next_at_ms: int
) -> None:
    """Take back intents of this epoch whose messages certainly never left."""
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(ids), outbox.c.epoch == epoch)
        .where(outbox.c.status == Status.IN_FLIGHT.value)
        .values(status=Status.WAITING.value, attempts=outbox.c.attempts - 1, next_at_ms=next_at_ms)
    )


def take_over(connection: sa.Connection, *, epoch: int, now_ms: int, repeats_safely: bool) -> int:
    """Let what an earlier worker left in flight leave once more; return how many.

    Args:
        connection: A transaction of the caller's.
        epoch: Of the worker that begins.
        now_ms: Milliseconds since 1970, UTC.
        repeats_safely: The next hop keeps one message however often it is handed over: then it
            may leave again each time. Else whatever was repeated already stays in doubt.
    """
    is_left = (outbox.c.status == Status.IN_FLIGHT.value) & (outbox.c.epoch < epoch)
    if not repeats_safely:
        connection.execute(
            sa.update(outbox)
            .where(is_left, outbox.c.repeats >= MOST_REPEATS)
            .values(status=Status.IN_DOUBT.value, settled_at_ms=now_ms, **FORGOTTEN)
        )
    return connection.execute(
        sa.update(outbox)
        .where(is_left)
        .values(status=Status.WAITING.value, repeats=outbox.c.repeats + 1)
    ).rowcount


def drop_expired(connection: sa.Connection, *, now_ms: int) -> int:
    """Drop messages that wait and whose link nobody could use any more; return how many."""
    return connection.execute(
        sa.update(outbox)
        .where(outbox.c.status == Status.WAITING.value)
        .where(outbox.c.expires_at_ms > 0, outbox.c.expires_at_ms <= now_ms)
        .values(status=Status.DROPPED.value, reply="expired", settled_at_ms=now_ms, **FORGOTTEN)
    ).rowcount
