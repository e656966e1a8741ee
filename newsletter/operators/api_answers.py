"""Answers of the API that are kept for a day, so that a repeated request gets the same again."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.operators.schema import api_answer


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """What is known of a request that was made before."""

    request_hash: bytes
    #: None while it is not answered yet.
    sealed: bytes | None


def begin_answer(
    connection: sa.Connection, token_id: int, key_hash: bytes, request_hash: bytes, *, now_ms: int
) -> bool:
    """Note that a request is about to be answered; False when one of that key was before."""
    insert = insert_into(connection, api_answer).values(
        token_id=token_id, key_hash=key_hash, request_hash=request_hash, began_at_ms=now_ms
    )
    begun = connection.execute(insert.on_conflict_do_nothing().returning(api_answer.c.token_id))
    return begun.first() is not None


def find_answer(connection: sa.Connection, token_id: int, key_hash: bytes) -> KeptAnswer | None:
    """Find what was answered to a request with that key."""
    statement = sa.select(api_answer.c.request_hash, api_answer.c.sealed).where(
        _has_key(token_id, key_hash)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else KeptAnswer(**row._asdict())


def keep_answer(
    connection: sa.Connection,
    token_id: int,
    key_hash: bytes,
    sealed: bytes,
    *,
    address_hash: bytes | None,
) -> None:
    """Keep an answer, which may be about an address."""
    connection.execute(
        sa.update(api_answer)
        .where(_has_key(token_id, key_hash))
        .values(sealed=sealed, address_hash=address_hash)
    )


def forget_answer(connection: sa.Connection, token_id: int, key_hash: bytes) -> None:
    """Forget a request, so that the same may be tried again."""
    connection.execute(sa.delete(api_answer).where(_has_key(token_id, key_hash)))


def forget_answers_about(connection: sa.Connection, address_hash: bytes) -> None:
    """Forget what was answered about an address: it is not so any more."""
    connection.execute(sa.delete(api_answer).where(api_answer.c.address_hash == address_hash))


def forget_answers(connection: sa.Connection, *, before_ms: int, unanswered_before_ms: int) -> None:
    """Forget what is too old, and sooner what was never answered, for its process has ended."""
    is_left = api_answer.c.sealed.is_(None) & (api_answer.c.began_at_ms < unanswered_before_ms)
    connection.execute(
        sa.delete(api_answer).where((api_answer.c.began_at_ms < before_ms) | is_left)
    )


def _has_key(token_id: int, key_hash: bytes) -> sa.ColumnElement[bool]:
    return (api_answer.c.token_id == token_id) & (api_answer.c.key_hash == key_hash)
