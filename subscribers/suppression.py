"""Suppression: an address that gets no issue, whatever its subscription says.

It is kept under the keyed hash of the address, and so it outlives the person's data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.subscription import Change


class SuppressionReason(StrEnum):
    """Why an address is suppressed."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    ERASED = "erased"
    #: An operator said so, or the owner of an address that somebody else had typed in.
    MANUAL = "manual"


#: Lifted by a fresh double opt-in. The others get no message at all, not even one that asks for a
#: confirmation, until an operator lifts them.
LIFTED_BY_CONFIRMATION = frozenset({SuppressionReason.HARD_BOUNCE, SuppressionReason.ERASED})

#: Changes of a subscription that suppress its address.
REASON_OF_CHANGE: Mapping[Change, SuppressionReason] = {
    Change.BOUNCE: SuppressionReason.HARD_BOUNCE,
    Change.COMPLAIN: SuppressionReason.COMPLAINT,
    Change.ERASE: SuppressionReason.ERASED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """One suppressed address."""

    #: Keyed hash, 16 bytes.
    address_hash: bytes
    reason: SuppressionReason
    #: Milliseconds since 1970, UTC.
    at_ms: int
    #: Where it came from: a report, a file, an operator.
    source: str = ""
