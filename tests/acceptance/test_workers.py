"""Several workers of one issue: killed, frozen, ended and told, and nobody gets it twice."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.drill.next_hop import Temper, make_next_hop
from newsletter.sending.ledger.status import IssueState
from tests.acceptance.killed import ISSUE
from tests.acceptance.workers import (
    MAX_IN_FLIGHT,
    Workplace,
    freeze,
    make_workplace,
    wake,
    without_database,
)
from tests.databases import empty_server_url, postgresql_server, postgresql_url

__all__ = ["empty_server_url", "postgresql_server", "postgresql_url"]

PEOPLE = 1_500

Make = Callable[..., Workplace]


@pytest.fixture
def make(tmp_path: Path, empty_server_url: str) -> Iterator[Make]:
    """Make newsletters whose next hop takes its time, so that something can come between."""
    with ExitStack() as stack:

        def make(**environ: str) -> Workplace:
            next_hop = stack.enter_context(make_next_hop(Temper.SLOW, 1).serving())
            made = make_workplace(tmp_path, empty_server_url, next_hop, people=PEOPLE, **environ)
            stack.callback(made.database.close)
            return made

        yield make


@pytest.fixture
def place(make: Make) -> Workplace:
    """Make one with the usual settings."""
    return make()


def test_what_is_planned_is_sent_by_whatever_workers_there_are(place: Workplace) -> None:
    """The plan's transaction offers the chunks; nobody has to stay."""
    place.plan()

    with place.working(2):
        place.wait_until_sent()

    tally = place.tally()
    assert tally["sent"] + tally.get("in_doubt", 0) == PEOPLE
    assert place.most_messages() == 1


def test_a_killed_workers_chunks_are_taken_over(place: Workplace) -> None:
    """On the same machine its right ends at once; what it had in flight is in doubt."""
    place.plan()

    with place.working(2) as (one, _):
        place.wait_until(lambda: one.pid in place.owners() and place.next_hop.received > 50)
        one.kill()
        one.wait()
        place.wait_until_sent()

    tally = place.tally()
    assert tally["sent"] + tally.get("in_doubt", 0) == PEOPLE
    assert tally.get("in_doubt", 0) <= 2 * MAX_IN_FLIGHT
    assert place.most_messages() == 1


def test_a_frozen_worker_that_wakes_sends_nothing_more(place: Workplace) -> None:
    """Its chunk was taken over: the epoch keeps it from opening another intent."""
    place.plan()

    with place.working(2) as (one, _):
        place.wait_until(lambda: one.pid in place.owners() and place.next_hop.received > 50)
        freeze(one)
        place.age_leases(one)
        place.wait_until_sent()
        wake(one)
        one.send_signal(signal.SIGTERM)
        one.wait(30)
        # What the woken one knew never to have left goes on with the other.
        place.wait_until_sent()

    tally = place.tally()
    assert tally["sent"] + tally.get("in_doubt", 0) == PEOPLE
    assert place.most_messages() == 1


def test_a_worker_that_is_ended_hands_back_what_it_has_not_begun(place: Workplace) -> None:
    """What is in flight is finished, and nothing is in doubt."""
    place.plan()

    with place.working(2) as (one, _):
        place.wait_until(lambda: one.pid in place.owners() and place.next_hop.received > 50)
        one.send_signal(signal.SIGTERM)
        code = one.wait(10)
        place.wait_until_sent()

    assert code == 0
    assert place.tally()["sent"] >= PEOPLE - MAX_IN_FLIGHT
    assert place.most_messages() == 1


def test_a_pause_and_a_cancel_reach_all_workers(place: Workplace) -> None:
    """When the command has ended, no message leaves any more."""
    place.plan()

    with place.working(2) as workers:
        pids = {each.pid for each in workers}
        place.wait_until(lambda: pids <= place.owners() and place.next_hop.received > 50)
        place.control("pause", ISSUE)
        paused_at, tally = place.next_hop.received, place.tally()
        place.control("cancel", ISSUE)

    assert tally.get("in_flight", 0) == 0
    assert 0 < tally["planned"] < PEOPLE
    assert place.next_hop.received == paused_at
    assert place.state() is IssueState.CANCELLED


def test_a_rate_is_that_of_all_workers_together(place: Workplace) -> None:
    """But for what each had open when it was said, and half a second to catch up with."""
    place.plan()

    with place.working(2) as workers:
        pids = {each.pid for each in workers}
        place.wait_until(lambda: pids <= place.owners() and place.next_hop.received > 50)
        place.control("rate", ISSUE, "10")
        began, received = time.monotonic(), place.next_hop.received
        time.sleep(3)
        left, seconds = place.next_hop.received - received, time.monotonic() - began

    assert 0 < left <= 2 * MAX_IN_FLIGHT + 10 * (seconds + 0.5)


def test_a_send_works_beside_the_workers_and_stays_until_all_is_sent(place: Workplace) -> None:
    """It needs no worker, and waits for the chunks that others have."""
    with place.working(1) as (one,), place.starting("send", ISSUE, "--yes") as send:
        place.wait_until(lambda: {one.pid, send.pid} <= place.owners())
        code = send.wait(30)

    assert (code, place.state()) == (0, IssueState.SENT)
    assert place.tally() == {"sent": PEOPLE}
    assert place.most_messages() == 1


def test_a_database_that_is_started_anew_loses_nothing(
    place: Workplace, postgresql_server: sa.URL
) -> None:
    """Senders wait for it with what they were told in hand."""
    place.plan()

    with place.working(2):
        place.wait_until(lambda: place.next_hop.received > 50)
        with without_database(postgresql_server, place.database_name):
            time.sleep(2)
        place.wait_until_sent()

    assert place.tally()["sent"] >= PEOPLE - MAX_IN_FLIGHT
    assert place.most_messages() == 1
