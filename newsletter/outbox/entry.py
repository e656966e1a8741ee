"""What stands in the outbox: kinds of messages, and where each of them is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.address import EmailAddress


class Kind(StrEnum):
    """Which message, or the asking that leads to it."""

    #: Asks the owner of an address to confirm a sign-up.
    SIGN_UP = "sign_up"
    #: Tells a subscriber that somebody, maybe he himself, asked once more.
    ALREADY_SUBSCRIBED = "already_subscribed"
    #: Brings the link to one's own data.
    PREFERENCES = "preferences"
    #: Asks the owner of a new address to confirm it.
    CHANGE_ADDRESS = "change_address"
    #: Tells the old address that it was changed.
    ADDRESS_CHANGED = "address_changed"


class Status(StrEnum):
    """Where a row stands."""

    #: To be decided by the worker.
    ASKED = "asked"
    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    SENT = "sent"
    FAILED = "failed"
    #: It left twice, and both times nobody could tell whether it arrived.
    IN_DOUBT = "in_doubt"
    #: No message was to be sent; the reply tells why.
    DROPPED = "dropped"


AT_REST = (Status.SENT, Status.FAILED, Status.IN_DOUBT, Status.DROPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What somebody asked and nobody has decided."""

    id: int
    kind: Kind
    #: Of whoever asked by a link of his own; None when anybody may have asked.
    subscriber_id: int | None
    address: EmailAddress
    address_hash: bytes
    language: str
    details: Mapping[str, str]
    #: Milliseconds since 1970, UTC.
    asked_at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message whose turn it is."""

    id: int
    kind: Kind
    address: EmailAddress
    address_hash: bytes
    language: str
    details: Mapping[str, str]
    nonce: bytes
    subscriber_id: int | None
    asked_at_ms: int
    #: 0 when this would be the first attempt.
    first_intent_at_ms: int
    attempts: int
    repeats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A row as people may see it. Times are milliseconds since 1970, UTC."""

    kind: Kind
    status: Status
    asked_at_ms: int
    #: 0 before it came to rest.
    settled_at_ms: int
    attempts: int
    repeats: int
    reply: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What became of one attempt."""

    id: int
    status: Status
    reply: str = ""
    #: Waiting: not before.
    next_at_ms: int = 0
    #: It will leave again though it may have arrived.
    is_repeat: bool = False
