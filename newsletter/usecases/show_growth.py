"""How the audience grew: who confirmed and who left, by month or by week."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeAlias

from newsletter.usecases.installation import Installation
from subscribers.store.growth import count_came, count_left
from subscribers.store.subscribers import count_by_state
from subscribers.subscription import State

Step: TypeAlias = Literal["month", "week"]

_STEPS: Final[Mapping[Step, int]] = {"month": 12, "week": 26}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A month, or a week that begins on Monday."""

    begins_on: date
    came: int
    left: int
    #: Confirmed at its end, or today.
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """How many people there are, and how it came to that."""

    by_state: Mapping[State, int]
    step: Step
    #: The oldest first; the last one is not over.
    stretches: tuple[Stretch, ...]


def show_growth(installation: Installation, *, step: Step = "month") -> Growth:
    """Tell how the audience grew, as far as today's rows tell.

    Whoever left and came back counts from when he came back. Days are of UTC.
    """
    today = datetime.fromtimestamp(installation.now_ms() / 1000, UTC).date()
    with installation.database.read() as connection:
        came, left = Counter(count_came(connection)), Counter(count_left(connection))
        by_state = count_by_state(connection)
    return Growth(by_state=by_state, step=step, stretches=_stretch(came, left, step, today))


def _stretch(
    came: Counter[date], left: Counter[date], step: Step, today: date
) -> tuple[Stretch, ...]:
    begins = list(_list_begins(step, today))
    total = _sum_between(came, date.min, begins[0]) - _sum_between(left, date.min, begins[0])
    found = []
    for begin, end in zip(begins, [*begins[1:], date.max], strict=True):
        came_now, left_now = _sum_between(came, begin, end), _sum_between(left, begin, end)
        total += came_now - left_now
        found.append(Stretch(begins_on=begin, came=came_now, left=left_now, total=total))
    return tuple(found)


def _list_begins(step: Step, today: date) -> Iterator[date]:
    """List the first days of the last months or weeks, the oldest first."""
    count = _STEPS[step]
    if step == "week":
        monday = today - timedelta(days=today.weekday())
        yield from (monday - timedelta(weeks=back) for back in reversed(range(count)))
        return
    months = today.year * 12 + today.month - 1
    for month in range(months - count + 1, months + 1):
        yield date(month // 12, month % 12 + 1, 1)


def _sum_between(counts: Counter[date], begin: date, end: date) -> int:
    return sum(count for day, count in counts.items() if begin <= day < end)
