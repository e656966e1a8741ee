"""The schedule of attempts: when a deferred delivery is tried again, and when it is given up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from newsletter.sending.ledger import deferred
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.status import DeliveryStatus

#: A wait is up to a fifth shorter or longer, so that what was deferred together does not come back
#: together.
_JITTER = 0.2
_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrySchedule:
    """How long to wait after each attempt, and for how long at all."""

    #: After the first attempt, the second and so on; the last stands for all that follow.
    after_minutes: Sequence[float] = (1, 5, 15, 60, 240)
    #: Counted from a delivery's first attempt, so that the last of a long issue has as long.
    give_up_after_hours: float = 48
    #: 0 to 1.
    chance: Callable[[], float]

    def wait_ms(self, attempts: int) -> int:
        """Tell how long to wait after so many attempts, from 1 on; in milliseconds."""
        minutes = self.after_minutes[min(attempts, len(self.after_minutes)) - 1]
        return round(minutes * _MINUTE_MS * (1 - _JITTER + 2 * _JITTER * self.chance()))

    def find_next(
        self, *, attempts: int, first_at_ms: int, now_ms: int, not_before_ms: int = 0
    ) -> int | None:
        """Find when the next attempt is due; None when there is none after this one.

        The last one is due at the deadline itself, however long the wait would be.

        Args:
            attempts: Made so far.
            first_at_ms: When the first one began; milliseconds since 1970, UTC.
            now_ms: When this one ended.
            not_before_ms: What the next hop asked for, if that is later.
        """
        deadline_ms = first_at_ms + round(self.give_up_after_hours * _HOUR_MS)
        if now_ms >= deadline_ms:
            return None
        return min(max(now_ms + self.wait_ms(attempts), not_before_ms), deadline_ms)


def put_off(
    connection: sa.Connection,
    issue_id: int,
    settled: Sequence[Settled],
    schedule: RetrySchedule,
    *,
    now_ms: int,
) -> list[Settled]:
    """Give each deferred delivery the time of its next attempt, or give it up.

    One that is due at once stays so: it was our own trouble, which the schedule knows nothing of.
    """
    waiting = [e.subscriber_id for e in settled if e.status is DeliveryStatus.DEFERRED]
    tries = deferred.find_tries(connection, issue_id, waiting)
    return [
        _put_off(each, schedule, *tries[each.subscriber_id], now_ms=now_ms)
        if each.status is DeliveryStatus.DEFERRED
        else each
        for each in settled
    ]


def _put_off(
    settled: Settled, schedule: RetrySchedule, attempts: int, first_at_ms: int, *, now_ms: int
) -> Settled:
    if 0 < settled.next_at_ms <= now_ms:
        return settled
    next_at_ms = schedule.find_next(
        attempts=attempts,
        first_at_ms=first_at_ms,
        now_ms=now_ms,
        not_before_ms=settled.next_at_ms,
    )
    if next_at_ms is not None:
        return replace(settled, next_at_ms=next_at_ms)
    hours = f"{schedule.give_up_after_hours:g} h"
    return Settled(
        settled.subscriber_id,
        DeliveryStatus.FAILED,
        f"given up after {hours}: {settled.reply}",
    )
