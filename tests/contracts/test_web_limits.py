"""Limits in the database: the same on SQLite and PostgreSQL, and for many at once."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.web.limits import (
    Limit,
    build_key,
    is_exhausted,
    rate_limit,
    sweep,
    take,
    use_once,
    used_proof,
)
from tests.contracts.people import KEYS, NOON

THREE = Limit("three", burst=3, period_ms=1000)
KEY = build_key(KEYS, "three", "203.0.113.0/24")


def take_many(connection: sa.Connection, count: int, *, now_ms: int) -> list[bool]:
    """Take so many at one moment."""
    return [take(connection, KEY, THREE, now_ms=now_ms) for _ in range(count)]


def test_a_burst_passes_and_then_one_in_each_period(connection: sa.Connection) -> None:
    """Nobody waits who comes rarely."""
    first = take_many(connection, 4, now_ms=NOON)
    second = take_many(connection, 2, now_ms=NOON + 1000)
    after_a_rest = take_many(connection, 4, now_ms=NOON + 60_000)

    assert first == [True, True, True, False]
    assert second == [True, False]
    assert after_a_rest == [True, True, True, False]


def test_what_is_refused_costs_nothing(connection: sa.Connection) -> None:
    """Else whoever goes on trying would never be let in again."""
    take_many(connection, 100, now_ms=NOON)

    assert take_many(connection, 2, now_ms=NOON + 1000) == [True, False]


def test_keys_do_not_share_their_allowance(connection: sa.Connection) -> None:
    """Neither do two kinds of limit for one value."""
    other = build_key(KEYS, "three", "203.0.114.0/24")
    take_many(connection, 3, now_ms=NOON)

    assert take(connection, other, THREE, now_ms=NOON)
    assert build_key(KEYS, "four", "203.0.113.0/24") != KEY


def test_to_ask_whether_a_limit_is_exhausted_takes_nothing(connection: sa.Connection) -> None:
    """A form that is shown asks; only one that is sent counts."""
    before = [is_exhausted(connection, KEY, THREE, now_ms=NOON) for _ in range(9)]
    take_many(connection, 3, now_ms=NOON)

    assert before == [False] * 9
    assert is_exhausted(connection, KEY, THREE, now_ms=NOON)
    assert is_exhausted(connection, KEY, THREE, now_ms=NOON + 999)
    assert not is_exhausted(connection, KEY, THREE, now_ms=NOON + 1000)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(st.lists(st.integers(0, 3000), max_size=30))
def test_no_window_lets_more_pass_than_burst_and_periods(
    connection: sa.Connection, pauses: list[int]
) -> None:
    """Whatever the moments of asking are."""
    connection.execute(rate_limit.delete())
    now_ms, passed = NOON, []
    for pause in pauses:
        now_ms += pause
        if take(connection, KEY, THREE, now_ms=now_ms):
            passed.append(now_ms)

    for place, begin in enumerate(passed):
        for count, end in enumerate(passed[place:], start=1):
            assert count <= THREE.burst + (end - begin) / THREE.period_ms


def test_of_many_who_ask_at_once_no_more_pass_than_may(database: Database) -> None:
    """The statement is the lock."""

    def ask(_number: int) -> bool:
        with database.write() as connection:
            return take(connection, KEY, THREE, now_ms=NOON)

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(ask, range(24)))

    assert passed.count(True) == 3


def test_a_proof_is_used_once_by_whoever_comes_first(database: Database) -> None:
    """Also when the same one comes twice at the same moment."""

    def use(_number: int) -> bool:
        with database.write() as connection:
            return use_once(connection, b"proof", until_ms=NOON)

    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(use, range(16)))

    assert used.count(True) == 1


def test_rows_that_say_nothing_any_more_are_swept(connection: sa.Connection) -> None:
    """The table stays as small as the day's visitors."""
    take_many(connection, 1, now_ms=NOON)
    use_once(connection, b"proof", until_ms=NOON + 500)

    sweep(connection, now_ms=NOON + 400)
    kept = count_rows(connection)
    sweep(connection, now_ms=NOON + 1001)

    assert kept == 2
    assert count_rows(connection) == 0


def test_the_tables_hold_no_address_and_no_network(connection: sa.Connection) -> None:
    """Only a hash that needs the installation's secret."""
    take_many(connection, 1, now_ms=NOON)

    key = connection.scalars(sa.select(rate_limit.c.key)).one()

    assert len(key) == 16
    assert b"203" not in key


def count_rows(connection: sa.Connection) -> int:
    """Count the rows of both tables."""
    return sum(
        connection.scalars(sa.select(sa.func.count()).select_from(table)).one()
        for table in (rate_limit, used_proof)
    )
