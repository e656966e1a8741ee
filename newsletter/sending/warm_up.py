"""A warm-up: how many people a new sender writes to on a day, more from day to day.

Receivers judge an address that nobody knows by how much it sends. A day is a day in UTC, whoever
sends and wherever, and all issues share it. What is limited are first attempts: whoever was written
to once is no new load.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from newsletter.settings import WarmUpSettings

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Limits by day, from a first day on; when they end there is none any more."""

    began_on: date
    #: First attempts, day by day.
    per_day: tuple[int, ...]

    @classmethod
    def of(cls, settings: WarmUpSettings) -> "WarmUp | None":
        """Make the warm-up that was set; None when there is none."""
        if settings.began_on is None:
            return None
        return cls(settings.began_on, settings.per_day or tuple(_grow(settings)))

    def find_limit(self, day: date) -> int | None:
        """Find how many first attempts a day may see; None for as many as there are.

        Before the first day its limit holds: a warm-up that begins tomorrow is no reason to send
        everything today.
        """
        number = max(0, (day - self.began_on).days)
        return self.per_day[number] if number < len(self.per_day) else None

    def find_last_day(self, messages: int, today: date, begun: int) -> date:
        """Find the day on which the last of so many messages begins, if nothing else is sent.

        Args:
            messages: First attempts that remain.
            today: In UTC.
            begun: First attempts that today has seen.
        """
        day, used = today, begun
        while (limit := self.find_limit(day)) is not None:
            messages -= max(0, limit - used)
            if messages <= 0:
                break
            day, used = day + _DAY, 0
        return day


def find_day(moment_ms: int) -> date:
    """Find the day of a moment in UTC; milliseconds since 1970."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date()


def find_next_day_ms(moment_ms: int) -> int:
    """Find when the next day in UTC begins; milliseconds since 1970."""
    tomorrow = find_day(moment_ms) + _DAY
    return int(datetime.combine(tomorrow, datetime.min.time(), UTC).timestamp()) * 1000


def _grow(settings: WarmUpSettings) -> Iterator[int]:
    for number in count():
        limit = int(settings.first_day * settings.growth**number)
        if limit >= settings.until:
            return
        yield limit
