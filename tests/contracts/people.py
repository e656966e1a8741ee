"""People for tests, made of an address and what matters about them."""

from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent
from subscribers.keyring import Keyring
from subscribers.profile import Profile
from subscribers.subscriber import NewSubscriber
from subscribers.subscription import State

KEYS = Keyring({1: b"a secret of at least thirty-two bytes"})
#: 2026-01-31T08:00:00Z
NOON = 1_769_846_400_000
IMPORTED = Consent(event=ConsentEvent.IMPORTED, at_ms=NOON, basis="paper form", source="fair 2026")


def hash_of(address: str) -> bytes:
    """Return the keyed hash under which the store knows an address."""
    return KEYS.address_hash(EmailAddress.parse(address))


def person(
    address: str,
    *,
    state: State = State.CONFIRMED,
    profile: Profile | None = None,
    paused_until_ms: int = 0,
) -> NewSubscriber:
    """Return somebody whose public id follows from the address."""
    return NewSubscriber(
        public_id=hash_of(address)[::-1],
        address=EmailAddress.parse(address),
        address_hash=hash_of(address),
        profile=profile or Profile(),
        state=state,
        created_at_ms=NOON,
        confirmed_at_ms=NOON if state is State.CONFIRMED else None,
        paused_until_ms=paused_until_ms,
    )
