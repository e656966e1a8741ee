"""Our sender against the script that everybody writes first, on the same null server.

Ledger on, SQLite with synchronous=FULL, unsigned messages, the server on the same machine.

Usage: python -m bench.smtp [--recipients 60000] [--runs 3]      the throughput table
       python -m bench.smtp --round-trip [--recipients 20000]    the table of slow networks
       python -m bench.smtp --memory                             peak memory by audience
Needs smtp-sink and smtp-source (Debian: postfix) but for the second.
"""

import argparse
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.weekly import Cost, Weekly, run

#: Page and text together as large as those of a weekly with twelve articles: 39 kB.
PARAGRAPHS = 136
_ROUND_TRIP_SECONDS = 0.020
_STALL_EVERY, _STALL_SECONDS = 200, 2.0


@contextmanager
def serving(*command: str) -> Iterator[int]:
    """Run a server until the block ends; yield its port. ``PORT`` in the command stands for it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    words = [word.replace("PORT", str(port)) for word in command]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(250):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("the server did not start")


@contextmanager
def sink() -> Iterator[int]:
    """Run Debian's null server."""
    for tool in ("smtp-sink", "smtp-source"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not here (Debian: apt-get install postfix)")
    with serving("smtp-sink", "-u", "nobody", "127.0.0.1:PORT", "1000") as port:
        yield port


def send(
    weekly: Weekly, name: str, port: int, connections: int, *, rate_per_second: float = 0
) -> Cost:
    """Send one more issue of a newsletter to a server without TLS."""
    url = f"smtp://127.0.0.1:{port}?tls=off"
    return weekly.send(
        name, url=url, connections=str(connections), rate_per_second=str(rate_per_second)
    )


def compare(recipients: int, runs: int) -> None:
    """Print our rate and processor time beside the script's and the ceiling of the server."""
    by_hand = recipients // 10
    with (
        Weekly(1, paragraphs=PARAGRAPHS) as one,
        Weekly(recipients, paragraphs=PARAGRAPHS) as everyone,
        sink() as port,
    ):
        files = [str(file) for file in one.render()]
        size = sum(file.stat().st_size for file in one.render())
        print(f"{recipients:,} recipients, by hand {by_hand:,}; page and text {size / 1000:.1f} kB")
        print(f"{'run':>3} {'':<32} {'msg/s':>8} {'CPU µs/msg':>11} {'rate':>7} {'CPU':>7}")
        for number in range(1, runs + 1):
            script = [sys.executable, "-m", "bench.by_hand", str(port)]
            hand = run([*script, str(by_hand), *files]).minus(run([*script, "1", *files]))
            start_up = send(one, f"run-{number}", port, 8)
            ours = send(everyone, f"run-{number}", port, 8).minus(start_up)
            source = ["smtp-source", "-s", "8", "-l", str(size), "-m", str(recipients)]
            ceiling = run([*source, f"127.0.0.1:{port}"])
            rows = [
                ("by hand, 1 connection", hand, by_hand),
                ("newsletter send, 8 connections", ours, recipients),
                ("smtp-source, 8 sessions", ceiling, recipients),
            ]
            for name, cost, count in rows:
                rate, cpu = count / cost.wall_seconds, cost.cpu_seconds / count
                faster = rate * hand.wall_seconds / by_hand
                cheaper = hand.cpu_seconds / by_hand / cpu
                row = f"{number:>3} {name:<32} {rate:>8,.0f} {cpu * 1e6:>11,.0f}"
                print(f"{row} {faster:>6.1f}x {f'1/{cheaper:.1f}':>7}")


def slow_networks(recipients: int, runs: int) -> None:
    """Print how much of the possible rate 32 connections reach over a round trip of 20 ms."""
    connections = 32
    round_trip = ["--round-trip-ms", str(_ROUND_TRIP_SECONDS * 1000)]
    stalls = ["--stall-every", str(_STALL_EVERY), "--stall-seconds", str(_STALL_SECONDS)]
    mean_seconds = _ROUND_TRIP_SECONDS + _STALL_SECONDS / _STALL_EVERY
    cases = [
        ("every reply after 20 ms", round_trip, connections / _ROUND_TRIP_SECONDS),
        ("one in 200 after 2 s", [*round_trip, *stalls], connections / mean_seconds),
    ]
    print(f"{recipients:,} recipients, {connections} connections")
    print(f"{'run':>3} {'':<24} {'msg/s':>8} {'possible':>9} {'reached':>8}")
    with (
        Weekly(1, paragraphs=PARAGRAPHS) as one,
        Weekly(recipients, paragraphs=PARAGRAPHS) as everyone,
    ):
        for name, wishes, possible in cases:
            for number in range(1, runs + 1):
                label = f"{'stalls' if wishes != round_trip else 'even'}-{number}"
                with serving(sys.executable, "-m", "bench.null_smtp", "PORT", *wishes) as port:
                    start_up = send(one, label, port, connections)
                    cost = send(everyone, label, port, connections).minus(start_up)
                rate = recipients / cost.wall_seconds
                row = f"{number:>3} {name:<24} {rate:>8,.0f} {possible:>9,.0f}"
                print(f"{row} {rate / possible:>8.0%}")


def memory(sizes: Sequence[int]) -> None:
    """Print peak memory for audiences of several sizes."""
    print(f"{'recipients':>10} {'peak MB':>8} {'msg/s':>8}")
    for size in sizes:
        with Weekly(size, paragraphs=PARAGRAPHS) as weekly, sink() as port:
            cost = send(weekly, "memory", port, 8)
            rate = size / cost.wall_seconds
            print(f"{size:>10,} {cost.peak_megabytes:>8.0f} {rate:>8,.0f}")


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--round-trip", action="store_true")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    if options.round_trip:
        slow_networks(options.recipients or 20_000, options.runs)
    elif options.memory:
        memory([5_000, 500_000])
    else:
        # Some twenty seconds each: a machine that others share has better and worse moments.
        compare(options.recipients or 60_000, options.runs)


if __name__ == "__main__":
    main()
