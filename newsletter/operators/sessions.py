"""Sessions: who is signed in on the operator's page; each ends by itself, and can be ended."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from newsletter.operators.schema import operator, operator_session

_MINUTE_MS: Final = 60_000
#: Nobody asked anything for so long.
IDLE_MS: Final = 60 * _MINUTE_MS
#: From the sign-in, whatever is asked.
LIFE_MS: Final = 12 * 60 * _MINUTE_MS
#: Looking writes no more often than this.
NOTICE_MS: Final = 5 * _MINUTE_MS
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Somebody signed in; holds nothing that would let anyone in."""

    id: int
    #: The operator's.
    name: str
    began_at_ms: int
    seen_at_ms: int
    #: Truncated; empty when nothing told.
    network: str


def begin_session(
    connection: sa.Connection, operator_id: int, token: str, *, network: str, now_ms: int
) -> None:
    """Begin a session; whoever shows the token from now on is this operator."""
    connection.execute(_HAS_ENDED, {"idle": now_ms - IDLE_MS, "life": now_ms - LIFE_MS})
    connection.execute(
        sa.insert(operator_session).values(
            operator_id=operator_id,
            sha256=_hash(token),
            began_at_ms=now_ms,
            seen_at_ms=now_ms,
            network=network,
        )
    )


def find_session(connection: sa.Connection, token: str, *, now_ms: int) -> Session | None:
    """Find whose token it is; None when it was never one, has run out or was ended."""
    statement = _select(now_ms).where(operator_session.c.sha256 == _hash(token))
    row = connection.execute(statement).one_or_none()
    return None if row is None else Session(**row._asdict())


def notice_session(connection: sa.Connection, session_id: int, *, now_ms: int) -> None:
    """Note that somebody still sits there."""
    connection.execute(
        sa.update(operator_session)
        .where(operator_session.c.id == session_id)
        .values(seen_at_ms=now_ms)
    )


def list_sessions(connection: sa.Connection, *, now_ms: int) -> list[Session]:
    """List who is signed in, the newest first."""
    statement = _select(now_ms).order_by(operator_session.c.id.desc())
    return [Session(**row._asdict()) for row in connection.execute(statement)]


def end_session(connection: sa.Connection, session_id: int) -> str:
    """End a session; return the operator's name, empty when it had ended before."""
    name: str | None = connection.scalar(
        sa.select(operator.c.name)
        .join(operator_session, operator_session.c.operator_id == operator.c.id)
        .where(operator_session.c.id == session_id)
    )
    connection.execute(sa.delete(operator_session).where(operator_session.c.id == session_id))
    return name or ""


def end_sessions(connection: sa.Connection, operator_id: int) -> int:
    """End every session of an operator; return how many."""
    return connection.execute(
        sa.delete(operator_session).where(operator_session.c.operator_id == operator_id)
    ).rowcount


_HAS_ENDED: Final = sa.delete(operator_session).where(
    (operator_session.c.seen_at_ms <= sa.bindparam("idle"))
    | (operator_session.c.began_at_ms <= sa.bindparam("life"))
)


def _select(now_ms: int) -> sa.Select[*tuple[object, ...]]:
    """Select the sessions that have not run out."""
    return (
        sa.select(
            operator_session.c.id,
            operator.c.name,
            operator_session.c.began_at_ms,
            operator_session.c.seen_at_ms,
            operator_session.c.network,
        )
        .join(operator, operator.c.id == operator_session.c.operator_id)
        .where(operator_session.c.seen_at_ms > now_ms - IDLE_MS)
        .where(operator_session.c.began_at_ms > now_ms - LIFE_MS)
    )


def _hash(token: str) -> bytes:
    """Hash a token: it is random and long, so that a plain hash cannot be turned back."""
    return sha256(token.encode()).digest()
