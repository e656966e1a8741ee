"""The times in feeds: as in mail (RFC 5322), as in Atom (RFC 3339), or a day alone."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

#: Outside of them nobody published on the web, and a conversion to UTC may overflow.
_YEARS: Final = range(1970, 3000)


def parse_time(text: str) -> datetime | None:
    """Parse a time; without an offset it is UTC, and what is no time is None."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text.strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found.year in _YEARS:
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
