"""People by their public id, the name that programs know them by: find one, change what he told."""

from collections.abc import Callable

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.consent import Consent
from subscribers.errors import UnknownSubscriberError
from subscribers.profile import Profile
from subscribers.store.consents import list_consents
from subscribers.store.profiles import replace_profile
from subscribers.store.subscribers import find_subscriber, get_by_public_id
from subscribers.store.suppressions import find_suppression
from subscribers.subscriber import Subscriber
from subscribers.suppression import Suppression

_UNKNOWN = "nobody has this id, or no longer"


def get_person(installation: Installation, public_id: bytes) -> tuple[Subscriber, EmailAddress]:
    """Get a person and his address.

    Raises:
        UnknownSubscriberError: Nobody has this id, or whoever had it was erased.
    """
    with installation.database.read() as connection:
        person = get_by_public_id(connection, public_id)
    if person.address is None:
        raise UnknownSubscriberError(_UNKNOWN)
    return person, person.address


def list_evidence(installation: Installation, public_id: bytes) -> list[Consent]:
    """List the evidence of a person's consent, oldest first.

    Raises:
        UnknownSubscriberError: As above.
    """
    person, _ = get_person(installation, public_id)
    with installation.database.read() as connection:
        return list_consents(connection, person.id)


def look_up(
    installation: Installation, address: EmailAddress
) -> tuple[Subscriber | None, Suppression | None]:
    """Look up who is known by an address, and what stands against mail to it."""
    address_hash = installation.keys.address_hash(address)
    with installation.database.read() as connection:
        return find_subscriber(connection, address_hash), find_suppression(connection, address_hash)


def change_subscriber(
    installation: Installation, public_id: bytes, change: Callable[[Profile], Profile]
) -> Subscriber:
    """Change what a person told of himself; return him as he is now.

    Args:
        installation: Where.
        public_id: Whose.
        change: Makes the new profile of the one that is kept; of parsed values only.

    Raises:
        UnknownSubscriberError: Nobody has this id, or whoever had it was erased.
    """
    with installation.database.write() as connection:
        person = get_by_public_id(connection, public_id, for_update=True)
        if person.address is None:
            raise UnknownSubscriberError(_UNKNOWN)
        profile = change(person.profile)
        if profile != person.profile:
            replace_profile(connection, person.id, profile)
            installation.record_action(
                connection, ActionKind.CHANGE_PROFILE, subscriber_id=person.id
            )
        return get_by_public_id(connection, public_id)
