"""Statements of the mailed tokens: of each purpose a person has one at the most."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from subscribers.mailed_tokens import LIFETIME_MS, TokenPurpose
from subscribers.store.schema import token
from subscribers.store.upsert import insert_into


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredToken:
    """What a token stands for."""

    purpose: TokenPurpose
    subscriber_id: int
    #: Milliseconds since 1970, UTC.
    expires_at_ms: int
    #: 0 while nobody used it.
    used_at_ms: int = 0
    #: It was used to say "this was not me".
    is_disowned: bool = False
    #: What it will change.
    details: Mapping[str, str] = field(default_factory=dict)


def replace_token(
    connection: sa.Connection,
    sha256: bytes,
    *,
    purpose: TokenPurpose,
    subscriber_id: int,
    now_ms: int,
    details: Mapping[str, str] | None = None,
    address_hash: bytes | None = None,
) -> int:
    """Keep a new token in place of the person's last one of this purpose; return its end in ms.

    Args:
        connection: A transaction of the caller's.
        sha256: By `hash_token`.
        purpose: What it is good for.
        subscriber_id: For whom.
        now_ms: Milliseconds since 1970, UTC; its life begins now.
        details: What it will change.
        address_hash: Of an address in the details, so that an erasure finds it.
    """
    values = {
        "sha256": sha256,
        "expires_at_ms": now_ms + LIFETIME_MS[purpose],
        "used_at_ms": 0,
        "is_disowned": False,
        "details": json.dumps(dict(details or {}), ensure_ascii=False),
        "address_hash": address_hash,
    }
    insert = insert_into(connection, token).values(
        purpose=purpose.value, subscriber_id=subscriber_id, **values
    )
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[token.c.subscriber_id, token.c.purpose], set_=values
        )
    )
    return now_ms + LIFETIME_MS[purpose]


def find_token(
    connection: sa.Connection, sha256: bytes, *, now_ms: int, for_update: bool = False
) -> StoredToken | None:
    """Find what a token stands for; None when it is unknown, replaced or expired.

    Args:
        connection: A transaction of the caller's.
        sha256: By `hash_token`.
        now_ms: Milliseconds since 1970, UTC.
        for_update: Let nobody else use it until the transaction ends.
    """
    return _find(connection, token.c.sha256 == sha256, now_ms, for_update=for_update)


def find_token_of(
    connection: sa.Connection, subscriber_id: int, purpose: TokenPurpose, *, now_ms: int
) -> StoredToken | None:
    """Find the token that a person has for a purpose; None when there is none or it expired."""
    is_theirs = (token.c.subscriber_id == subscriber_id) & (token.c.purpose == purpose.value)
    return _find(connection, is_theirs, now_ms)


def note_use(
    connection: sa.Connection, sha256: bytes, *, now_ms: int, is_disowned: bool = False
) -> None:
    """Note that a token was used and forget what it changed; a second click does no harm."""
    connection.execute(
        sa.update(token)
        .where(token.c.sha256 == sha256)
        .values(used_at_ms=now_ms, is_disowned=is_disowned, details="{}", address_hash=None)
    )


def list_expired(connection: sa.Connection, *, now_ms: int, limit: int) -> list[StoredToken]:
    """List tokens whose time is over, the oldest first."""
    statement = (
        sa.select(token)
        .where(token.c.expires_at_ms <= now_ms)
        .order_by(token.c.expires_at_ms)
        .limit(limit)
    )
    return [_token(row) for row in connection.execute(statement)]


def delete_token(connection: sa.Connection, subscriber_id: int, purpose: TokenPurpose) -> None:
    """Forget the token that a person has for a purpose, if there is one."""
    connection.execute(
        sa.delete(token).where(
            token.c.subscriber_id == subscriber_id, token.c.purpose == purpose.value
        )
    )


def delete_tokens_of(connection: sa.Connection, subscriber_id: int) -> None:
    """Forget every token of a person."""
    connection.execute(sa.delete(token).where(token.c.subscriber_id == subscriber_id))


def delete_tokens_to(connection: sa.Connection, address_hash: bytes) -> None:
    """Forget tokens that would make this address somebody's new one."""
    connection.execute(sa.delete(token).where(token.c.address_hash == address_hash))


def _find(
    connection: sa.Connection,
    condition: sa.ColumnElement[bool],
    now_ms: int,
    *,
    for_update: bool = False,
) -> StoredToken | None:
    statement = sa.select(token).where(condition, token.c.expires_at_ms > now_ms)
    if for_update:
        statement = statement.with_for_update()
    row = connection.execute(statement).one_or_none()
    return None if row is None else _token(row)


def _token(row: sa.Row[*tuple[object, ...]]) -> StoredToken:
    values = row._asdict()
    return StoredToken(
        purpose=TokenPurpose(values["purpose"]),
        subscriber_id=values["subscriber_id"],
        expires_at_ms=values["expires_at_ms"],
        used_at_ms=values["used_at_ms"],
        is_disowned=values["is_disowned"],
        details=json.loads(values["details"]),
    )
