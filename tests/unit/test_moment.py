"""Moments: times as people write them, on clocks that are put forward and back."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.moment import (
    LocalTime,
    find_next_day,
    parse_at,
    parse_day,
    parse_time,
    to_ms,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Pacific/Kiritimati", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Etc/GMT+12"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-12-01 09:00", "2026-12-01T08:00:00"),
        ("2026-12-01T09:00", "2026-12-01T08:00:00"),
        (" 2026-07-01 09:00:30 ", "2026-07-01T07:00:30"),
        ("2026-12-01T09:00+09:00", "2026-12-01T00:00:00"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00:00"),
        # Comes twice in that night: the first time is in summer time.
        ("2026-10-25 02:30", "2026-10-25T00:30:00"),
    ],
)
def test_a_time_without_an_offset_is_on_the_newsletters_clock(text: str, utc: str) -> None:
    """Like the dates of issue files, wherever the command is run."""
    assert parse_at(text, BERLIN).astimezone(UTC).replace(tzinfo=None).isoformat() == utc


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is no time"),
        ("tomorrow", "is no time"),
        ("2026-13-01 09:00", "is no time"),
        ("2026-12-01", "tells no hour, expected one such as 2026-12-01 09:00"),
        ("2026-03-29 02:30", "never comes in Europe/Berlin"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, what: str) -> None:
    """An hour off is worse than a question."""
    with pytest.raises(ValueError, match=what):
        parse_at(text, BERLIN)


@pytest.mark.parametrize("text", ["", "8", "24:00", "08:00:30", "8 am", "08.00"])
def test_a_time_of_day_has_hours_and_minutes(text: str) -> None:
    """Everything else is guessing."""
    with pytest.raises(ValueError, match="is no time of day"):
        parse_time(text)


def test_times_and_days_are_read() -> None:
    """As people write them."""
    assert (parse_time("08:00"), parse_time(" 8:05 ")) == (time(8), time(8, 5))
    assert parse_day("2026-12-01") == date(2026, 12, 1)
    with pytest.raises(ValueError, match="is no day"):
        parse_day("1 December")


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [
        # 02:30 is passed over: as long after midnight as on any other day.
        (date(2026, 3, 29), "01:30"),
        # 02:30 comes twice: the first.
        (date(2026, 10, 25), "00:30"),
        (date(2026, 7, 1), "00:30"),
    ],
)
def test_a_reader_has_each_time_once(day: date, utc_hour: str) -> None:
    """Also in the nights in which the clocks are changed."""
    moment = LocalTime(day, time(2, 30)).find_moment(BERLIN)

    assert datetime.fromtimestamp(moment / 1000, UTC).strftime("%H:%M") == utc_hour


def test_zones_are_told_by_name_and_an_unknown_one_is_the_newsletters() -> None:
    """Whoever lives where this machine's data knows nothing of gets it all the same."""
    local = LocalTime(date(2026, 12, 1), time(8))

    moments = local.find_moments(["", "Asia/Seoul", "Moon/Sea", "../etc/passwd"], BERLIN)

    own = to_ms(datetime(2026, 12, 1, 7, tzinfo=UTC))
    seoul = to_ms(datetime(2026, 11, 30, 23, tzinfo=UTC))
    assert moments == {"": own, "Asia/Seoul": seoul, "Moon/Sea": own, "../etc/passwd": own}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.times(), st.sampled_from(ZONES))
def test_a_moment_is_within_a_day_of_the_same_time_in_utc(day: date, at: time, zone: str) -> None:
    """Zones reach from 12 hours behind to 14 ahead; a change of clocks adds one."""
    local = LocalTime(day, at.replace(second=0, microsecond=0))

    distance_ms = local.find_moment(ZoneInfo("UTC")) - local.find_moment(ZoneInfo(zone))

    assert -13 <= distance_ms / 3_600_000 <= 15
    assert LocalTime.parse(str(local)) == local


@given(st.integers(946_684_800_000, 4_102_444_800_000), st.times(), st.sampled_from(ZONES))
def test_the_next_day_is_the_first_whose_moment_is_to_come(
    now_ms: int, at: time, zone: str
) -> None:
    """Never a past one, and never one more than two days away."""
    there = ZoneInfo(zone)

    day = find_next_day(at, there, now_ms)

    moment = LocalTime(day, at).find_moment(there)
    assert now_ms < moment <= now_ms + 26 * 3_600_000
