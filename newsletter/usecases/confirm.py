"""Confirm a subscription or a new address: the owner of the address pressed the button."""

import os
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from newsletter.outbox.entry import Kind
from newsletter.outbox.letters import write_letter
from newsletter.usecases.answer_requests import is_blocked
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent, Origin
from subscribers.errors import ForbiddenChangeError, InvalidTokenError
from subscribers.mailed_tokens import TokenPurpose, hash_token, make_nonce
from subscribers.store.consents import append_consents
from subscribers.store.profiles import change_address, change_profile
from subscribers.store.subscribers import find_by_id, find_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import lift
from subscribers.store.tags import add_tags
from subscribers.store.tokens import StoredToken, delete_token, find_token, note_use
from subscribers.subscriber import Subscriber
from subscribers.subscription import Change, State
from subscribers.suppression import LIFTED_BY_CONFIRMATION

#: What a link in a confirmation is good for.
CONFIRMING = frozenset({TokenPurpose.SIGN_UP, TokenPurpose.CHANGE_ADDRESS})
#: In the evidence, for what was said by such a link.
SOURCE = "confirmation message"


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What a link in a message asks its reader to confirm."""

    #: ``k•••@example.org``: enough to know one's own.
    masked_address: str
    purpose: Literal["sign_up", "change_address"]
    #: BCP 47, of the message that held the link; may be empty.
    language: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A token that can be used, or was."""

    sha256: bytes
    stored: StoredToken
    person: Subscriber
    #: What is to be confirmed.
    address: EmailAddress

    def describe(self) -> Confirmation:
        """Tell the page."""
        is_sign_up = self.stored.purpose is TokenPurpose.SIGN_UP
        language = self.stored.details.get("language") or self.person.profile.language
        return Confirmation(
            masked_address=self.address.masked,
            purpose="sign_up" if is_sign_up else "change_address",
            language=language,
        )


def find_confirmation(installation: Installation, token: str) -> Confirmation | None:
    """Find what a token would confirm; changes nothing. None: unknown, replaced, expired."""
    with installation.database.read() as connection:
        found = _find(installation, connection, token)
    return found.describe() if found else None


def confirm(installation: Installation, token: str, *, network: str = "") -> Confirmation:
    """Confirm; doing it again with the same token is harmless.

    Args:
        installation: Where.
        token: From the link.
        network: Of the asker, truncated; empty for unknown. Goes into the evidence.

    Raises:
        InvalidTokenError: Unknown, replaced by a newer request, expired, or used and overtaken:
            whoever unsubscribed after it has to sign up anew.
    """
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        found = _find(installation, connection, token, for_update=True)
        if found is None:
            raise InvalidTokenError("this link confirms nothing, or nothing any more")
        if not found.stored.used_at_ms:
            origin = Origin(network=network)
            if found.stored.purpose is TokenPurpose.SIGN_UP:
                _confirm_sign_up(connection, found, origin, now_ms=now_ms)
            else:
                _confirm_address(installation, connection, found, origin, now_ms=now_ms)
            note_use(connection, found.sha256, now_ms=now_ms)
    if not found.stored.used_at_ms and found.stored.purpose is TokenPurpose.SIGN_UP:
        installation.metrics.count_reader("confirmation")
    return found.describe()


def _find(
    installation: Installation, connection: sa.Connection, token: str, *, for_update: bool = False
) -> _Found | None:
    """Find a token that would confirm something, or has; None for every other."""
    sha256 = hash_token(token)
    now_ms = installation.now_ms()
    stored = find_token(connection, sha256, now_ms=now_ms, for_update=for_update)
    if stored is None or stored.purpose not in CONFIRMING or stored.is_disowned:
        return None
    person = find_by_id(connection, stored.subscriber_id)
    if person is None or person.address is None:
        return None
    address = person.address
    if "address" in stored.details:
        address = EmailAddress.restore(stored.details["address"])
    if not _can_confirm(installation, connection, stored, person, address):
        return None
    return _Found(sha256=sha256, stored=stored, person=person, address=address)


def _can_confirm(
    installation: Installation,
    connection: sa.Connection,
    stored: StoredToken,
    person: Subscriber,
    address: EmailAddress,
) -> bool:
    if stored.used_at_ms:
        return person.state is State.CONFIRMED
    address_hash = installation.keys.address_hash(address)
    if is_blocked(connection, address_hash):
        return False
    if stored.purpose is TokenPurpose.CHANGE_ADDRESS:
        # Somebody may have signed up with it meanwhile.
        is_free = find_subscriber(connection, address_hash) is None
        return person.state is State.CONFIRMED and is_free
    return person.state in {State.PENDING, State.CONFIRMED}


def _confirm_sign_up(
    connection: sa.Connection, found: _Found, origin: Origin, *, now_ms: int
) -> None:
    """Make somebody confirmed, and take over what was typed in."""
    person, details = found.person, found.stored.details
    try:
        change_state(
            connection,
            person.id,
            Change.CONFIRM,
            now_ms=now_ms,
            basis="double opt-in",
            source=SOURCE,
            origin=origin,
        )
    except ForbiddenChangeError:
        # He left between the look at him and the lock on his row.
        raise InvalidTokenError("this link confirms nothing any more") from None
    if person.state is State.CONFIRMED:
        # His address was suppressed, which is lifted now.
        evidence = _build_evidence(ConsentEvent.CONFIRMED, "double opt-in", origin, now_ms)
        append_consents(connection, [person.id], evidence)
    change_profile(
        connection,
        person.id,
        name=details["name"] or person.profile.name,
        language=details["language"] or person.profile.language,
    )
    add_tags(connection, {person.id: [tag for tag in details["tags"].split(",") if tag]})


def _confirm_address(
    installation: Installation,
    connection: sa.Connection,
    found: _Found,
    origin: Origin,
    *,
    now_ms: int,
) -> None:
    """Give somebody the address that he proved to be his, and tell the old one."""
    person, keys = found.person, installation.keys
    new_hash = keys.address_hash(found.address)
    change_address(connection, person.id, found.address, new_hash)
    lift(connection, new_hash, only=LIFTED_BY_CONFIRMATION)
    # That link lies in the old mailbox, which may be somebody else's by now.
    delete_token(connection, person.id, TokenPurpose.PREFERENCES)
    evidence = _build_evidence(ConsentEvent.CHANGED, "address changed", origin, now_ms)
    append_consents(connection, [person.id], evidence)
    if person.address and person.address_hash and not is_blocked(connection, person.address_hash):
        write_letter(
            connection,
            Kind.ADDRESS_CHANGED,
            person.address,
            person.address_hash,
            subscriber_id=person.id,
            language=person.profile.language,
            details={"new_address": found.address.masked},
            nonce=make_nonce(keys, os.urandom),
            now_ms=now_ms,
        )


def _build_evidence(event: ConsentEvent, basis: str, origin: Origin, now_ms: int) -> Consent:
    return Consent(event=event, at_ms=now_ms, basis=basis, source=SOURCE, origin=origin)
