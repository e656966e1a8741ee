"""The rate: how many messages may leave at this moment (GCRA, the generic cell rate algorithm)."""

import math
from collections.abc import Callable

#: After a pause at most this much of a second's worth leaves at once.
_BURST_SECONDS = 0.25


class Rate:
    """Spaces messages evenly; keeps one number, the time at which the next one is due."""

    def __init__(self, per_second: float, clock: Callable[[], float]) -> None:
        """Begin with a full burst.

        Args:
            per_second: Messages per second; 0 means no limit.
            clock: Seconds, monotonic.
        """
        self._interval = 1 / per_second if per_second else 0.0
        self._tolerance = max(self._interval, _BURST_SECONDS)
        self._clock = clock
        self._due = clock()

    def available(self, wanted: int) -> int:
        """Tell how many of the wanted may leave now."""
        if not self._interval:
            return wanted
        now = self._clock()
        ahead = max(self._due, now) - now
        return min(wanted, max(0, math.floor((self._tolerance - ahead) / self._interval)))

    def spend(self, count: int) -> None:
        """Note that this many leave now."""
        self._due = max(self._due, self._clock()) + count * self._interval

    def seconds_until_next(self) -> float:
        """Tell how long to wait until one may leave; 0 when it may now."""
        ahead = self._due - self._clock()
        return max(0.0, ahead + self._interval - self._tolerance)
