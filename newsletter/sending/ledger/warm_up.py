"""How much of a day's share of a warm-up is used: one row a day, for all issues together.

Counted in the transaction of the intents, so that no crash forgets a message, and only where a
warm-up is set.
"""

from datetime import date

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import warm_up_day


def count_begun(connection: sa.Connection, day: date) -> int:
    """Count the first attempts of a day in UTC."""
    found = connection.execute(_select(day)).scalar_one_or_none()
    return found or 0


def lock_begun(connection: sa.Connection, day: date) -> int:
    """Count the first attempts of a day, and let nobody else count until the transaction ends."""
    connection.execute(
        insert_into(connection, warm_up_day)
        .values(day=day.isoformat(), begun=0)
        .on_conflict_do_nothing()
    )
    return connection.execute(_select(day).with_for_update()).scalar_one()


def add_begun(connection: sa.Connection, day: date, count: int) -> None:
    """Count so many first attempts more; after `lock_begun` only."""
    connection.execute(
        sa.update(warm_up_day)
        .where(warm_up_day.c.day == day.isoformat())
        .values(begun=warm_up_day.c.begun + count)
    )


def _select(day: date) -> sa.Select[int]:
    return sa.select(warm_up_day.c.begun).where(warm_up_day.c.day == day.isoformat())
