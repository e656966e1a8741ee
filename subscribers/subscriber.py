"""A subscriber: before the store knows him, and as the store knows him."""

from dataclasses import dataclass

from subscribers.address import EmailAddress
from subscribers.profile import Profile
from subscribers.subscription import State


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSubscriber:
    """Somebody to be added. Times are milliseconds since 1970, UTC."""

    #: 16 random bytes.
    public_id: bytes
    address: EmailAddress
    #: Keyed hash of that address, 16 bytes.
    address_hash: bytes
    profile: Profile
    state: State
    created_at_ms: int
    #: None unless the state was ever confirmed.
    confirmed_at_ms: int | None = None
    #: Left out of the audience until then; 0 for never paused.
    paused_until_ms: int = 0
    #: When he left or his address died, where that is known.
    ended_at_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """Somebody the store knows. Times are milliseconds since 1970, UTC."""

    id: int
    #: 16 random bytes: the only name of a person in links.
    public_id: bytes
    #: None once erased.
    address: EmailAddress | None
    #: None once erased.
    address_hash: bytes | None
    profile: Profile
    state: State
    paused_until_ms: int
    created_at_ms: int
    state_changed_at_ms: int
    confirmed_at_ms: int | None
