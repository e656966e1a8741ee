"""Statements about who came and who left, by day; the index `subscriber_growth` answers them."""

from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

from subscribers.consent import ConsentEvent
from subscribers.store.schema import consent, subscriber
from subscribers.subscription import State

_DAY_MS: Final = 86_400_000
_FIRST_DAY: Final = date(1970, 1, 1)
#: Evidence is appended, so that the newest rows are the newest in time: no index by time is needed.
_NEWEST_CONSENTS: Final = 5000


def count_came(connection: sa.Connection) -> dict[date, int]:
    """Count those who confirmed, by the day (of UTC) on which they last did."""
    return _count_days(connection, subscriber.c.confirmed_at_ms, sa.true())


def count_left(connection: sa.Connection) -> dict[date, int]:
    """Count those who had confirmed and are no longer so, by the day on which that ended."""
    is_gone = subscriber.c.state != State.CONFIRMED
    return _count_days(connection, subscriber.c.state_changed_at_ms, is_gone)


def count_sign_ups_by_network(
    connection: sa.Connection, *, since_ms: int, least: int
) -> dict[str, int]:
    """Count the sign-ups from each network since a time, the most first.

    Args:
        connection: A transaction of the caller's.
        since_ms: Milliseconds since 1970, UTC; no more than the newest 5,000 pieces of evidence
            are looked at.
        least: Networks with fewer are left out.
    """
    newest = (
        sa.select(consent.c.event, consent.c.at_ms, consent.c.network)
        .order_by(consent.c.id.desc())
        .limit(_NEWEST_CONSENTS)
        .subquery()
    )
    count = sa.func.count()
    statement = (
        sa.select(newest.c.network, count)
        .where(newest.c.event == ConsentEvent.REQUESTED, newest.c.at_ms >= since_ms)
        .where(newest.c.network != "")
        .group_by(newest.c.network)
        .having(count >= least)
        .order_by(count.desc(), newest.c.network)
    )
    return dict(connection.execute(statement).all())


def _count_days(
    connection: sa.Connection, at_ms: sa.ColumnElement[int], wanted: sa.ColumnElement[bool]
) -> dict[date, int]:
    day = (at_ms // _DAY_MS).label("day")
    statement = (
        sa.select(day, sa.func.count())
        .where(subscriber.c.confirmed_at_ms.is_not(None), wanted)
        .group_by(day)
    )
    return {
        _FIRST_DAY + timedelta(days=number): count
        for number, count in connection.execute(statement)
    }
