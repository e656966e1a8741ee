"""What the worker decides about what was asked: which message answers it, or none.

This is where an address's state counts. Each decision is one transaction with all that follows
from it: subscriber, evidence, token and message.
"""

import os

import sqlalchemy as sa

from newsletter.outbox.entry import Asked, Kind
from newsletter.outbox.history import was_written_since
from newsletter.outbox.requests import answer, drop
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent, Origin
from subscribers.mailed_tokens import TokenPurpose, derive_token, hash_token, make_nonce
from subscribers.profile import Profile
from subscribers.store.consents import append_consents, keep_wording
from subscribers.store.subscribers import add_subscriber, find_by_id, find_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression
from subscribers.store.tokens import replace_token
from subscribers.subscriber import NewSubscriber, Subscriber
from subscribers.subscription import Change, State
from subscribers.suppression import LIFTED_BY_CONFIRMATION
from subscribers.tokens import PUBLIC_ID_BYTES

#: Somebody who is subscribed is told so once in this time, however often the form is sent.
ALREADY_SUBSCRIBED_EVERY_MS = 24 * 3_600_000


def answer_request(
    installation: Installation, connection: sa.Connection, asked: Asked, *, git_commit: str
) -> None:
    """Decide about one row, in the caller's transaction.

    Args:
        installation: Whose keys and clock.
        connection: A transaction that writes.
        asked: The row.
        git_commit: Checked out where the form was served; goes into the evidence.
    """
    if is_blocked(connection, asked.address_hash):
        drop(connection, asked.id, "suppressed", now_ms=installation.now_ms())
    elif asked.kind is Kind.SIGN_UP:
        _answer_sign_up(installation, connection, asked, git_commit=git_commit)
    elif asked.kind is Kind.PREFERENCES:
        _answer_preferences(installation, connection, asked)
    else:
        _answer_change_of_address(installation, connection, asked)


def is_blocked(connection: sa.Connection, address_hash: bytes) -> bool:
    """Tell whether no message of any kind may go there until an operator allows it."""
    found = find_suppression(connection, address_hash)
    return found is not None and found.reason not in LIFTED_BY_CONFIRMATION


def _answer_sign_up(
    installation: Installation, connection: sa.Connection, asked: Asked, *, git_commit: str
) -> None:
    """Ask for a confirmation, or tell a subscriber that he is one."""
    person = find_subscriber(connection, asked.address_hash)
    is_suppressed = find_suppression(connection, asked.address_hash) is not None
    if person and person.state is State.CONFIRMED and not is_suppressed:
        _tell_subscribed(installation, connection, asked, person)
    elif person and person.state is State.COMPLAINED:
        drop(connection, asked.id, "complained", now_ms=installation.now_ms())
    else:
        evidence = _build_evidence(connection, installation.now_ms(), asked, git_commit)
        number = _make_pending(connection, asked, person, evidence)
        # None: an import added the same address at this moment; the row waits for the next turn.
        if number is not None:
            details = {"language": asked.language} | {
                name: asked.details[name] for name in ("name", "tags")
            }
            _answer_with_token(
                installation, connection, asked, TokenPurpose.SIGN_UP, number, details=details
            )


def _build_evidence(
    connection: sa.Connection, now_ms: int, asked: Asked, git_commit: str
) -> Consent:
    origin = Origin(
        form=asked.details["form"],
        network=asked.details["network"],
        wording_sha256=keep_wording(connection, asked.details["wording"]),
        git_commit=git_commit,
    )
    # Dated when it was asked, which may be long before a worker came to it.
    at_ms = min(asked.asked_at_ms, now_ms)
    return Consent(
        event=ConsentEvent.REQUESTED, at_ms=at_ms, basis="sign-up", source="form", origin=origin
    )


def _make_pending(
    connection: sa.Connection, asked: Asked, person: Subscriber | None, evidence: Consent
) -> int | None:
    """Make or keep somebody pending; what was typed in waits with the token until he confirms."""
    if person is None:
        new = NewSubscriber(
            public_id=os.urandom(PUBLIC_ID_BYTES),
            address=asked.address,
            address_hash=asked.address_hash,
            profile=Profile(language=asked.language),
            state=State.PENDING,
            created_at_ms=evidence.at_ms,
        )
        return add_subscriber(connection, new, evidence)
    state = change_state(
        connection,
        person.id,
        Change.SIGN_UP,
        now_ms=evidence.at_ms,
        basis=evidence.basis,
        source=evidence.source,
        origin=evidence.origin,
    )
    if state is person.state:
        append_consents(connection, [person.id], evidence)
    return person.id


def _tell_subscribed(
    installation: Installation, connection: sa.Connection, asked: Asked, person: Subscriber
) -> None:
    """Tell a subscriber that he is one, at most once a day."""
    now_ms = installation.now_ms()
    since_ms = now_ms - ALREADY_SUBSCRIBED_EVERY_MS
    if was_written_since(connection, person.id, Kind.ALREADY_SUBSCRIBED, since_ms):
        drop(connection, asked.id, "already told", now_ms=now_ms)
        return
    answer(
        connection,
        asked.id,
        Kind.ALREADY_SUBSCRIBED,
        subscriber_id=person.id,
        language=person.profile.language or asked.language,
        nonce=make_nonce(installation.keys, os.urandom),
        expires_at_ms=0,
        now_ms=now_ms,
    )


def _answer_preferences(
    installation: Installation, connection: sa.Connection, asked: Asked
) -> None:
    """Mail the link to whoever has data here; also to those who left, for it is theirs."""
    person = find_subscriber(connection, asked.address_hash)
    if person is None or person.state not in {State.CONFIRMED, State.UNSUBSCRIBED}:
        drop(connection, asked.id, "not subscribed", now_ms=installation.now_ms())
        return
    _answer_with_token(
        installation,
        connection,
        asked,
        TokenPurpose.PREFERENCES,
        person.id,
        language=person.profile.language,
    )


def _answer_change_of_address(
    installation: Installation, connection: sa.Connection, asked: Asked
) -> None:
    """Ask the new address, unless somebody is known by it: two people are never made one."""
    owner = find_by_id(connection, asked.subscriber_id or 0)
    if owner is None or owner.state is not State.CONFIRMED:
        drop(connection, asked.id, "not subscribed", now_ms=installation.now_ms())
    elif find_subscriber(connection, asked.address_hash) is not None:
        drop(connection, asked.id, "known", now_ms=installation.now_ms())
    else:
        _answer_with_token(
            installation,
            connection,
            asked,
            TokenPurpose.CHANGE_ADDRESS,
            owner.id,
            language=owner.profile.language,
            details={"address": asked.address.text},
            new=asked.address,
        )


def _answer_with_token(
    installation: Installation,
    connection: sa.Connection,
    asked: Asked,
    purpose: TokenPurpose,
    subscriber_id: int,
    *,
    language: str = "",
    details: dict[str, str] | None = None,
    new: EmailAddress | None = None,
) -> None:
    """Make a token in place of the last one, and the message that brings it."""
    now_ms = installation.now_ms()
    nonce = make_nonce(installation.keys, os.urandom)
    expires_at_ms = replace_token(
        connection,
        hash_token(derive_token(installation.keys, purpose, nonce)),
        purpose=purpose,
        subscriber_id=subscriber_id,
        now_ms=now_ms,
        details=details,
        address_hash=installation.keys.address_hash(new) if new else None,
    )
    answer(
        connection,
        asked.id,
        asked.kind,
        subscriber_id=subscriber_id,
        language=language or asked.language,
        nonce=nonce,
        expires_at_ms=expires_at_ms,
        now_ms=now_ms,
    )
