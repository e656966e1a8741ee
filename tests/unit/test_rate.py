"""The rate over any stretch of time, with a clock that a test moves."""

from itertools import cycle, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.rate import Rate


class Clock:
    """A clock that is set by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until it is moved."""
    return Clock()


def run_turns(rate: Rate, clock: Clock, gaps: list[float]) -> list[tuple[float, int]]:
    """Begin as many as may leave after each gap; tell when and how many."""
    begun = []
    for seconds in gaps:
        clock.now += seconds
        count = rate.available(10_000)
        rate.spend(count)
        begun.append((clock.now, count))
    return begun


def most_beyond(begun: list[tuple[float, int]], per_second: float) -> float:
    """Tell how many more left than the rate has room for, in the worst stretch of time."""
    worst = total = 0.0
    least_before = 0.0
    for (before, _), (now, count) in pairwise([(begun[0][0], 0), *begun]):
        total -= (now - before) * per_second
        least_before = min(least_before, total)
        total += count
        worst = max(worst, total - least_before)
    return worst


def test_without_a_rate_everything_may_leave(clock: Clock) -> None:
    """A local next hop needs no limit."""
    rate = Rate(0, clock)
    rate.spend(1_000_000)

    assert rate.available(64) == 64
    assert rate.seconds_until_next() == 0


@pytest.mark.parametrize("per_second", [0.1, 5, 14, 1000])
def test_a_run_begins_with_one_message(clock: Clock, per_second: float) -> None:
    """The next hop has seen nothing of us; a burst would look like an attack."""
    rate = Rate(per_second, clock)

    first = rate.available(10_000)
    rate.spend(first)

    assert (first, rate.available(10_000)) == (1, 0)
    assert rate.seconds_until_next() == pytest.approx(1 / per_second)


def test_a_message_less_than_one_a_second_waits_its_time(clock: Clock) -> None:
    """A warm-up may be that slow."""
    rate = Rate(0.1, clock)
    rate.spend(1)

    clock.now += 9
    early = rate.available(1)
    clock.now += 1

    assert (early, rate.available(1)) == (0, 1)


def test_no_more_than_wanted_is_given(clock: Clock) -> None:
    """The window has its own limit."""
    rate = Rate(1000, clock)

    clock.now += 1

    assert rate.available(3) == 3


def test_a_pause_saves_up_no_more_than_half_a_second(clock: Clock) -> None:
    """After an hour of waiting the next hop gets no hour's worth at once."""
    rate = Rate(100, clock)
    rate.spend(1)

    clock.now += 3600

    assert rate.available(1000) == 51


def test_a_short_stall_is_made_up_for(clock: Clock) -> None:
    """A slow commit must not cost a part of the rate."""
    rate = Rate(1000, clock)

    begun = run_turns(rate, clock, [0.4, 0.02, 0.45, 0.13])

    assert sum(count for _, count in begun) == 1001


def test_less_may_wait_for_the_next_hop_than_a_quarter_of_a_second_is_worth(clock: Clock) -> None:
    """What waits while it is stuck leaves at once when it goes on."""
    assert [Rate(n, clock).most_waiting for n in (0.1, 5, 14, 1000)] == [1, 2, 4, 251]


def test_what_could_not_be_begun_is_counted(clock: Clock) -> None:
    """The operator is told that the next hop is slower than he asked for."""
    rate = Rate(10, clock)
    run_turns(rate, clock, [0.1] * 50)
    in_time = rate.missed

    clock.now += 100
    rate.available(1)

    assert in_time == 0
    assert rate.missed == pytest.approx(995, abs=2)


def test_another_rate_holds_from_then_on(clock: Clock) -> None:
    """Without a burst, and without waiting for what the slow rate would have owed."""
    rate = Rate(0.1, clock)
    rate.spend(1)

    clock.now += 5
    rate.change_to(100)
    at_once = rate.available(1000)
    clock.now += 0.205

    assert at_once == 0
    assert rate.available(1000) == 21


def test_what_is_held_up_on_purpose_is_not_made_up_for(clock: Clock) -> None:
    """The next hop was not reached yet; then it begins as it would have."""
    rate = Rate(100, clock)

    clock.now += 3
    rate.hold()

    assert rate.available(1000) == 1


def test_a_run_without_a_limit_gets_one_without_a_burst(clock: Clock) -> None:
    """The operator wants it slower now."""
    rate = Rate(0, clock)
    rate.spend(500)
    clock.now += 100

    rate.change_to(10)

    assert rate.available(1000) == 1


def test_the_usual_rate_comes_back(clock: Clock) -> None:
    """What the settings say holds for whoever has no rate of his own."""
    rate = Rate(20, clock)

    rate.change_to(0)
    without = rate.available(1000)
    rate.change_to(None)

    assert (without, rate.per_second) == (1000, 20)


@given(st.floats(0.5, 2000), st.lists(st.floats(0, 2), min_size=1, max_size=80))
def test_over_any_stretch_no_more_leaves_than_the_rate_and_half_a_second(
    per_second: float, gaps: list[float]
) -> None:
    """However unevenly the turns come."""
    clock = Clock()

    begun = run_turns(Rate(per_second, clock), clock, gaps)

    assert most_beyond(begun, per_second) <= 1 + 0.5 * per_second + 1e-6


@given(st.floats(0.5, 2000), st.lists(st.floats(0, 0.24), min_size=1, max_size=80))
def test_the_first_quarter_of_a_second_brings_no_more_than_its_share(
    per_second: float, gaps: list[float]
) -> None:
    """Counted from the first message, at whatever moments the turns come."""
    clock = Clock()

    begun = run_turns(Rate(per_second, clock), clock, gaps)

    early = sum(count for at, count in begun if at < 1000.25)
    assert early <= 1 + 0.25 * per_second


@pytest.mark.parametrize("per_second", [5, 14, 100, 1000])
@given(gaps=st.lists(st.floats(0.05, 0.4), min_size=1, max_size=40))
def test_every_minute_has_its_number_of_messages(per_second: float, gaps: list[float]) -> None:
    """Within 3 %, with turns that come as a busy machine lets them."""
    clock = Clock()

    begun = run_turns(Rate(per_second, clock), clock, list(islice(cycle(gaps), 1400)))

    minute = sum(count for at, count in begun if 1005 <= at < 1065)
    assert minute == pytest.approx(60 * per_second, rel=0.03)


@given(st.floats(0.5, 2000), st.integers(1, 400))
def test_whoever_waits_as_told_gets_the_next_one(per_second: float, spent: int) -> None:
    """To be told less would be to turn for nothing."""
    clock = Clock()
    rate = Rate(per_second, clock)
    rate.spend(spent)

    clock.now += rate.seconds_until_next() + 1e-6

    assert rate.available(1) == 1
