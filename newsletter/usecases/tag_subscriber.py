"""Give tags to a person and take them away."""

from collections.abc import Collection

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.profile import parse_tag
from subscribers.store import tags
from subscribers.store.subscribers import find_subscriber


def tag_subscriber(
    installation: Installation,
    address: EmailAddress,
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> frozenset[str]:
    """Change a person's tags; return all that he has now.

    Raises:
        UnknownSubscriberError: Nobody is known by this address.
        InvalidValueError: A tag cannot be one.
    """
    added, removed = set(map(parse_tag, add)), set(map(parse_tag, remove))
    with installation.database.write() as connection:
        person = find_subscriber(connection, installation.keys.address_hash(address))
        if person is None:
            raise UnknownSubscriberError("nobody is known by this address")
        changed = (person.profile.tags | added) - removed
        tags.replace_tags(connection, person.id, changed)
        installation.record_action(connection, ActionKind.TAG, subscriber_id=person.id)
    return changed


def count_tags(installation: Installation) -> dict[str, int]:
    """Count the people who carry each tag, in the order of the tags' names."""
    with installation.database.read() as connection:
        return tags.count_tags(connection)
