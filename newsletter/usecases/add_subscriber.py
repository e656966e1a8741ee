"""Add one person by hand, with the evidence of consent."""

import os

from newsletter.errors import RefusedError
from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent
from subscribers.exchange.csv_import import ImportTerms
from subscribers.profile import Profile
from subscribers.store.subscribers import add_subscriber as insert_subscriber
from subscribers.store.subscribers import find_subscriber
from subscribers.store.suppressions import find_suppression
from subscribers.subscriber import NewSubscriber
from subscribers.subscription import State
from subscribers.tokens import PUBLIC_ID_BYTES


def add_subscriber(
    installation: Installation, address: EmailAddress, profile: Profile, terms: ImportTerms
) -> tuple[bool, State]:
    """Add a person; whoever is known stays as he is. Tell whether he is new, and his state.

    Raises:
        RefusedError: The address is suppressed: its owner said no, or it does not exist.
    """
    now_ms = installation.now_ms()
    address_hash = installation.keys.address_hash(address)
    person = NewSubscriber(
        public_id=os.urandom(PUBLIC_ID_BYTES),
        address=address,
        address_hash=address_hash,
        profile=profile,
        state=terms.state,
        created_at_ms=now_ms,
        confirmed_at_ms=now_ms if terms.state is State.CONFIRMED else None,
    )
    evidence = Consent(
        event=ConsentEvent.IMPORTED, at_ms=now_ms, basis=terms.basis, source=terms.source
    )
    with installation.database.write() as connection:
        suppression = find_suppression(connection, address_hash)
        if suppression is not None:
            raise RefusedError(
                f"this address is suppressed ({suppression.reason}): it gets no mail, and adding"
                " it does not change that. Nothing was changed."
            )
        number = insert_subscriber(connection, person, evidence)
        if number is not None:
            installation.record_action(connection, ActionKind.ADD, subscriber_id=number)
            return True, terms.state
        known = find_subscriber(connection, address_hash)
    return False, known.state if known else terms.state
