"""Statements of a subscription's life: a change, its evidence and its suppression as one."""

from typing import Any

import sqlalchemy as sa

from subscribers.consent import EVENT_OF_CHANGE, NOWHERE, Consent, Origin
from subscribers.errors import UnknownSubscriberError
from subscribers.mailed_tokens import TokenPurpose
from subscribers.store.consents import append_consents
from subscribers.store.schema import subscriber
from subscribers.store.suppressions import lift, suppress
from subscribers.store.tags import replace_tags
from subscribers.store.tokens import delete_token, delete_tokens_of
from subscribers.subscription import Change, State, next_state
from subscribers.suppression import LIFTED_BY_CONFIRMATION, REASON_OF_CHANGE, Suppression


def change_state(
    connection: sa.Connection,
    subscriber_id: int,
    change: Change,
    *,
    now_ms: int,
    basis: str = "",
    source: str = "",
    origin: Origin = NOWHERE,
) -> State:
    """Carry out a change of one subscription and everything that goes with it.

    The evidence is appended when the state changes; a change that changes nothing, such as a
    second click, adds none. A bounce, a complaint and an erasure suppress the address; a
    confirmation lifts what it may lift, and `Change.LIFT` lifts everything. An erasure empties
    the row and leaves its number, its public id and the suppression.

    Returns:
        The state that the subscription has now.

    Raises:
        UnknownSubscriberError: Nobody has this number.
        ForbiddenChangeError: The state does not allow it; nothing was changed.
    """
    old, address_hash = _get_for_update(connection, subscriber_id)
    new = next_state(old, change)
    if address_hash is not None:
        _settle_suppression(connection, address_hash, change, now_ms=now_ms, source=source)
    # Whoever left may take it back until anything else happens.
    delete_token(connection, subscriber_id, TokenPurpose.COME_BACK)
    if new is old:
        return new
    values: dict[str, Any] = {"state": new.value, "state_changed_at_ms": now_ms}
    if change is Change.CONFIRM:
        values |= {"confirmed_at_ms": now_ms, "paused_until_ms": 0}
    if new is State.ERASED:
        values |= _NOTHING
        replace_tags(connection, subscriber_id, ())
        delete_tokens_of(connection, subscriber_id)
    connection.execute(sa.update(subscriber).where(subscriber.c.id == subscriber_id).values(values))
    evidence = Consent(
        event=EVENT_OF_CHANGE[change], at_ms=now_ms, basis=basis, source=source, origin=origin
    )
    append_consents(connection, [subscriber_id], evidence)
    return new


#: What an erasure leaves of a person's data.
_NOTHING = {
    "address": None,
    "address_hash": None,
    "name": "",
    "language": "",
    "timezone": "",
    "fields": "{}",
    "paused_until_ms": 0,
}


def _get_for_update(connection: sa.Connection, subscriber_id: int) -> tuple[State, bytes | None]:
    """Read a row and keep others from changing it until the transaction ends."""
    # SQLite has no FOR UPDATE and needs none: a writer is alone there.
    statement = (
        sa.select(subscriber.c.state, subscriber.c.address_hash)
        .where(subscriber.c.id == subscriber_id)
        .with_for_update()
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise UnknownSubscriberError("nobody has this number")
    return State(row.state), row.address_hash


def _settle_suppression(
    connection: sa.Connection, address_hash: bytes, change: Change, *, now_ms: int, source: str
) -> None:
    if change is Change.CONFIRM:
        lift(connection, address_hash, only=LIFTED_BY_CONFIRMATION)
    elif change is Change.LIFT:
        lift(connection, address_hash)
    elif reason := REASON_OF_CHANGE.get(change):
        suppress(
            connection,
            [Suppression(address_hash=address_hash, reason=reason, at_ms=now_ms, source=source)],
        )
