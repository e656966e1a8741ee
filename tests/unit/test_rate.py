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


def test_without_a_rate_everything_may_leave(clock: Clock) -> None:
    """A local next hop needs no limit."""
    rate = Rate(0, clock)
    rate.spend(1_000_000)

    assert rate.available(64) == 64
    assert rate.seconds_until_next() == 0


def test_a_run_begins_with_a_quarter_of_a_second(clock: Clock) -> None:
    """More at once would look like an attack to the next hop."""
    assert Rate(1000, clock).available(10_000) == 250


def test_a_slow_rate_begins_with_one_message(clock: Clock) -> None:
    """A quarter of its second is less than one."""
    rate = Rate(2, clock)

    first = rate.available(64)
    rate.spend(1)

    assert (first, rate.available(64)) == (1, 0)
    assert rate.seconds_until_next() == 0.5


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
    assert Rate(1000, clock).available(3) == 3


def test_a_pause_saves_up_no_more_than_the_burst(clock: Clock) -> None:
    """After an hour of waiting the next hop gets no hour's worth at once."""
    rate = Rate(100, clock)
    rate.spend(25)

    clock.now += 3600

    assert rate.available(1000) == 25


@given(
    st.floats(0.5, 2000),
    st.lists(st.tuples(st.floats(0, 2), st.integers(1, 500)), min_size=1, max_size=60),
)
def test_over_any_time_no_more_leaves_than_the_rate_and_one_burst(
    per_second: float, asks: list[tuple[float, int]]
) -> None:
    """However often and however much is asked for."""
    clock = Clock()
    rate = Rate(per_second, clock)
    begun = 0

    for seconds, wanted in asks:
        clock.now += seconds
        given_now = rate.available(wanted)
        rate.spend(given_now)
        begun += given_now

    burst = max(1, 0.25 * per_second)
    assert begun <= (clock.now - 1000) * per_second + burst + 1e-6


@given(st.floats(0.5, 2000), st.integers(1, 400))
def test_whoever_waits_as_told_gets_the_next_one(per_second: float, spent: int) -> None:
    """To be told less would be to turn for nothing."""
    clock = Clock()
    rate = Rate(per_second, clock)
    rate.spend(spent)

    clock.now += rate.seconds_until_next() + 1e-6

    assert rate.available(1) == 1
