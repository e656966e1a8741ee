"""Who an issue goes to: confirmed, not suppressed, not paused, in the segment. Who is left out.

Asked when planning, as a statement that the ledger takes in whole, and again with each intent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from subscribers.address import EmailAddress
from subscribers.store.schema import subscriber, suppression
from subscribers.store.subscribers import restore_fields
from subscribers.subscription import State


class Mailable(NamedTuple):
    """What a message needs of a person who may get one."""

    id: int
    #: 16 random bytes: the name of the person in the message's links.
    public_id: bytes
    address: EmailAddress
    #: Empty when the person gave none; so is the language.
    name: str
    language: str
    fields: Mapping[str, str]


def select_audience(
    *, where: sa.ColumnElement[bool] | None = None, now_ms: int
) -> sa.Select[int, bytes]:
    """Build the statement that selects number and address hash of the audience, by number.

    Args:
        where: Only people for whom this holds, as `compile_segment` makes it; None for everyone.
        now_ms: Milliseconds since 1970, UTC: who is paused beyond it is left out.
    """
    statement = (
        sa.select(subscriber.c.id, subscriber.c.address_hash)
        .where(subscriber.c.state == State.CONFIRMED, ~_IS_SUPPRESSED)
        .where(subscriber.c.paused_until_ms <= now_ms)
        .order_by(subscriber.c.id)
    )
    return statement if where is None else statement.where(where)


def add_moments(
    statement: sa.Select[int, bytes], moments: Mapping[str, int]
) -> sa.Select[int, bytes, int]:
    """Let an audience's statement also select when each person's moment is.

    Args:
        statement: As `select_audience` builds it.
        moments: Milliseconds since 1970, UTC, by time zone, the empty one among them: whoever has
            another has that one's.
    """
    others = {name: moment for name, moment in moments.items() if name}
    own = sa.case(others, value=subscriber.c.timezone, else_=moments[""]) if others else None
    return statement.add_columns(sa.literal(moments[""]) if own is None else own)


def count_by_timezone(
    connection: sa.Connection, *, where: sa.ColumnElement[bool] | None = None, now_ms: int
) -> dict[str, int]:
    """Count the audience by time zone, in the order of their names; empty: never said."""
    members = select_audience(where=where, now_ms=now_ms).add_columns(subscriber.c.timezone)
    found = members.order_by(None).subquery()
    statement = (
        sa.select(found.c.timezone, sa.func.count())
        .group_by(found.c.timezone)
        .order_by(found.c.timezone)
    )
    return dict(connection.execute(statement).all())


class AudienceCount(NamedTuple):
    """How many people an audience has, and how many it has not."""

    members: int
    #: By reason; those that concern nobody are not told.
    left_out: Mapping[str, int]


def count_everybody(
    connection: sa.Connection, *, where: sa.ColumnElement[bool] | None = None, now_ms: int
) -> AudienceCount:
    """Count the people whom `select_audience` selects, and those whom it leaves out.

    Each person is counted under one reason, the first of: pending, unsubscribed, bounced,
    complained, suppressed, paused, not_in_segment. Erased people are nobody any more.
    """
    is_paused = subscriber.c.paused_until_ms > now_ms
    people = (
        sa.select(subscriber.c.state, is_paused, sa.func.count())
        .where(subscriber.c.state != State.ERASED)
        .group_by(subscriber.c.state, is_paused)
    )
    left_out = Counter[str]()
    for state, paused, count in connection.execute(people):
        left_out["paused" if paused and state == State.CONFIRMED else state] += count
    # A few among all are suppressed: looking for each of all took twice as long.
    hindered = (
        sa.select(is_paused, sa.func.count())
        .select_from(suppression)
        .join(subscriber, subscriber.c.address_hash == suppression.c.address_hash)
        .where(subscriber.c.state == State.CONFIRMED)
        .group_by(is_paused)
    )
    for paused, count in connection.execute(hindered):
        left_out["suppressed"] += count
        left_out["paused" if paused else State.CONFIRMED] -= count
    mailable = left_out.pop(State.CONFIRMED, 0)
    reasons = dict(sorted((+left_out).items()))
    if where is None:
        return AudienceCount(mailable, reasons)
    # By its condition people are found, not sorted: the segment is asked of the audience alone.
    members = count_audience(connection, where, now_ms=now_ms)
    others = {"not_in_segment": mailable - members} if members < mailable else {}
    return AudienceCount(members, reasons | others)


def count_audience(
    connection: sa.Connection, where: sa.ColumnElement[bool] | None = None, *, now_ms: int
) -> int:
    """Count the people whom `select_audience` selects."""
    members = select_audience(where=where, now_ms=now_ms).order_by(None).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(members)).scalar_one()


def load_mailable(
    connection: sa.Connection, subscriber_ids: Sequence[int], *, now_ms: int
) -> dict[int, Mailable | str]:
    """Load what messages to these people need; for whoever may not get one, tell why.

    The reason is one word: pending, unsubscribed, bounced, complained, suppressed, paused,
    erased. The segment is not asked again: leaving it takes nobody out of an issue that is planned.

    This runs once for each handful of intents: one statement, nothing parsed twice.
    """
    found: dict[int, Mailable | str] = dict.fromkeys(subscriber_ids, State.ERASED.value)
    for row in connection.execute(_LOAD, {"ids": subscriber_ids}).all():
        number, public_id, address, name, language, fields, state, paused_until_ms, hindered = row
        if state != "confirmed":
            found[number] = state
        elif hindered is not None:
            found[number] = "suppressed"
        elif paused_until_ms > now_ms:
            found[number] = "paused"
        else:
            found[number] = Mailable(
                number,
                public_id,
                EmailAddress.restore(address),
                name,
                language,
                restore_fields(fields),
            )
    return found


_IS_SUPPRESSED = sa.exists().where(suppression.c.address_hash == subscriber.c.address_hash)

_LOAD = (
    sa.select(
        subscriber.c.id,
        subscriber.c.public_id,
        subscriber.c.address,
        subscriber.c.name,
        subscriber.c.language,
        subscriber.c.fields,
        subscriber.c.state,
        subscriber.c.paused_until_ms,
        suppression.c.reason,
    )
    .outerjoin(suppression, suppression.c.address_hash == subscriber.c.address_hash)
    .where(subscriber.c.id.in_(sa.bindparam("ids", expanding=True)))
)
