"""Times of the archive: days for people, moments for programs."""

from calendar import month_name
from datetime import UTC, date, datetime, tzinfo


def find_day(milliseconds: int, timezone: tzinfo) -> str:
    """Find on which day a moment is, where the newsletter is at home: ``2026-01-05``."""
    return datetime.fromtimestamp(milliseconds // 1000, timezone).date().isoformat()


def write_moment(milliseconds: int) -> str:
    """Write a moment as feeds and sitemaps want it (RFC 3339), in whole seconds, UTC."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.isoformat().replace("+00:00", "Z")


def write_day(day: str, language: str) -> str:
    """Write a day as people do: ``5 January 2026``, ``2026년 1월 5일``; else as it was given."""
    moment = date.fromisoformat(day)
    if language == "en":
        return f"{moment.day} {month_name[moment.month]} {moment.year}"
    if language == "ko":
        return f"{moment.year}년 {moment.month}월 {moment.day}일"
    return day
