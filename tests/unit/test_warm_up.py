"""A warm-up: limits by day that grow and come to an end."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.sending.warm_up import WarmUp, find_day, find_next_day_ms
from newsletter.settings import WarmUpSettings, parse_settings

BEGAN = date(2026, 11, 25)
BASE = """
[newsletter]
name = "Weekly"
from = "weekly@example.org"
base_url = "https://example.org"
[transport]
url = "memory:"
[warm_up]
"""


def read(text: str, **environ: str) -> WarmUp | None:
    """Read the section's lines."""
    settings = parse_settings(BASE + text, path=Path("/weekly/newsletter.toml"), environ=environ)
    return WarmUp.of(settings.warm_up)


def limit_of(warm_up: WarmUp | None, number: int) -> int | None:
    """Tell a day's limit, counted from 0."""
    assert warm_up is not None
    return warm_up.find_limit(BEGAN + timedelta(days=number))


def test_limits_grow_until_there_is_none() -> None:
    """500, half as much again each day, and from 50,000 on as many as there are."""
    grown = read("began_on = 2026-11-25")

    assert [limit_of(grown, number) for number in (0, 1, 2, 11, 12)] == [
        500,
        750,
        1125,
        43248,
        None,
    ]


def test_limits_are_listed_day_by_day() -> None:
    """A provider's own plan, as it is printed."""
    listed = read("began_on = 2026-11-25\nper_day = [10, 10, 40]")

    assert [limit_of(listed, number) for number in (0, 1, 2, 3)] == [10, 10, 40, None]


def test_before_the_first_day_its_limit_holds() -> None:
    """A warm-up that begins tomorrow is no reason to send everything today."""
    assert limit_of(read("began_on = 2026-11-25"), -5) == 500


def test_without_a_first_day_there_is_no_warm_up() -> None:
    """The usual case."""
    assert read("") is None


def test_the_environment_sets_it_too() -> None:
    """Days and lists are written there without quotes and brackets."""
    found = read("", NEWSLETTER_WARM_UP__BEGAN_ON="2026-11-25", NEWSLETTER_WARM_UP__PER_DAY="5, 6")

    assert found == WarmUp(BEGAN, (5, 6))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("first_day = 5", "began_on: is not set, and first_day is"),
        ("began_on = 2026-11-25\nper_day = [1]\nuntil = 5", "per_day: is set, and until is too"),
        ("began_on = 2026-11-25\nper_day = []", "is empty, expected a limit for each day"),
        ("began_on = 2026-11-25\nper_day = [0]", "is 0, expected 1 to"),
        ('began_on = 2026-11-25\nper_day = ["5"]', "is text, expected a whole number"),
        ("began_on = 2026-11-25\ngrowth = 1", "is 1, expected a factor from 1.01 to 10"),
        ("began_on = 2026-11-25T08:00:00", "is a date or time, expected a day such as 2026-12-01"),
        ('began_on = "2026-11-25"', "is text, expected a day such as 2026-12-01"),
    ],
)
def test_what_makes_no_plan_is_refused(text: str, what: str) -> None:
    """With the key and what was expected."""
    with pytest.raises(SettingsError, match=what):
        read(text)


@given(
    st.integers(1, 10_000),
    st.floats(1.01, 10),
    st.integers(1, 1_000_000),
    st.integers(0, 1_000_000),
)
def test_growth_never_falls_and_comes_to_an_end(
    first: int, growth: float, until: int, messages: int
) -> None:
    """So that every issue has a last day."""
    settings = WarmUpSettings(began_on=BEGAN, first_day=first, growth=growth, until=until)
    warm_up = WarmUp.of(settings)

    assert warm_up is not None
    assert all(one <= other for one, other in pairwise(warm_up.per_day))
    assert all(limit < until for limit in warm_up.per_day)
    assert warm_up.find_last_day(messages, BEGAN, 0) <= BEGAN + timedelta(len(warm_up.per_day))


@pytest.mark.parametrize(
    ("messages", "begun", "days"),
    [(2, 0, 0), (3, 0, 1), (5, 0, 1), (6, 0, 2), (1, 2, 1), (0, 9, 0)],
)
def test_the_last_day_counts_what_today_has_seen(messages: int, begun: int, days: int) -> None:
    """Two today, three tomorrow, then as many as there are."""
    warm_up = WarmUp(BEGAN, (2, 3))

    assert warm_up.find_last_day(messages, BEGAN, begun) == BEGAN + timedelta(days)


def test_a_day_is_one_in_utc() -> None:
    """Whoever sends, and wherever."""
    last_ms = 1_764_115_199_999

    assert str(find_day(last_ms)) == "2025-11-25"
    assert find_next_day_ms(last_ms) == last_ms + 1
    assert find_next_day_ms(last_ms + 1) == last_ms + 1 + 86_400_000
