"""Moments: when an issue is to leave, at one time for all or at the same hour on every clock.

Clocks are put forward and back. A time that comes twice is its first occurrence. A time that one
zone's clocks pass over is refused where a person asks for just that; for readers it is as long
after midnight as on any other day, so that each of them has one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A day and a time as they stand on every reader's own clock."""

    day: date
    time: time

    @classmethod
    def parse(cls, text: str) -> "LocalTime":
        """Read what ``str`` of a local time wrote."""
        found = datetime.fromisoformat(text)
        return cls(found.date(), found.time())

    def __str__(self) -> str:
        return datetime.combine(self.day, self.time).isoformat(timespec="minutes")

    def find_moment(self, zone: ZoneInfo) -> int:
        """Find when it is so in a zone; milliseconds since 1970, UTC."""
        return to_ms(datetime.combine(self.day, self.time, zone))

    def find_moments(self, zones: Iterable[str], default: ZoneInfo) -> Mapping[str, int]:
        """Find when it is so in each zone, by name.

        Args:
            zones: IANA names; the empty one, and one that this machine does not know, is the
                default.
            default: Of the newsletter.
        """
        return {name: self.find_moment(_find_zone(name, default)) for name in zones}


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """Take the moment of ``--at``.

    Args:
        text: ISO 8601 with or without an offset, such as ``2026-12-01 09:00`` or
            ``2026-12-01T09:00+09:00``.
        zone: What a time without an offset is meant in.

    Returns:
        Aware, with the offset it was told with, or in that zone.

    Raises:
        ValueError: What is wrong with it.
    """
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "is no time, expected one such as 2026-12-01 09:00 or 2026-12-01T09:00+09:00"
        ) from None
    if len(text) <= len("2026-12-01"):
        raise ValueError(f"tells no hour, expected one such as {found:%Y-%m-%d} 09:00")
    if found.tzinfo:
        return found
    aware = found.replace(tzinfo=zone)
    if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise ValueError(
            f"never comes in {zone.key}, where the clocks are put forward on that day; say another"
            " time, or one with an offset"
        )
    return aware


def parse_time(text: str) -> time:
    """Take a time of day such as ``08:00``, to the minute.

    Raises:
        ValueError: It is none.
    """
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - on any clock
    except ValueError:
        raise ValueError("is no time of day, expected one such as 08:00") from None


def parse_day(text: str) -> date:
    """Take a day such as ``2026-12-01``.

    Raises:
        ValueError: It is none.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("is no day, expected one such as 2026-12-01") from None


def find_next_day(at: time, zone: ZoneInfo, now_ms: int) -> date:
    """Find the first day on which it will be so late in a zone."""
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    is_past = LocalTime(today, at).find_moment(zone) <= now_ms
    return today + timedelta(days=1) if is_past else today


def to_ms(moment: datetime) -> int:
    """Turn an aware moment into milliseconds since 1970, UTC."""
    return round(moment.timestamp() * 1000)


def _find_zone(name: str, default: ZoneInfo) -> ZoneInfo:
    """Find a zone that was valid when it was written down, on another machine perhaps."""
    try:
        return ZoneInfo(name) if name else default
    except (ValueError, OSError, KeyError):
        return default
