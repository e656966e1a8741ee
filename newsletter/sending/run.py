"""A run: one working-through of an issue; what it is given, how far it is, and why it ended."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from enum import Enum

from newsletter.database import Database
from newsletter.sending.audience import Audience
from newsletter.sending.ledger.deliveries import EVERYONE, Span
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.rate import Rate
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.warm_up import WarmUp


class Ending(Enum):
    """Why a run ended."""

    FINISHED = "nothing is left to begin"
    PAUSED = "the issue was paused"
    CANCELLED = "the issue was cancelled"
    INTERRUPTED = "interrupted"
    LIMITED = "the limit was reached"
    SHARE_USED = "the day's share of the warm-up is used"
    TAKEN_OVER = "another process took over"
    TRANSPORT_FAILED = "the next hop cannot be used"


@dataclass(slots=True)
class Progress:
    """What a run has done so far."""

    accepted: int = 0
    rejected: int = 0
    deferred: int = 0
    in_doubt: int = 0
    skipped: int = 0
    #: Of the same issue, by other workers meanwhile, as far as it is known.
    elsewhere: int = 0
    #: Intents that are open.
    in_flight: int = 0

    @property
    def ended(self) -> int:
        """Deliveries this run need not look at again."""
        return self.accepted + self.rejected + self.deferred + self.in_doubt + self.skipped


def add_progress(one: Progress, other: Progress) -> Progress:
    """Add up what two runs have done."""
    names = [field.name for field in fields(Progress)]
    return Progress(**{name: getattr(one, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one working-through of an issue, or of a chunk of it, is given."""

    database: Database
    issue_id: int
    lease: Lease
    #: The deliveries that the lease is for.
    span: Span = EVERYONE
    audience: Audience
    #: The most intents open at once.
    max_in_flight: int
    rate: Rate
    #: When what is deferred is tried again.
    retry_schedule: RetrySchedule
    #: Takes only what was deferred; what was never tried is left to another run.
    only_deferred: bool = False
    #: Messages this run may begin; None for no limit.
    limit: int | None = None
    #: First attempts a day may see; None for as many as there are.
    warm_up: WarmUp | None = None
    #: Milliseconds since 1970, UTC.
    now_ms: Callable[[], int]
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    #: How long to wait for a database that does not answer, with what was reported in hand.
    patience_seconds: float = 0
    #: Once set, nothing more is begun; seen within a second.
    stop: threading.Event = field(default_factory=threading.Event)
