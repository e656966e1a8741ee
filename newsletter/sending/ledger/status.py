"""The words for where a delivery and an issue stand, and the sum that always holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DeliveryStatus(StrEnum):
    """Where one delivery stands."""

    PLANNED = "planned"
    #: An intent is open: its message may be leaving at this moment.
    IN_FLIGHT = "in_flight"
    #: The next hop said "not now": another attempt is due.
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    #: The message may or may not have left; an operator decides.
    IN_DOUBT = "in_doubt"
    #: Not attempted: unsubscribed or suppressed since planning.
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    #: In doubt, and the operator decided not to try again.
    WRITTEN_OFF = "written_off"


class IssueState(StrEnum):
    """Where an issue stands that the ledger knows."""

    #: To be planned and begun at its time; nobody has got anything.
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How many deliveries of one issue stand where.

    ``planned = sent + failed + skipped + in_doubt + written_off + cancelled + remaining``
    at every moment.
    """

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    in_doubt: int = 0
    written_off: int = 0
    cancelled: int = 0
    #: Parts of `remaining`, shown beside it.
    in_flight: int = 0
    deferred: int = 0
    #: Planned and never attempted; the rest of `remaining`.
    waiting: int = 0

    @property
    def remaining(self) -> int:
        """What a further run would work on."""
        return self.waiting + self.in_flight + self.deferred

    @property
    def parts(self) -> Mapping[str, int]:
        """The parts of the sum, under their names."""
        return {
            "sent": self.sent,
            "failed": self.failed,
            "skipped": self.skipped,
            "in_doubt": self.in_doubt,
            "written_off": self.written_off,
            "cancelled": self.cancelled,
            "remaining": self.remaining,
        }

    @property
    def planned(self) -> int:
        """Everyone in the plan."""
        return sum(self.parts.values())
