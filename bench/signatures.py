"""What a signature costs: unsigned, RSA, ed25519 and both, on one core and on all.

The script by hand does not sign; it is the measure all the same. Nor does django-newsletter, which
stands beside it. How much of a message's cost is RSA is told by a clock on each signature
(`timed_signing.py`), and beside it what OpenSSL needs for one when nothing else runs.

Usage: python -m bench.signatures [--recipients 5000] [--runs 3]
Needs smtp-sink (Debian: postfix), and django-newsletter from the package index: it is installed
in build/django-newsletter, once.
"""

import argparse
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.smtp import PARAGRAPHS, sink
from bench.weekly import Cost, Weekly, run
from newsletter.sending.message.private_key import generate_rsa

#: The interpreter that has the peer.
_PEER = Path("build/django-newsletter")
_PEER_PACKAGES = ("django-newsletter==1.2.1", "sorl-thumbnail==13.4.0", "pillow")


def measure_rsa() -> float:
    """Tell the processor time of one RSA signature, in seconds; the best of several rounds."""
    key, data, rounds = generate_rsa(), b"x" * 1500, []
    for _ in range(10):
        began = time.process_time()
        for _ in range(100):
            key.sign(data)
        rounds.append((time.process_time() - began) / 100)
    return min(rounds)


def install_peer() -> Path:
    """Install django-newsletter where nothing else is; return its interpreter."""
    python = _PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", _PEER], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *_PEER_PACKAGES], check=True)
    return python


@contextmanager
def cores(count: int) -> Iterator[None]:
    """Let this process and those it starts use only so many cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def compare(recipients: int, runs: int) -> None:
    """Print rate and processor time for each kind of signature."""
    by_hand = recipients // 5
    with (
        Weekly(1, paragraphs=PARAGRAPHS) as one,
        Weekly(recipients, paragraphs=PARAGRAPHS) as everyone,
        sink() as port,
    ):
        kinds: dict[str, dict[str, str]] = {"unsigned": {}, **_generate_keys(one, everyone)}
        files = [str(file) for file in one.render()]
        script = [sys.executable, "-m", "bench.by_hand", str(port)]
        django = [str(install_peer()), "bench/django_newsletter.py", str(port)]
        print(f"{recipients:,} recipients; one RSA signature alone: {measure_rsa() * 1e6:,.0f} µs")
        print(f"run cores {'':<22} {'msg/s':>7} {'CPU µs/msg':>11} {'CPU':>7} {'RSA':>5}")
        for number, count in itertools.product(range(1, runs + 1), _list_core_counts()):
            with cores(count):
                hand = run([*script, str(by_hand), *files]).minus(run([*script, "1", *files]))
                table = Table(f"{number:>3} {count:>5}", hand.cpu_seconds / by_hand)
                table.print_row("by hand, unsigned", hand, by_hand)
                peer = run([*django, str(by_hand), files[0]]).minus(run([*django, "1", files[0]]))
                table.print_row("django-newsletter", peer, by_hand)
                for kind, dkim in kinds.items():
                    name = f"{kind}-{number}-{count}".replace(" ", "")
                    url = f"smtp://127.0.0.1:{port}?tls=off"
                    start_up = one.send(name, dkim=dkim, url=url)
                    sent, rsa_seconds = send_by_the_clock(everyone, name, dkim=dkim, url=url)
                    table.print_row(kind, sent.minus(start_up), recipients, rsa_seconds)


def send_by_the_clock(
    weekly: Weekly, name: str, *, dkim: Mapping[str, str], url: str
) -> tuple[Cost, float]:
    """Send an issue; tell also the seconds of processor time in its RSA signatures."""
    told = weekly.folder / "rsa-seconds"
    program = ("-m", "bench.timed_signing")
    os.environ["BENCH_RSA_SECONDS"] = str(told)
    cost = weekly.send(name, dkim=dkim, url=url, program=program)
    return cost, float(told.read_text("ascii"))


def _list_core_counts() -> list[int]:
    return sorted({1, len(os.sched_getaffinity(0))})


@dataclass(frozen=True)
class Table:
    """Rows of one run."""

    prefix: str
    by_hand_cpu_seconds: float

    def print_row(self, name: str, cost: Cost, messages: int, rsa_seconds: float = 0) -> None:
        """Print rate, processor time beside the script's, and how much of it is RSA."""
        cpu, rate = cost.cpu_seconds / messages, messages / cost.wall_seconds
        share = f"{rsa_seconds / cost.cpu_seconds:.0%}" if rsa_seconds else ""
        cheaper = f"1/{self.by_hand_cpu_seconds / cpu:.1f}"
        row = f"{self.prefix} {name:<22} {rate:>7,.0f} {cpu * 1e6:>11,.0f}"
        print(f"{row} {cheaper:>7} {share:>5}")


def _generate_keys(*weeklies: Weekly) -> dict[str, dict[str, str]]:
    for weekly in weeklies:
        rsa = weekly.generate_key("bench")
        ed25519 = weekly.generate_key("bench-ed", "--ed25519")
    with_rsa = {"rsa_selector": "bench", "rsa_key_file": rsa}
    with_ed25519 = {"ed25519_selector": "bench-ed", "ed25519_key_file": ed25519}
    return {"RSA": with_rsa, "ed25519": with_ed25519, "RSA and ed25519": with_rsa | with_ed25519}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    compare(options.recipients, options.runs)


if __name__ == "__main__":
    main()
