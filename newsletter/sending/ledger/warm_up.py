"""How much of a day's share of a warm-up is used: one row a day, for all issues together.

Counted in the transaction of the intents, so that no crash forgets a message, and only where a
warm-up is set.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.deliveries import Candidate
from newsletter.sending.ledger.schema import warm_up_day
from newsletter.sending.warm_up import WarmUp, find_day


def count_begun(connection: sa.Connection, day: date) -> int:
    """Count the first attempts of a day in UTC."""
    return connection.execute(_select(day)).scalar_one_or_none() or 0


def take_share(
    connection: sa.Connection, warm_up: WarmUp, candidates: Sequence[Candidate], *, now_ms: int
) -> list[Candidate]:
    """Leave out the first attempts for which this day has no room any more.

    Until the transaction ends nobody else takes of this day's share.
    """
    limit = warm_up.find_limit(find_day(now_ms))
    if limit is None:
        return list(candidates)
    left = limit - _lock_begun(connection, find_day(now_ms))
    taken = []
    for each in candidates:
        if not each.first_intent_at_ms:
            left -= 1
        if each.first_intent_at_ms or left >= 0:
            taken.append(each)
    return taken


def record_begun(connection: sa.Connection, begun: Iterable[Candidate], *, now_ms: int) -> None:
    """Count the first attempts among these; in the transaction of `take_share`."""
    count = sum(1 for each in begun if not each.first_intent_at_ms)
    connection.execute(
        sa.update(warm_up_day)
        .where(warm_up_day.c.day == find_day(now_ms).isoformat())
        .values(begun=warm_up_day.c.begun + count)
    )


def _lock_begun(connection: sa.Connection, day: date) -> int:
    connection.execute(
        insert_into(connection, warm_up_day)
        .values(day=day.isoformat(), begun=0)
        .on_conflict_do_nothing()
    )
    return connection.execute(_select(day).with_for_update()).scalar_one()


def _select(day: date) -> sa.Select[int]:
    return sa.select(warm_up_day.c.begun).where(warm_up_day.c.day == day.isoformat())
