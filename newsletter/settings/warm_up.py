"""Section ``[warm_up]``: what its values may be, and which of them go together.

As in `values` and `sections`, a ValueError's message goes on after the key or the section.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.settings.model import WarmUpSettings
from newsletter.settings.values import between

if TYPE_CHECKING:
    from datetime import date

#: More people than there are.
MAX_A_DAY = 10_000_000_000

parse_a_day = between(1, MAX_A_DAY)


def parse_began_on(day: date) -> date:
    """Take the first day as it is: one that is still to come is as good as one long past."""
    return day


def parse_growth(number: float) -> float:
    """Take how many times the day before a day is; slower growth would never come to an end."""
    if not 1.01 <= number <= 10:  # false for nan too
        raise ValueError(f"is {number:g}, expected a factor from 1.01 to 10, such as 1.5")
    return float(number)


def parse_per_day(numbers: list[int]) -> tuple[int, ...]:
    """Take the limits of the days in turn; one day may be as the day before, or less."""
    if not numbers:
        raise ValueError("is empty, expected a limit for each day, such as [500, 1000, 2000]")
    return tuple(parse_a_day(number) for number in numbers)


def build_warm_up(**values: Any) -> WarmUpSettings:
    """Make the section of the warm-up: it has a first day, and one way to tell its limits."""
    told = [name for name in ("first_day", "growth", "until", "per_day") if name in values]
    if told and "began_on" not in values:
        raise ValueError(f"began_on: is not set, and {told[0]} is; expected the first day")
    if values.get("per_day") and len(told) > 1:
        raise ValueError(f"per_day: is set, and {told[0]} is too; keep one of them")
    return WarmUpSettings(**values)
