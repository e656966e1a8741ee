"""What comes after the issues there are: number, title, file name and the week it is about."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from newsletter.issues.issue import Issue
from newsletter.issues.slug import build_slug, find_name

#: A number that is no year, no part of a date, a version or a word in capitals (H2, 3D).
_NUMBER: Final = re.compile(r"(?<![\w.-])#?(\d{1,4})(?![\d.-]|[A-Za-z])")
_FILE_NUMBER: Final = re.compile(r"(?<!\d)(\d{1,4})(?!\d)")
_YEARS: Final = range(1900, 3000)
#: What an author puts between a number and what this one issue is about.
_SUBTITLE: Final = re.compile(r"(?::| [-–—|·]) .*", re.DOTALL)
_DATE: Final = r"(\d{4}-\d{2}-\d{2})"
_PERIOD: Final = re.compile(rf"{_DATE}`?\s*(?:~|–|—|-|to|bis|〜)\s*`?{_DATE}")
_DATED_NAME: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?=-|$)")
_SUNDAY: Final = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class NextIssue:
    """An issue that is about to be written."""

    series: str
    number: int
    title: str
    #: Below `issues`; ends with ``.md``.
    path: Path
    issued_on: date
    period_start: date
    #: The last day of the period.
    period_end: date
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def plan_next_issue(
    issues: Sequence[Issue], *, series: str, issued_on: date, folder: Path
) -> NextIssue:
    """Plan the issue after those of a series.

    The number is one more than the highest; title and file name are those of the issue that has
    it, with the new number. The period is the last whole week before the date; it begins on the
    weekday on which that issue's period begins, else on a Sunday.

    Args:
        issues: Of the newsletter; others than those of the series are passed over.
        series: Written as the author writes it.
        issued_on: The day of the issue.
        folder: Of issues; the path begins with it when there is no issue yet.
    """
    numbered = [
        (number, issue)
        for issue in issues
        if series.casefold() in (each.casefold() for each in issue.series)
        and (number := find_number(issue)) is not None
    ]
    last_number, last = max(numbered, key=_rank) if numbered else (0, None)
    number = last_number + 1
    title = _build_title(last, last_number) if last else f"{series} {number}"
    start, end = find_period(issued_on, first_weekday=_find_first_weekday(last))
    return NextIssue(
        series=series,
        number=number,
        title=title,
        path=_build_path(last, last_number, title, issued_on, folder),
        issued_on=issued_on,
        period_start=start,
        period_end=end,
        authors=last.authors if last else (),
        tags=last.tags if last else (),
    )


def find_series(issues: Iterable[Issue]) -> str:
    """Find the series of the newest issue that has one; empty when none has."""
    dated = [issue for issue in issues if issue.series]
    newest = max(dated, key=lambda issue: (_timestamp(issue), str(issue.path)), default=None)
    return newest.series[0] if newest else ""


def find_number(issue: Issue) -> int | None:
    """Find the number of an issue: in its front matter, else in its title, else in its name."""
    for key in ("number", "issue"):
        written = issue.extra.get(key)
        if isinstance(written, int) and not isinstance(written, bool):
            return written
    for pattern, text in ((_NUMBER, issue.title), (_FILE_NUMBER, _undated_name(issue.path))):
        for found in pattern.finditer(text):
            if int(found[1]) not in _YEARS:
                return int(found[1])
    return None


def find_period(issued_on: date, *, first_weekday: int = _SUNDAY) -> tuple[date, date]:
    """Find the last whole week that ended before a day.

    Args:
        issued_on: The day of the issue.
        first_weekday: 0 for Monday to 6 for Sunday.

    Returns:
        Its first and its last day.
    """
    days_into_week = (issued_on.weekday() - first_weekday) % 7
    start = issued_on - timedelta(days=days_into_week + 7)
    return start, start + timedelta(days=6)


def _rank(numbered: tuple[int, Issue]) -> tuple[int, float]:
    return numbered[0], _timestamp(numbered[1])


def _timestamp(issue: Issue) -> float:
    return issue.published_at.timestamp() if issue.published_at else 0.0


def _build_title(last: Issue, number: int) -> str:
    """Take the last title with the next number, without what that issue was about."""
    for found in _NUMBER.finditer(last.title):
        if int(found[1]) == number:
            before, after = last.title[: found.start(1)], last.title[found.end(1) :]
            return f"{before}{number + 1}{_SUBTITLE.sub('', after)}"
    return f"{last.series[0]} {number + 1}"


def _find_first_weekday(last: Issue | None) -> int:
    period = _PERIOD.search(last.markdown) if last else None
    try:
        return date.fromisoformat(period[1]).weekday() if period else _SUNDAY
    except ValueError:  # 2026-13-40
        return _SUNDAY


def _build_path(last: Issue | None, number: int, title: str, issued_on: date, folder: Path) -> Path:
    """Name the file as the last one is named."""
    if last is None:
        return folder / f"{build_slug(title)}.md"
    is_bundle = last.path.stem == "index"
    home = last.path.parent.parent if is_bundle else last.path.parent
    name = _next_name(find_name(last.path), number, title, issued_on)
    return home / name / last.path.name if is_bundle else home / f"{name}{last.path.suffix}"


def _next_name(name: str, number: int, title: str, issued_on: date) -> str:
    if _DATED_NAME.match(name):
        rest = _put_number(_DATED_NAME.sub("", name, count=1), number)
        return f"{issued_on.isoformat()}{rest or '-' + build_slug(title)}"
    return _put_number(name, number) or build_slug(title)


def _put_number(name: str, number: int) -> str:
    """Count up the number in a name, with as many digits; empty when it is not there."""
    for found in reversed(list(_FILE_NUMBER.finditer(name))):
        if int(found[1]) == number:
            counted = str(number + 1).zfill(len(found[1]))
            return f"{name[: found.start(1)]}{counted}{name[found.end(1) :]}"
    return ""


def _undated_name(path: Path) -> str:
    return _DATED_NAME.sub("", find_name(path), count=1)
