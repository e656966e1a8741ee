"""End one subscription, heard by a running send with its next commit."""

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.store.subscribers import find_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change, State


def unsubscribe(installation: Installation, address: EmailAddress, *, source: str) -> State:
    """End the subscription of an address; repeating it changes nothing. Return the state.

    Raises:
        UnknownSubscriberError: Nobody is known by this address.
        ForbiddenChangeError: The state does not allow it.
    """
    with installation.database.write() as connection:
        person = find_subscriber(connection, installation.keys.address_hash(address))
        if person is None:
            raise UnknownSubscriberError("nobody is known by this address")
        installation.record_action(connection, ActionKind.UNSUBSCRIBE, subscriber_id=person.id)
        return change_state(
            connection,
            person.id,
            Change.UNSUBSCRIBE,
            now_ms=installation.now_ms(),
            source=source,
        )
