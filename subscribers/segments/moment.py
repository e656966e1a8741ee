"""Times in segments: a month, a day, a minute, a second, or so long ago.

What is written is a stretch of time, as long as its last part: a day lasts until the next one
begins. So "after the 1st" begins with the 2nd, and "until the 1st" holds all of it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

from subscribers.errors import InvalidValueError

#: Everything that can have been: a store older or younger than that is a slip of the finger.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_RELATIVE: Final = re.compile(r"-(\d{1,6})([hdw])", re.ASCII)
_UNIT_MS: Final = {"h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_WRITTEN: Final = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)"
    r"(?:-(?P<day>\d\d)(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"(?P<offset>Z|[+-]\d\d:\d\d)?)?)?",
    re.ASCII,
)
_EXPECTED: Final = (
    "expected a time such as 2026-01, 2026-01-31, 2026-01-31T08:00 (a Z or +09:00 after it for"
    " another clock than the newsletter's) or -30d (h, d or w ago)"
)


class Stretch(NamedTuple):
    """From a moment up to, and without, another; milliseconds since 1970, UTC.

    Of what is so long ago it is one moment, and both are the same.
    """

    begins_ms: int
    ends_ms: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it is written in a segment; only `parse` makes one."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "Moment":
        """Take a time as people write it.

        Raises:
            InvalidValueError: It is none; says what is expected.
        """
        moment = cls(text.upper() if text[:1].isdigit() else text.lower())
        if not moment.is_relative:
            _read_written(moment.text)
        return moment

    @property
    def is_relative(self) -> bool:
        """Whether it depends on when it is asked."""
        return _RELATIVE.fullmatch(self.text) is not None

    def find_stretch(self, zone: tzinfo, *, now_ms: int) -> Stretch:
        """Find when it is.

        Args:
            zone: Whose clock a time without an offset stands on.
            now_ms: What it is counted back from: an hour is 60 minutes, a day 24 hours, whatever
                clocks do; milliseconds since 1970, UTC.
        """
        if found := _RELATIVE.fullmatch(self.text):
            at_ms = now_ms - int(found[1]) * _UNIT_MS[found[2]]
            return Stretch(at_ms, at_ms)
        begin, end = _read_written(self.text)
        if isinstance(end, timedelta):
            begin_ms = _to_ms(begin, zone)
            return Stretch(begin_ms, begin_ms + end // timedelta(milliseconds=1))
        return Stretch(_to_ms(begin, zone), _to_ms(end, zone))

    def __str__(self) -> str:
        return self.text


def _read_written(text: str) -> tuple[datetime, datetime | timedelta]:
    """Read when it begins, and when it ends by the same clock or how long it is."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise InvalidValueError(_EXPECTED)
    year, month = int(found["year"]), int(found["month"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidValueError(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    try:
        begin = datetime(
            year,
            month,
            int(found["day"] or 1),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            int(found["second"] or 0),
            tzinfo=_read_offset(found["offset"]),
        )
    except ValueError:
        raise InvalidValueError("there is no such day or time") from None
    if not found["day"]:
        return begin, begin.replace(year=year + month // 12, month=month % 12 + 1)
    if not found["hour"]:
        return begin, begin + timedelta(days=1)
    return begin, timedelta(seconds=1) if found["second"] else timedelta(minutes=1)


def _read_offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:])
    if minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _to_ms(at: datetime, zone: tzinfo) -> int:
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return round(aware.timestamp() * 1000)
