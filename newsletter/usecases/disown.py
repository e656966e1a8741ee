"""Hear "this was not me": somebody else typed the address in, or may have."""

import sqlalchemy as sa

from newsletter.usecases.confirm import CONFIRMING, SOURCE
from newsletter.usecases.erase import erase_person
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.errors import InvalidTokenError
from subscribers.mailed_tokens import TokenPurpose, hash_token
from subscribers.store.consents import was_only_requested
from subscribers.store.subscribers import find_by_id
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import suppress
from subscribers.store.tokens import StoredToken, find_token, note_use, replace_token
from subscribers.subscriber import Subscriber
from subscribers.subscription import Change, State
from subscribers.suppression import Suppression, SuppressionReason


def disown(installation: Installation, token: str) -> None:
    """Block an address: no message goes to this address until an operator allows it.

    What was typed in is erased. For somebody who had confirmed it ends the subscription and
    blocks nothing: mail clients show this link as their unsubscribe button. Answers the one-click
    POST of RFC 8058 at ``/confirm/TOKEN/not-me`` as well as the page's button.

    Raises:
        InvalidTokenError: Unknown, replaced by a newer request, or expired.
    """
    now_ms = installation.now_ms()
    sha256 = hash_token(token)
    with installation.database.write() as connection:
        stored = find_token(connection, sha256, now_ms=now_ms, for_update=True)
        if stored is None or stored.purpose not in CONFIRMING:
            raise InvalidTokenError("this link is no longer of use")
        person = find_by_id(connection, stored.subscriber_id)
        if person is None or person.address_hash is None or stored.is_disowned:
            return
        if stored.purpose is TokenPurpose.SIGN_UP:
            _disown_sign_up(connection, person, person.address_hash, stored, now_ms=now_ms)
            # An erasure forgot the token; a second click is to find it used.
            replace_token(
                connection, sha256, purpose=stored.purpose, subscriber_id=person.id, now_ms=now_ms
            )
        elif not stored.used_at_ms:
            new = EmailAddress.restore(stored.details["address"])
            _block(connection, installation.keys.address_hash(new), now_ms=now_ms)
        note_use(connection, sha256, now_ms=now_ms, is_disowned=True)


def _disown_sign_up(
    connection: sa.Connection,
    person: Subscriber,
    address_hash: bytes,
    stored: StoredToken,
    *,
    now_ms: int,
) -> None:
    """Block an address that somebody else typed in; let somebody leave who had confirmed."""
    if person.state is not State.PENDING or stored.used_at_ms:
        if person.state is State.CONFIRMED:
            change_state(connection, person.id, Change.UNSUBSCRIBE, now_ms=now_ms, source=SOURCE)
        return
    # First of all: what only an operator lifts stands against what an erasure would leave.
    _block(connection, address_hash, now_ms=now_ms)
    if was_only_requested(connection, person.id):
        erase_person(connection, person.id, address_hash, now_ms=now_ms, source=SOURCE)
    else:
        change_state(connection, person.id, Change.UNSUBSCRIBE, now_ms=now_ms, source=SOURCE)


def _block(connection: sa.Connection, address_hash: bytes, *, now_ms: int) -> None:
    reason = SuppressionReason.MANUAL
    suppress(
        connection,
        [Suppression(address_hash=address_hash, reason=reason, at_ms=now_ms, source="not me")],
    )
