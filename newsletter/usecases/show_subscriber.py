"""Everything that is known of one person."""

from dataclasses import dataclass

from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.consent import Consent
from subscribers.errors import UnknownSubscriberError
from subscribers.store.consents import list_consents
from subscribers.store.subscribers import find_subscriber
from subscribers.store.suppressions import find_suppression
from subscribers.subscriber import Subscriber
from subscribers.suppression import Suppression


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriberStory:
    """A person, the evidence of consent, and what stands against writing to the address."""

    #: None when only a suppression is known.
    subscriber: Subscriber | None
    consents: tuple[Consent, ...]
    suppression: Suppression | None


def show_subscriber(installation: Installation, address: EmailAddress) -> SubscriberStory:
    """Tell what is known by an address.

    Raises:
        UnknownSubscriberError: Nothing is.
    """
    address_hash = installation.keys.address_hash(address)
    with installation.database.read() as connection:
        person = find_subscriber(connection, address_hash)
        suppression = find_suppression(connection, address_hash)
        consents = list_consents(connection, person.id) if person else []
    if person is None and suppression is None:
        raise UnknownSubscriberError("nobody is known by this address")
    return SubscriberStory(subscriber=person, consents=tuple(consents), suppression=suppression)
