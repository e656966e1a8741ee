"""A database, a next hop, the pages and three workers, each on a host of its own, in trouble.

TEST_ROUNDS=50 makes fifty rounds of kill, freeze, cut, slow and database restart; run it with -s to
see how long each took.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import cycle, islice

import pytest
import sqlalchemy as sa

from newsletter.key_file import load_keyring
from newsletter.sending.ledger.schema import delivery, issue
from newsletter.settings import load_settings
from subscribers.store.schema import subscriber
from subscribers.tokens import compile_token
from tests.hosts.network import Running, is_possible
from tests.hosts.weekly import PATIENCE_SECONDS, WEB_PORT, Weekly, making_weekly

PEOPLE = 3000
#: So many intents a worker has open.
OPEN_INTENTS = 8
ROUNDS = int(os.environ.get("TEST_ROUNDS", "1"))

#: Clicks the button of mail programs (RFC 8058), as they do it.
_ONE_CLICK = """
import sys
from urllib.request import Request, urlopen
headers = {"Host": "news.example.org"}
urlopen(Request(sys.argv[1], b"List-Unsubscribe=One-Click", headers), timeout=20).read()
"""

pytestmark = pytest.mark.skipif(
    not is_possible(), reason="needs root, and ip, tc and ss of iproute2"
)


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weekly]:
    """Yield a newsletter on its hosts, with nothing planned."""
    folder = tmp_path_factory.mktemp("hosts")
    with making_weekly(folder, people=PEOPLE, think_seconds=0.02) as made:
        yield made


def test_an_issue_survives_whatever_happens_to_its_hosts(weekly: Weekly) -> None:
    """One worker dies, one sleeps, one is cut off, the database falls: each message leaves once."""
    slug = "2026-01-many"
    people = weekly.count_confirmed()
    weekly.write_issue(slug)
    weekly.plan(slug)
    with (
        weekly.starting(weekly.web, "serve", "--host", weekly.web.address, "--port", str(WEB_PORT)),
        weekly.working() as (dies, sleeps, _is_cut_off),
    ):
        weekly.wait_until(lambda: has_received(weekly, 300))
        dies.kill()
        weekly.wait_until(lambda: has_received(weekly, 600))
        last = unsubscribe_the_last(weekly, slug)
        sleeps.freeze()
        weekly.workers[2].cut()
        weekly.database_host.stop()
        time.sleep(1)
        weekly.database_host.start()
        weekly.workers[2].heal()
        weekly.wait_until(lambda: is_taken_over(weekly, slug))
        sleeps.wake()
        weekly.wait_until(lambda: weekly.is_sent(slug))

    assert_nobody_twice_nobody_lost(weekly, slug, people=people, most_in_doubt=3 * OPEN_INTENTS)
    assert weekly.count_received()[last] == 0


def test_a_database_whose_machine_lost_its_power_is_found_again(weekly: Weekly) -> None:
    """Nobody hears that the connections are gone, and whoever waits for an answer waits in vain."""
    slug = "2026-01-power"
    people = weekly.count_confirmed()
    weekly.write_issue(slug)
    weekly.plan(slug)
    with weekly.working():
        weekly.wait_until(lambda: has_received(weekly, 600))
        weekly.database_host.lose_power()
        weekly.database_host.start()
        weekly.database_host.host.heal()
        seconds = weekly.wait_until(lambda: weekly.is_sent(slug))
        print(f"power of the database: sent after {seconds:5.1f} s, {weekly.tally(slug)}")

    assert_nobody_twice_nobody_lost(weekly, slug, people=people, most_in_doubt=4 * OPEN_INTENTS)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_round(weekly: Weekly, number: int) -> None:
    """Each trouble comes at a moment that chance picks, and an issue gets through it."""
    chance = random.Random(number)
    name, trouble = next(islice(cycle(TROUBLES.items()), number, None))
    slug = f"2026-02-round-{number:02}"
    people = weekly.count_confirmed()
    weekly.write_issue(slug)
    weekly.plan(slug)
    with weekly.working() as workers:
        moment = chance.randrange(50, PEOPLE - 500)
        weekly.wait_until(lambda: has_received(weekly, moment))
        place = chance.randrange(3)
        with ExitStack() as stack:
            trouble(weekly, workers, place, stack)
            seconds = weekly.wait_until(lambda: weekly.is_sent(slug))
        # What it knows never to have left it hands back, and the others go on.
        workers[place].ask_to_end()
        workers[place].outer.wait(PATIENCE_SECONDS)
        weekly.wait_until(lambda: weekly.is_sent(slug))
        tally = weekly.tally(slug)
        print(f"round {number:>2} {name:<8} at {moment:>5,}: sent after {seconds:5.1f} s, {tally}")

    assert_nobody_twice_nobody_lost(weekly, slug, people=people, most_in_doubt=3 * OPEN_INTENTS)


def kill(_weekly: Weekly, workers: list[Running], place: int, _stack: ExitStack) -> None:
    """End a worker's host as a power cut does."""
    workers[place].kill()


def freeze(_weekly: Weekly, workers: list[Running], place: int, stack: ExitStack) -> None:
    """Let a worker sleep, and wake when the issue is sent."""
    workers[place].freeze()
    stack.callback(workers[place].wake)


def cut(weekly: Weekly, _workers: list[Running], place: int, stack: ExitStack) -> None:
    """Pull a worker's cable, and put it in again when the issue is sent."""
    weekly.workers[place].cut()
    stack.callback(weekly.workers[place].heal)


def slow_down(weekly: Weekly, _workers: list[Running], place: int, stack: ExitStack) -> None:
    """Let little through to a worker."""
    weekly.workers[place].slow_down(kilobits_per_second=128)
    stack.callback(weekly.workers[place].speed_up)


def restart_database(
    weekly: Weekly, _workers: list[Running], _place: int, _stack: ExitStack
) -> None:
    """Let the database fall, and come back after two seconds."""
    weekly.database_host.stop()
    time.sleep(2)
    weekly.database_host.start()


Trouble = Callable[[Weekly, list[Running], int, ExitStack], None]
TROUBLES: Mapping[str, Trouble] = {
    "kill": kill,
    "freeze": freeze,
    "cut": cut,
    "slow": slow_down,
    "restart": restart_database,
}


def has_received(weekly: Weekly, count: int) -> bool:
    """Tell whether the next hop took so many messages."""
    return weekly.count_received().total() >= count


def is_taken_over(weekly: Weekly, slug: str) -> bool:
    """Tell whether something is in doubt: what a silent worker had open, and another found."""
    return weekly.tally(slug).get("in_doubt", 0) > 0


def unsubscribe_the_last(weekly: Weekly, slug: str) -> str:
    """Unsubscribe whoever would be mailed last, by one click on the web host; tell the address."""
    last = (
        sa.select(subscriber.c.public_id, subscriber.c.address, delivery.c.issue_id)
        .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
        .join(issue, issue.c.id == delivery.c.issue_id)
        .where(issue.c.slug == slug)
        .order_by(subscriber.c.id.desc())
        .limit(1)
    )
    with weekly.database.read() as connection:
        public_id, address, issue_id = connection.execute(last).one()
    keys = load_keyring(load_settings(weekly.newsletter.folder / "newsletter.toml"))
    token = compile_token(keys, "unsubscribe")(public_id, issue_id)
    weekly.call(weekly.smtp, _ONE_CLICK, f"http://{weekly.web.address}:{WEB_PORT}/u/{token}")
    return str(address)


def assert_nobody_twice_nobody_lost(
    weekly: Weekly, slug: str, *, people: int, most_in_doubt: int
) -> None:
    """Compare what the next hop took with what the ledger says."""
    received, tally = weekly.count_received(), weekly.tally(slug)
    assert sum(tally.values()) == people
    assert set(tally) <= {"sent", "in_doubt", "skipped"}
    assert max(received.values()) == 1
    assert tally.get("in_doubt", 0) <= most_in_doubt
    assert tally["sent"] <= received.total() <= tally["sent"] + tally.get("in_doubt", 0)
