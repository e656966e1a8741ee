"""The rate: how many messages may leave at this moment, as a bucket of credit that fills evenly.

Where several workers send one issue, all fill theirs from one in the database.
"""

from collections.abc import Callable

#: What a run could not begin in time, because a disk or a database was slow, it may catch up with
#: up to so much: far less than the 1.8 s that are 3 % of a minute.
CATCH_UP_SECONDS = 0.5
#: Intents beyond those that the next hop has taken. What waited while it was stuck leaves at once
#: when it goes on, whatever was said about the rate.
_WAITING_SECONDS = 0.25
#: Whoever finds nothing in the common bucket looks again after this time.
_LOOK_AGAIN_SECONDS = 0.02


class Rate:
    """Spaces messages evenly; may be changed while it is used, by the thread that uses it."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        """Begin with one message: the next hop has seen nothing of us yet.

        Args:
            per_second: Messages per second; 0 means no limit.
            clock: Seconds, monotonic.
        """
        self.per_second = per_second
        self._usual = per_second
        self._clock = clock
        self._credit = 1.0
        self._counted_at = clock()
        #: Messages that might have left and could not be begun: the next hop is slower.
        self.missed = 0.0

    @property
    def most_waiting(self) -> int:
        """How many intents may wait for the next hop to take them; only where there is a rate."""
        return 1 + int(self.per_second * _WAITING_SECONDS)

    def change_to(self, per_second: float | None) -> None:
        """Hold another rate from now on; None for the one it was made with."""
        wanted = self._usual if per_second is None else per_second
        if wanted != self.per_second:
            # What was saved up at another rate would be a burst.
            self.hold()
            self.per_second = wanted

    def hold(self) -> None:
        """Let what was not begun until now be lost but for one message."""
        self._count()
        self._credit = min(self._credit, 1.0)

    def draw(self, wanted: int) -> None:
        """Get ready to let so many leave; called outside the transaction that begins them."""

    def available(self, wanted: int) -> int:
        """Tell how many of the wanted may leave now."""
        if not self.per_second:
            return wanted
        self._count()
        return max(0, min(wanted, int(self._credit)))

    def spend(self, count: int) -> None:
        """Note that this many leave now."""
        if self.per_second:
            self._credit -= count

    def seconds_until_next(self) -> float:
        """Tell how long to wait until one may leave; 0 when it may now."""
        if not self.per_second:
            return 0.0
        self._count()
        return max(0.0, (1 - self._credit) / self.per_second)

    def _count(self) -> None:
        """Add what has become free since it was last counted."""
        now = self._clock()
        # One more: the part of a message that is left over is not lost.
        most = 1 + self.per_second * CATCH_UP_SECONDS
        credit = self._credit + (now - self._counted_at) * self.per_second
        self.missed += max(0.0, credit - most)
        self._credit = min(most, credit)
        self._counted_at = now


class SharedRate(Rate):
    """A rate that several workers keep together."""

    def __init__(
        self, per_second: float, clock: Callable[[], float], take: Callable[[float, int], int]
    ) -> None:
        """Begin with nothing: the others may have sent already.

        Args:
            per_second: Messages per second, of all workers together; 0 means no limit.
            clock: Seconds, monotonic.
            take: Takes up to so many messages from what is common to all, at a rate.
        """
        super().__init__(per_second, clock)
        self._credit = 0.0
        self._take = take

    def draw(self, wanted: int) -> None:
        """Take what is wanted and not in hand yet, as far as it is there."""
        if self.per_second and wanted > self._credit:
            self._credit += self._take(self.per_second, wanted - int(self._credit))

    def seconds_until_next(self) -> float:
        """Tell how long to wait until it is worth looking again."""
        if not self.per_second or self._credit >= 1:
            return 0.0
        return min(1 / self.per_second, 1.0) if self.per_second < 1 else _LOOK_AGAIN_SECONDS

    def _count(self) -> None:
        """Nothing becomes free by itself."""
