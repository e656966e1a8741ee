"""How often something may happen: one row a key, one statement a question, the same on all hosts.

The generic cell rate algorithm: a row holds the moment at which a key will have its whole allowance
again. No address and no network is in the table, only keyed hashes of them.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from newsletter.database import insert_into
from subscribers.keyring import Keyring

METADATA: Final = sa.MetaData()

rate_limit = sa.Table(
    "rate_limit",
    METADATA,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    #: Theoretical arrival time, milliseconds since 1970, UTC: a row in the past says nothing.
    sa.Column("tat_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
used_proof = sa.Table(
    "used_proof",
    METADATA,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    #: Milliseconds since 1970, UTC: from then on the proof is refused for its age.
    sa.Column("until_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_KEY_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Limit:
    """So many at once, and after that one in each period."""

    #: What is counted; part of the key, so that two limits of one value are two.
    kind: str
    burst: int
    period_ms: int


def take(connection: sa.Connection, key: bytes, limit: Limit, *, now_ms: int) -> bool:
    """Take one of what a key is allowed; False, and nothing taken, when there is none left."""
    row = rate_limit.c
    insert = insert_into(connection, rate_limit).values(key=key, tat_ms=now_ms + limit.period_ms)
    tat_ms = sa.case((row.tat_ms > now_ms, row.tat_ms), else_=now_ms) + limit.period_ms
    taken = connection.execute(
        insert.on_conflict_do_update(
            index_elements=[row.key],
            set_={"tat_ms": tat_ms},
            where=tat_ms - now_ms <= limit.period_ms * limit.burst,
        ).returning(row.tat_ms)
    )
    return taken.first() is not None


def is_exhausted(connection: sa.Connection, key: bytes, limit: Limit, *, now_ms: int) -> bool:
    """Tell whether `take` would be refused; takes nothing."""
    tat_ms = connection.scalar(sa.select(rate_limit.c.tat_ms).where(rate_limit.c.key == key)) or 0
    return max(tat_ms, now_ms) + limit.period_ms - now_ms > limit.period_ms * limit.burst


def use_once(connection: sa.Connection, key: bytes, *, until_ms: int) -> bool:
    """Note that a proof was used; False when it was used before."""
    insert = insert_into(connection, used_proof).values(key=key, until_ms=until_ms)
    used = connection.execute(insert.on_conflict_do_nothing().returning(used_proof.c.key))
    return used.first() is not None


def sweep(connection: sa.Connection, *, now_ms: int) -> None:
    """Delete the rows that say nothing any more."""
    connection.execute(rate_limit.delete().where(rate_limit.c.tat_ms < now_ms))
    connection.execute(used_proof.delete().where(used_proof.c.until_ms < now_ms))


def build_key(keys: Keyring, kind: str, value: str) -> bytes:
    """Hash what is counted, so that the table tells nobody who asked."""
    # The first secret for good: a limit holds through a rotation.
    return keys.sign("rate limit", f"{kind}\0{value}".encode(), version=1)[:_KEY_BYTES]
