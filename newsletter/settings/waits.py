"""What the waits between attempts may be; each parser refuses a value with a reason."""

from __future__ import annotations

#: A day: whoever is tried more seldom than that has been given up.
MAX_WAIT_MINUTES = 1440
#: Mail servers keep what they cannot deliver for four or five days (RFC 5321 section 4.5.4.1).
MAX_HOURS = 168
_MOST_WAITS = 20


def parse_waits(minutes: list[float]) -> tuple[float, ...]:
    """Take the waits after the first attempt, the second and so on, in minutes."""
    if not 1 <= len(minutes) <= _MOST_WAITS:
        raise ValueError(f"has {len(minutes)} numbers, expected 1 to {_MOST_WAITS} waits")
    for wait in minutes:
        if not 0 < wait <= MAX_WAIT_MINUTES:  # false for nan too
            raise ValueError(
                f"holds {wait:g}, expected minutes above 0, at most {MAX_WAIT_MINUTES}"
            )
    return tuple(minutes)


def parse_deadline(hours: float) -> float:
    """Take the hours for which a delivery is tried."""
    if not 1 <= hours <= MAX_HOURS:
        raise ValueError(f"is {hours:g}, expected hours from 1 to {MAX_HOURS}")
    return float(hours)
