"""The next issue carries on where the last one of its series stopped."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.issues.next_issue import NextIssue, find_number, find_period, plan_next_issue
from tests.unit.sample_issues import SEOUL, make_issue

MONDAY = date(2024, 7, 29)
FOLDER = Path("issues")


def plan(*issues: Any, series: str = "Small Tools", issued_on: date = MONDAY) -> NextIssue:
    """Plan the issue after some others."""
    return plan_next_issue(issues, series=series, issued_on=issued_on, folder=FOLDER)


@pytest.mark.parametrize(
    ("title", "file", "next_title", "next_file"),
    [
        ("Article Weekly, Issue 30", "article-weekly-30.md", "Article Weekly, Issue 31", None),
        ("작은 도구 7호: Small Tools", "small-tools-7.md", "작은 도구 8호", "small-tools-8.md"),
        ("Small Commits 1: The query", "2026-01.md", "Small Commits 2", "2026-02.md"),
        ("News #9 - about H2O", "2024-07-22-news-9.md", "News #10", "2024-07-29-news-10.md"),
        ("News 099", "099.markdown", "News 100", "100.markdown"),
        ("Rust 2021 explained, 12", "2024-07-22.md", "Rust 2021 explained, 13", None),
        ("Nr. 4 (July)", "a/4/index.md", "Nr. 5 (July)", "a/5/index.md"),
        ("Vol 3", "welcome.md", "Vol 4", "vol-4.md"),
    ],
)
def test_title_and_file_are_the_last_ones_with_the_next_number(
    title: str, file: str, next_title: str, next_file: str | None
) -> None:
    """What that one issue was about is left out; years and dates are no numbers."""
    planned = plan(make_issue(title=title, path=FOLDER / file))

    expected = {
        "article-weekly-30.md": "article-weekly-31.md",
        "2024-07-22.md": "2024-07-29-rust-2021-explained-13.md",
    }.get(file, next_file)
    assert (planned.title, planned.path) == (next_title, FOLDER / str(expected))


def test_the_number_is_one_more_than_the_highest_of_the_series() -> None:
    """Issues are written out of order, and other series count for themselves."""
    planned = plan(
        make_issue(title="Tools 9"),
        make_issue(title="Tools 10"),
        make_issue(title="Tools 2"),
        make_issue(title="Essays 44", series=("Essays",)),
        series="small tools",
    )

    assert planned.number == 11


def test_a_series_without_an_issue_begins_with_one() -> None:
    """And with its own name."""
    planned = plan(series="작은 도구")

    assert (planned.number, planned.title) == (1, "작은 도구 1")
    assert planned.path.parent == FOLDER


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"extra": {"number": 12}, "title": "x 3"}, 12),
        ({"title": "In 2024 we counted"}, 7),
        ({"title": "none", "path": Path("issues/none.md")}, None),
        ({"title": "Python 3.13", "path": Path("issues/2024-01-02-x.md")}, None),
    ],
)
def test_a_number_is_looked_for_in_front_matter_title_and_name(
    changes: dict[str, Any], number: int | None
) -> None:
    """A version of something is none."""
    assert find_number(make_issue(**changes)) == number


@pytest.mark.parametrize(
    ("issued_on", "start"),
    [
        (date(2024, 7, 29), date(2024, 7, 21)),  # a Monday, as in the real weekly
        (date(2024, 7, 28), date(2024, 7, 21)),
        (date(2024, 7, 27), date(2024, 7, 14)),
        (date(2024, 1, 1), date(2023, 12, 24)),
    ],
)
def test_the_period_is_the_last_whole_week_before_the_day(issued_on: date, start: date) -> None:
    """From Sunday to Saturday, and over with the day before at the latest."""
    period = find_period(issued_on)

    assert period[0] == start
    assert (period[1] - period[0]).days == 6
    assert period[1] < issued_on


def test_the_period_begins_on_the_weekday_of_the_last_one() -> None:
    """Some weeks begin on Monday."""
    last = make_issue("## Period\n\n`2024-07-15` ~ `2024-07-21`\n", title="Tools 7")

    planned = plan(last)

    assert (planned.period_start, planned.period_end) == (date(2024, 7, 22), date(2024, 7, 28))


def test_of_two_issues_with_one_number_the_newer_counts() -> None:
    """A title is carried on as it was written last."""
    old = make_issue(title="Old 7", published_at=datetime(2024, 1, 1, tzinfo=SEOUL))
    new = make_issue(title="New 7", published_at=datetime(2024, 2, 1, tzinfo=SEOUL))

    assert plan(new, old).title == "New 8"
