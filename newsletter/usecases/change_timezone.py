"""Say on whose clock a person's day begins."""

from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.store import profiles
from subscribers.store.subscribers import find_subscriber


def change_timezone(installation: Installation, address: EmailAddress, timezone: str) -> None:
    """Set a person's time zone.

    An issue that is being sent by local time keeps the moments of its plan.

    Args:
        installation: Where.
        address: Whose.
        timezone: Parsed; empty for the newsletter's own.

    Raises:
        UnknownSubscriberError: Nobody is known by this address.
    """
    with installation.database.write() as connection:
        person = find_subscriber(connection, installation.keys.address_hash(address))
        if person is None:
            raise UnknownSubscriberError("nobody is known by this address")
        profiles.change_timezone(connection, person.id, timezone)
