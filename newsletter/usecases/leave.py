"""Leave by a link in an issue: it never expires, and nobody who follows it is turned away."""

import os
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.usecases.installation import Installation
from subscribers.errors import UnknownSubscriberError
from subscribers.mailed_tokens import LIFETIME_MS, TokenPurpose, hash_token
from subscribers.store.subscribers import get_by_public_id
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression
from subscribers.store.tokens import delete_token, find_token_of, replace_token
from subscribers.subscriber import Subscriber
from subscribers.subscription import Change, State
from subscribers.tokens import TokenContent, read_token

#: How long whoever left may take it back on the page that told of it.
UNDO_SECONDS = LIFETIME_MS[TokenPurpose.COME_BACK] // 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaver:
    """Whom an unsubscribe link names, as far as a forwarded message may tell."""

    #: ``k•••@example.org``; empty when the person is gone.
    masked_address: str = ""
    #: BCP 47; empty when the person never said, or is gone.
    language: str = ""
    #: Whether there is a subscription to end.
    is_subscribed: bool = False
    #: Whether `come_back` would undo it.
    can_return: bool = False


def find_leaver(installation: Installation, token: str) -> Leaver:
    """Find whom a token names; changes nothing.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    content = read_token(installation.keys, "unsubscribe", token)
    with installation.database.read() as connection:
        return _describe(installation, connection, content)


def leave(installation: Installation, token: str, *, source: str) -> Leaver:
    """End the subscription; for whoever is gone already it is done.

    Args:
        installation: Where.
        token: From the link.
        source: For the evidence: ``one click`` or ``page``.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    content = read_token(installation.keys, "unsubscribe", token)
    with installation.database.write() as connection:
        person = _find(connection, content)
        if person is not None:
            _end(connection, person, content, now_ms=installation.now_ms(), source=source)
        leaver = _describe(installation, connection, content)
    if person is not None and person.state is State.CONFIRMED:
        installation.metrics.count_reader("unsubscription")
    return leaver


def come_back(installation: Installation, token: str) -> Leaver:
    """Undo `leave` within an hour; later, or after anything else happened, nothing changes.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    content = read_token(installation.keys, "unsubscribe", token)
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        person = _find(connection, content)
        if person is not None and _can_return(connection, person, now_ms=now_ms):
            change_state(
                connection, person.id, Change.RETURN, now_ms=now_ms, basis="undo", source="page"
            )
            delete_token(connection, person.id, TokenPurpose.COME_BACK)
        return _describe(installation, connection, content)


def _end(
    connection: sa.Connection,
    person: Subscriber,
    content: TokenContent,
    *,
    now_ms: int,
    source: str,
) -> None:
    """Unsubscribe, and remember for an hour that somebody was confirmed until now."""
    if person.state is State.UNSUBSCRIBED:
        # A second click; it must not take the way back from the first.
        return
    basis = f"issue {content.context}" if content.context else ""
    state = change_state(
        connection, person.id, Change.UNSUBSCRIBE, now_ms=now_ms, basis=basis, source=source
    )
    if person.state is State.CONFIRMED and state is State.UNSUBSCRIBED:
        replace_token(
            connection,
            # Nobody is ever given this token: the unsubscribe link itself undoes.
            hash_token(os.urandom(32).hex()),
            purpose=TokenPurpose.COME_BACK,
            subscriber_id=person.id,
            now_ms=now_ms,
        )


def _find(connection: sa.Connection, content: TokenContent) -> Subscriber | None:
    try:
        return get_by_public_id(connection, content.public_id)
    except UnknownSubscriberError:
        # The database is younger than the link: restored from a backup, say.
        return None


def _can_return(connection: sa.Connection, person: Subscriber, *, now_ms: int) -> bool:
    purpose = TokenPurpose.COME_BACK
    return (
        person.state is State.UNSUBSCRIBED
        and person.address_hash is not None
        and find_token_of(connection, person.id, purpose, now_ms=now_ms) is not None
        and find_suppression(connection, person.address_hash) is None
    )


def _describe(
    installation: Installation, connection: sa.Connection, content: TokenContent
) -> Leaver:
    person = _find(connection, content)
    if person is None or person.address is None:
        return Leaver()
    return Leaver(
        masked_address=person.address.masked,
        language=person.profile.language,
        is_subscribed=person.state is State.CONFIRMED,
        can_return=_can_return(connection, person, now_ms=installation.now_ms()),
    )
