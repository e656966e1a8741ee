"""Erase a person for good: out of every table, and out of what other servers said of him.

What stays names nobody: a keyed hash that keeps an import from bringing him back, evidence and
deliveries under a number, so that every issue's sum is what it was.
"""

import sqlalchemy as sa

from newsletter.operators.actions import ActionKind
from newsletter.operators.api_answers import forget_answers_about
from newsletter.outbox.history import forget_person as forget_letters
from newsletter.sending.ledger.person import forget_person as forget_deliveries
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.store.subscribers import find_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.store.tokens import delete_tokens_to
from subscribers.subscription import Change


def erase(installation: Installation, address: EmailAddress, *, source: str) -> None:
    """Erase whoever is known by an address, and whatever else names that address.

    Raises:
        UnknownSubscriberError: Nobody is known by it, and no message was for it.
    """
    address_hash = installation.keys.address_hash(address)
    with installation.database.write() as connection:
        person = find_subscriber(connection, address_hash)
        number = person.id if person else None
        installation.record_action(connection, ActionKind.ERASE, subscriber_id=number)
        if person is not None:
            erase_person(
                connection, person.id, address_hash, now_ms=installation.now_ms(), source=source
            )
        else:
            delete_tokens_to(connection, address_hash)
            if not forget_letters(connection, subscriber_id=None, address_hash=address_hash):
                raise UnknownSubscriberError("nobody is known by this address")
    installation.database.empty_journal()


def erase_person(
    connection: sa.Connection,
    subscriber_id: int,
    address_hash: bytes,
    *,
    now_ms: int,
    source: str,
    change: Change = Change.ERASE,
) -> None:
    """Erase somebody in the caller's transaction.

    Args:
        connection: A transaction that writes.
        subscriber_id: Whom.
        address_hash: Of the address he is known by.
        now_ms: Milliseconds since 1970, UTC.
        source: For the evidence: who wanted it.
        change: `Change.EXPIRE` for a sign-up that nobody confirmed: it suppresses nothing.
    """
    change_state(connection, subscriber_id, change, now_ms=now_ms, source=source)
    delete_tokens_to(connection, address_hash)
    forget_answers_about(connection, address_hash)
    forget_letters(connection, subscriber_id=subscriber_id, address_hash=address_hash)
    forget_deliveries(connection, subscriber_id)
