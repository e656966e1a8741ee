"""When a deferred delivery is tried again, and when it is given up."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.sending.retry import RetrySchedule

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
NOON = 1_767_614_400_000

chances = st.floats(min_value=0, max_value=1)


def schedule(chance: float = 0.5) -> RetrySchedule:
    """Make the usual schedule, with what chance says."""
    return RetrySchedule(chance=lambda: chance)


def test_the_waits_are_one_five_fifteen_sixty_minutes_and_then_four_hours() -> None:
    """The last wait stands for all that follow."""
    waits = [schedule().wait_ms(attempts) / MINUTE_MS for attempts in range(1, 8)]

    assert waits == [1, 5, 15, 60, 240, 240, 240]


@given(attempts=st.integers(min_value=1, max_value=1000), chance=chances)
def test_a_wait_is_at_most_a_fifth_shorter_or_longer(attempts: int, chance: float) -> None:
    """What was deferred together must not come back together, nor at any time."""
    plain = schedule().wait_ms(attempts)

    assert 0.8 * plain <= schedule(chance).wait_ms(attempts) <= 1.2 * plain


@given(attempts=st.integers(min_value=1, max_value=4), one=chances, other=chances)
def test_the_waits_grow_whatever_chance_says(attempts: int, one: float, other: float) -> None:
    """A next hop that is in trouble is asked more and more seldom."""
    assert schedule(one).wait_ms(attempts) < schedule(other).wait_ms(attempts + 1)


@given(
    attempts=st.integers(min_value=1, max_value=100),
    passed_ms=st.integers(min_value=0, max_value=100 * HOUR_MS),
    asked_ms=st.integers(min_value=0, max_value=200 * HOUR_MS),
    chance=chances,
)
def test_the_next_attempt_is_later_and_not_past_the_deadline(
    attempts: int, passed_ms: int, asked_ms: int, chance: float
) -> None:
    """Whatever the next hop asks for; once the time is over there is no next attempt."""
    now_ms, deadline_ms = NOON + passed_ms, NOON + 48 * HOUR_MS

    found = schedule(chance).find_next(
        attempts=attempts, first_at_ms=NOON, now_ms=now_ms, not_before_ms=NOON + asked_ms
    )

    assert (found is None) == (now_ms >= deadline_ms)
    assert found is None or now_ms < found <= deadline_ms
    assert found is None or found == deadline_ms or found >= NOON + asked_ms


@given(chances=st.lists(chances, min_size=30, max_size=30))
def test_attempts_end_at_the_deadline_itself(chances: list[float]) -> None:
    """Each delivery gets its whole time, and the words about it are true."""
    drawn = iter(chances)
    made = RetrySchedule(chance=lambda: next(drawn))
    times = [NOON]

    while (
        found := made.find_next(attempts=len(times), first_at_ms=NOON, now_ms=times[-1])
    ) is not None:
        times.append(found)

    assert times == sorted(set(times))
    assert times[-1] == NOON + 48 * HOUR_MS
    # 1 + 5 + 15 + 60 minutes and then every four hours.
    assert 14 <= len(times) <= 20


def test_what_the_next_hop_asks_for_counts_where_it_is_longer() -> None:
    """A shorter word does not make us come earlier."""
    made = schedule()

    longer = made.find_next(attempts=1, first_at_ms=NOON, now_ms=NOON, not_before_ms=NOON + HOUR_MS)
    shorter = made.find_next(attempts=2, first_at_ms=NOON, now_ms=NOON, not_before_ms=NOON + 1)

    assert longer == NOON + HOUR_MS
    assert shorter == NOON + 5 * MINUTE_MS
