"""The clock of this machine, held against those of others."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from newsletter.doctor.examination import Examination, skip
from newsletter.doctor.rules import installation as rules
from newsletter.rendering.finding import build_finding

#: What may differ: whoever answers slowly, and a Date that knows whole seconds.
MOST_SECONDS = 60


class Reading(NamedTuple):
    """Another clock, read at a moment of ours."""

    #: Whose clock: ``the database``.
    whose: str
    #: Milliseconds since 1970, UTC.
    theirs_ms: int
    ours_ms: int


def read_date(whose: str, date: str, *, now_ms: int) -> Reading | None:
    """Read a Date header (RFC 9110 section 6.6.1); None when there is none to be read."""
    try:
        read = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return Reading(whose, round(aware.timestamp() * 1000), now_ms)


def examine_clock(readings: Sequence[Reading], *, now_ms: int) -> Examination:
    """Compare the clocks."""
    if not readings:
        return skip(
            "clock", "nobody to compare with: SQLite and SMTP tell no time, and no page answered"
        )
    findings = []
    for whose, theirs_ms, ours_ms in readings:
        seconds = (ours_ms - theirs_ms) / 1000
        if abs(seconds) > MOST_SECONDS:
            side = "ahead of" if seconds > 0 else "behind"
            findings.append(
                build_finding(
                    rules.CLOCK, f"this machine's clock is {abs(seconds):,.0f} s {side} {whose}"
                )
            )
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    return Examination(
        subject="clock",
        seen=f"{now:%Y-%m-%d %H:%M:%S} UTC, as {' and '.join(each.whose for each in readings)}",
        findings=tuple(findings),
    )
