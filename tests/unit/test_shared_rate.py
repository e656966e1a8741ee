"""A rate that several keep: what one has in hand, and what it takes from the common store."""

from newsletter.sending.rate import SharedRate


class Store:
    """Messages that may leave, for whoever takes them first."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.rates: list[float] = []

    def take(self, per_second: float, most: int) -> int:
        """Take up to so many."""
        self.rates.append(per_second)
        taken = min(most, self.free)
        self.free -= taken
        return taken


def make_rate(store: Store, per_second: float = 500.0) -> SharedRate:
    """Make a rate that takes from a store; its clock stands still."""
    return SharedRate(per_second, lambda: 0.0, store.take)


def test_what_is_drawn_may_leave_and_no_more() -> None:
    """However long this worker waited: others may have sent meanwhile."""
    rate = make_rate(Store(3))

    rate.draw(10)

    assert rate.available(10) == 3


def test_what_is_in_hand_is_not_drawn_again() -> None:
    """Two workers that each hoarded some would be a burst together."""
    store = Store(100)
    rate = make_rate(store)
    rate.draw(10)
    rate.spend(4)

    rate.draw(10)

    assert (rate.available(99), store.free) == (10, 86)


def test_without_a_rate_nothing_is_asked() -> None:
    """It must cost nothing then."""
    store = Store(0)
    rate = make_rate(store, per_second=0)

    rate.draw(10)

    assert (rate.available(10), store.rates, rate.seconds_until_next()) == (10, [], 0.0)


def test_a_changed_rate_is_the_one_that_is_taken_at() -> None:
    """`newsletter rate` reaches all workers."""
    store = Store(10)
    rate = make_rate(store)
    rate.change_to(20.0)

    rate.draw(1)

    assert store.rates == [20.0]


def test_an_empty_store_is_looked_at_again_soon() -> None:
    """Not at once: a worker that asks without a pause keeps the others from asking."""
    assert 0 < make_rate(Store(0)).seconds_until_next() <= 0.05
    assert make_rate(Store(0), per_second=0.5).seconds_until_next() == 1.0
