"""A recipient for looking at a message without sending it: a known subscriber's, or nobody's."""

import secrets

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.store import subscribers
from subscribers.store.tags import find_tags

#: Leads to the unsubscribe page of nobody: a test message that is forwarded must not end anyone's
#: subscription.
INERT_TOKEN = "test"  # noqa: S105 - no secret: it names nobody


def sample_recipient(
    installation: Installation, address: EmailAddress, *, delivery_id: DeliveryId
) -> Recipient:
    """Make a recipient with the fields of the subscriber known by that address, if there is one."""
    newsletter = installation.settings.newsletter
    with installation.database.read() as connection:
        known = subscribers.find_subscriber(connection, installation.keys.address_hash(address))
        tags = find_tags(connection, [known.id])[known.id] if known else frozenset()
    domain = newsletter.sender.address.wire.rpartition("@")[2]
    return Recipient(
        delivery_id=delivery_id,
        address=address,
        return_path=newsletter.sender.address.wire,
        name=known.profile.name if known else "",
        language=known.profile.language if known else "",
        fields=known.profile.fields if known else {},
        tags=tags,
        # Random: two tests of one edition are two messages.
        message_id=f"<test.{secrets.token_hex(12)}@{domain}>",
        dated_at_ms=installation.now_ms(),
        unsubscribe_url=f"{newsletter.base_url}/u/{INERT_TOKEN}",
        unsubscribe_token=INERT_TOKEN,
    )
