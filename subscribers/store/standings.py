"""Where people stand, found by the names they have in links: for what comes back about many."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from subscribers.store.schema import subscriber
from subscribers.subscription import State


class Standing(NamedTuple):
    """Where one person stands, as far as what comes back about him has to know."""

    id: int
    state: State
    #: Milliseconds since 1970, UTC; None unless the state was ever confirmed.
    confirmed_at_ms: int | None


def find_standings(
    connection: sa.Connection, public_ids: Collection[bytes]
) -> dict[bytes, Standing]:
    """Find people by the names they have in links, at most 10,000; erased ones, too."""
    statement = sa.select(
        subscriber.c.public_id, subscriber.c.id, subscriber.c.state, subscriber.c.confirmed_at_ms
    ).where(subscriber.c.public_id.in_(public_ids))
    return {
        public_id: Standing(number, State(state), confirmed_at_ms)
        for public_id, number, state, confirmed_at_ms in connection.execute(statement)
    }
