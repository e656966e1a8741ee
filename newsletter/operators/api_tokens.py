"""API tokens: what a program shows to be let in, and what each lets it do.

A token begins with a prefix by which it is found and known; what follows is random. The whole of it
is kept as a keyed hash only.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from newsletter.errors import NotFoundError, RefusedError
from newsletter.operators.name import parse_actor_name
from newsletter.operators.schema import api_token

#: A fixed beginning, so that programs that look for leaked secrets know one; six characters to tell
#: tokens apart; 43 characters that hold 256 bits.
_TOKEN: Final = re.compile(r"(nlp_[a-z2-7]{6})_[A-Za-z0-9_-]{43}")
#: Using a token writes no more often than this.
NOTICE_MS: Final = 5 * 60_000


class Scope(StrEnum):
    """What a token may do. Reading and writing are apart, and so is what cannot be undone."""

    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    #: Make people confirmed without asking them: consent was given elsewhere.
    SUBSCRIBERS_CONFIRM = "subscribers:confirm"
    SUBSCRIBERS_ERASE = "subscribers:erase"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_WRITE = "suppressions:write"
    ISSUES_READ = "issues:read"
    #: Pause, resume, cancel.
    ISSUES_CONTROL = "issues:control"
    EVENTS_READ = "events:read"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiToken:
    """A token as it may be listed; holds nothing that would let anyone in."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    #: Milliseconds since 1970, UTC, like the others.
    created_at_ms: int
    #: None for one that does not expire.
    expires_at_ms: int | None
    #: None while it is good.
    revoked_at_ms: int | None
    #: 0 for never; a few minutes late.
    used_at_ms: int

    def is_good(self, now_ms: int) -> bool:
        """Tell whether it lets anyone in."""
        is_expired = self.expires_at_ms is not None and self.expires_at_ms <= now_ms
        return self.revoked_at_ms is None and not is_expired


def parse_token_name(text: str) -> str:
    """Read a token's name; capital letters become small ones.

    Raises:
        RefusedError: It has other characters than it may have.
    """
    return parse_actor_name(text, whose="a token's", example="shop")


def find_prefix(token: str) -> str:
    """Find how a token begins; empty for what cannot be one."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else ""


def add_token(
    connection: sa.Connection,
    *,
    name: str,
    prefix: str,
    token_hash: bytes,
    scopes: Collection[Scope],
    expires_at_ms: int | None,
    now_ms: int,
) -> None:
    """Add a token.

    Raises:
        RefusedError: There is or was one of that name.
    """
    taken = sa.select(api_token.c.id).where(api_token.c.name == name)
    if connection.execute(taken).first() is not None:
        raise RefusedError(
            f"there is or was a token {name} already, and the record of actions knows it by that"
            " name: choose another. `newsletter token list` names them all."
        )
    connection.execute(
        sa.insert(api_token).values(
            name=name,
            prefix=prefix,
            token_hash=token_hash,
            scopes=" ".join(sorted(scopes)),
            expires_at_ms=expires_at_ms,
            created_at_ms=now_ms,
        )
    )


def find_token(connection: sa.Connection, prefix: str) -> tuple[ApiToken, bytes] | None:
    """Find the token that begins so, good or not, and its hash."""
    statement = sa.select(api_token).where(api_token.c.prefix == prefix)
    row = connection.execute(statement).one_or_none()
    return None if row is None else (_token(row), row.token_hash)


def notice_use(connection: sa.Connection, token_id: int, *, now_ms: int) -> None:
    """Note that a token was used."""
    connection.execute(
        sa.update(api_token).where(api_token.c.id == token_id).values(used_at_ms=now_ms)
    )


def list_tokens(connection: sa.Connection) -> list[ApiToken]:
    """List every token there ever was, by name."""
    statement = sa.select(api_token).order_by(api_token.c.name)
    return [_token(row) for row in connection.execute(statement)]


def revoke_token(connection: sa.Connection, name: str, *, now_ms: int) -> bool:
    """Revoke a token; tell whether it was good until now.

    Raises:
        NotFoundError: There never was one of that name.
    """
    row = connection.execute(sa.select(api_token).where(api_token.c.name == name)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no token {name}. `newsletter token list` names them.")
    statement = sa.update(api_token).where(
        api_token.c.id == row.id, api_token.c.revoked_at_ms.is_(None)
    )
    was_good = _token(row).is_good(now_ms)
    return connection.execute(statement.values(revoked_at_ms=now_ms)).rowcount == 1 and was_good


def _token(row: sa.Row[*tuple[object, ...]]) -> ApiToken:
    values = row._asdict()
    del values["token_hash"]
    values["scopes"] = frozenset(map(Scope, values["scopes"].split()))
    return ApiToken(**values)
