"""Does the rate hold? Messages as the server counts them, at several rates and round trips.

The real command sends to a null server that answers each group of commands after the round trip
and writes down when every message came. From that: the fewest and the most in any minute, and how
many came in the first quarter of a second.

Usage: python -m bench.rate [--seconds 66]
"""

import argparse
import sys
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from bench.smtp import PARAGRAPHS, send, serving
from bench.weekly import Weekly

RATES = (5, 14, 100, 1000)
ROUND_TRIPS_MS = (0, 80, 300)
_MINUTE, _START = 60.0, 0.25
#: So many a second are sent beside others on the same machine; more have it to themselves.
_MOST_TOGETHER = 100
_USUAL_CONNECTIONS = 8


@dataclass(frozen=True)
class Case:
    """One rate over one network."""

    per_second: int
    round_trip_ms: int

    @property
    def connections(self) -> int:
        """As many as are busy, a round trip for each message, and a quarter more."""
        busy = self.per_second * self.round_trip_ms / 1000
        return max(_USUAL_CONNECTIONS, ceil(busy * 1.25))

    def measure(self, seconds: int) -> str:
        """Send for so long; return the row."""
        size = self.per_second * seconds
        with tempfile.TemporaryDirectory() as folder, Weekly(size, paragraphs=PARAGRAPHS) as weekly:
            file = Path(folder, "times")
            wishes = ["--round-trip-ms", str(self.round_trip_ms), "--times", str(file)]
            with serving(sys.executable, "-m", "bench.null_smtp", "PORT", *wishes) as port:
                send(weekly, "rate", port, self.connections, rate_per_second=self.per_second)
            times = array("d", file.read_bytes())
        fewest, most = count_minutes(times)
        asked = self.per_second * _MINUTE
        start = bisect_left(times, times[0] + _START)
        return (
            f"{self.per_second:>6,} {self.round_trip_ms:>6} {self.connections:>11}"
            f" {len(times):>9,} {fewest:>7,} {most:>7,} {fewest / asked - 1:>+8.2%}"
            f" {most / asked - 1:>+8.2%} {start:>6}"
        )


def count_minutes(times: Sequence[float]) -> tuple[int, int]:
    """Count the messages of every whole minute; return the fewest and the most.

    A minute that begins or ends anywhere is no worse than one that begins or ends at a message.
    """
    counts = []
    for number, begin in enumerate(times):
        after = bisect_left(times, begin + _MINUTE)
        if after == len(times):
            break
        # With the message at its beginning, and just without it.
        counts += [after - number, after - number - 1]
    return min(counts), max(counts)


def main() -> None:
    """Print a row for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=66)
    options = parser.parse_args()
    cases = [Case(rate, round_trip) for rate in RATES for round_trip in ROUND_TRIPS_MS]
    together = [case for case in cases if case.per_second <= _MOST_TOGETHER]
    print(
        f"{'rate':>6} {'RTT ms':>6} {'connections':>11} {'messages':>9} {'fewest':>7} {'most':>7}"
        f" {'':>8} {'':>8} {'start':>6}"
    )
    with ThreadPoolExecutor(len(together)) as threads:
        for row in threads.map(lambda case: case.measure(options.seconds), together):
            print(row, flush=True)
    for case in cases[len(together) :]:
        print(case.measure(options.seconds), flush=True)


if __name__ == "__main__":
    main()
