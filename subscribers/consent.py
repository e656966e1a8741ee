"""Consent: what a person agreed to, when and where; written once, never changed.

Evidence names a person by number only. It holds no address, so that it can outlive an erasure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.subscription import Change


class ConsentEvent(StrEnum):
    """What a piece of evidence tells of."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    IMPORTED = "imported"
    ERASED = "erased"


#: How a change of the subscription is told in the evidence.
EVENT_OF_CHANGE: Mapping[Change, ConsentEvent] = {
    Change.SIGN_UP: ConsentEvent.REQUESTED,
    Change.CONFIRM: ConsentEvent.CONFIRMED,
    Change.UNSUBSCRIBE: ConsentEvent.WITHDRAWN,
    Change.BOUNCE: ConsentEvent.CHANGED,
    Change.COMPLAIN: ConsentEvent.WITHDRAWN,
    Change.LIFT: ConsentEvent.CHANGED,
    Change.ERASE: ConsentEvent.ERASED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """One piece of evidence."""

    event: ConsentEvent
    #: Milliseconds since 1970, UTC.
    at_ms: int
    #: What the person agreed to, or the operator's word for it.
    basis: str = ""
    #: Where it came from: a form, a file, a person.
    source: str = ""
