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
    Change.EXPIRE: ConsentEvent.ERASED,
    Change.RETURN: ConsentEvent.CONFIRMED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a person acted, and on what words; empty for what is not known."""

    #: Which form: ``page``, ``embed``, ``iframe``, ``api``.
    form: str = ""
    #: Truncated, so that it names a neighbourhood and no person: ``203.0.113.0/24``.
    network: str = ""
    #: SHA-256 of the wording that was shown, 64 hex digits; the wording itself is kept beside.
    wording_sha256: str = ""
    #: What was checked out where the form was served, 40 or 64 hex digits.
    git_commit: str = ""


NOWHERE = Origin()


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
    origin: Origin = NOWHERE
