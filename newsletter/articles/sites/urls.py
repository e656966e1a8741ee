"""What the generators' rules for URLs have in common: bases, words as parts of a path, dates."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Final

#: The names of months and days are English in every generator's default.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACE: Final = re.compile(r":([a-z_]+)(?:\[[^\]]*\])?")


def join_url(base: str, path: str) -> str:
    """Put a path below the address of a site."""
    return f"{base.rstrip('/')}/{re.sub('/+', '/', path).lstrip('/')}"


def fill_pattern(pattern: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Fill the places of a pattern such as `/:year/:slug/`.

    Returns:
        The path, and the first place that is not known; empty when all are.
    """
    unknown: list[str] = []

    def put(place: re.Match[str]) -> str:
        if place[1] not in values:
            unknown.append(place[0])
        return values.get(place[1], "")

    path = _PLACE.sub(put, pattern)
    return path, unknown[0] if unknown else ""


def slugify(text: str) -> str:
    """Make lower-case words with hyphens; letters of every script stay."""
    words = unicodedata.normalize("NFC", text).lower()
    return re.sub(r"[^\w]+", "-", words.replace("'", "")).strip("-")


def describe_date(moment: datetime) -> dict[str, str]:
    """Give the parts of a date that Hugo and Jekyll both name."""
    return {
        "year": f"{moment:%Y}",
        "month": f"{moment:%m}",
        "day": f"{moment:%d}",
        "monthname": _MONTHS[moment.month - 1].lower(),
        "weekday": f"{moment:%w}",
        "weekdayname": _DAYS[moment.weekday()].lower(),
        "yearday": str(moment.timetuple().tm_yday),
        "i_month": str(moment.month),
        "i_day": str(moment.day),
        "short_month": _MONTHS[moment.month - 1][:3],
        "long_month": _MONTHS[moment.month - 1],
        "short_year": f"{moment:%y}",
        "y_day": f"{moment:%j}",
        "week": f"{moment:%V}",
        "w_year": f"{moment:%G}",
        "hour": f"{moment:%H}",
        "minute": f"{moment:%M}",
        "second": f"{moment:%S}",
    }
