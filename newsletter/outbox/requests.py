"""Statements of what was asked: written down in one go, decided later by the worker.

The statement and its commit are the same whatever is known of the address, and so is the time.
"""

import json
from collections.abc import Mapping

import sqlalchemy as sa

from newsletter.outbox.entry import Asked, Kind, Status
from newsletter.outbox.schema import FORGOTTEN, outbox
from subscribers.address import EmailAddress


def write_request(
    connection: sa.Connection,
    kind: Kind,
    address: EmailAddress,
    address_hash: bytes,
    *,
    language: str,
    details: Mapping[str, str],
    now_ms: int,
    subscriber_id: int | None = None,
) -> None:
    """Write down what somebody asked.

    Args:
        connection: A transaction of the caller's.
        kind: What was asked, called like the message that it may lead to.
        address: Whom that message would go to.
        address_hash: Its keyed hash.
        language: BCP 47; may be empty.
        details: What was typed in.
        now_ms: Milliseconds since 1970, UTC.
        subscriber_id: Of whoever asked by a link of his own.
    """
    connection.execute(
        sa.insert(outbox),
        {
            "kind": kind.value,
            "status": Status.ASKED.value,
            "subscriber_id": subscriber_id,
            "address": address.text,
            "address_hash": address_hash,
            "language": language,
            "details": json.dumps(dict(details), ensure_ascii=False),
            "asked_at_ms": now_ms,
        },
    )


def list_asked(connection: sa.Connection, *, limit: int) -> list[Asked]:
    """List what is to be decided, in the order in which it was asked."""
    statement = (
        sa.select(outbox)
        .where(outbox.c.status == Status.ASKED.value)
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [
        Asked(
            id=row.id,
            kind=Kind(row.kind),
            subscriber_id=row.subscriber_id,
            address=EmailAddress.restore(row.address),
            address_hash=row.address_hash,
            language=row.language,
            details=json.loads(row.details),
            asked_at_ms=row.asked_at_ms,
        )
        for row in connection.execute(statement)
    ]


def answer(
    connection: sa.Connection,
    asked_id: int,
    kind: Kind,
    *,
    subscriber_id: int,
    language: str,
    nonce: bytes,
    expires_at_ms: int,
    now_ms: int,
) -> None:
    """Decide that a message answers what was asked; an older one that waits is not sent.

    Args:
        connection: A transaction of the caller's.
        asked_id: Of the row, which becomes the message; what was typed in is forgotten.
        kind: Which message.
        subscriber_id: Whom it is for.
        language: BCP 47.
        nonce: From which its token is derived.
        expires_at_ms: When that token ends; 0 for a message without.
        now_ms: Milliseconds since 1970, UTC.
    """
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.subscriber_id == subscriber_id, outbox.c.kind == kind.value)
        .where(outbox.c.status == Status.WAITING.value)
        .values(status=Status.DROPPED.value, reply="replaced", settled_at_ms=now_ms, **FORGOTTEN)
    )
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == asked_id)
        .values(
            kind=kind.value,
            status=Status.WAITING.value,
            subscriber_id=subscriber_id,
            language=language,
            details="{}",
            nonce=nonce,
            expires_at_ms=expires_at_ms,
        )
    )


def drop(connection: sa.Connection, asked_id: int, reason: str, *, now_ms: int) -> None:
    """Decide that nothing is sent; the reason is for operators."""
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == asked_id)
        .values(status=Status.DROPPED.value, reply=reason, settled_at_ms=now_ms, **FORGOTTEN)
    )
