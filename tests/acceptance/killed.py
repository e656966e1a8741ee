"""A newsletter whose sender is a process of its own, so that it can be killed with -9."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

ISSUE = "2026-01-killed"
MAX_IN_FLIGHT = 64


@dataclass(frozen=True)
class Newsletter:
    """A newsletter in a folder, used as its owner would."""

    folder: Path
    #: Variables beside those of this process.
    environ: Mapping[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        """Build the command line of one command."""
        program = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
        return [sys.executable, "-c", program, "-C", str(self.folder), *arguments]

    def run(self, *arguments: str) -> dict[str, int]:
        """Run a command with --json and read its answer."""
        done = subprocess.run(
            self.command(*arguments, "--json"),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | self.environ,
        )
        assert done.stdout, done.stderr
        answer: dict[str, int] = json.loads(done.stdout)
        return answer

    def find_status(self) -> dict[str, int] | None:
        """Ask where the issue stands; None while it was never planned."""
        command = self.command("status", ISSUE, "--json")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return None if done.returncode == 5 else json.loads(done.stdout)

    def send_once(self) -> None:
        """Send what can be sent just now, however that ends."""
        subprocess.run(
            self.command("send", ISSUE, "--yes", "--json"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            env=os.environ | self.environ,
        )

    def kill_in_planning(self, chance: random.Random) -> None:
        """Start a send and kill it at a random moment of its planning."""
        with self._sending() as process:
            # The plan's transaction makes the log grow before it commits.
            log = self.folder / "newsletter.db-wal"
            while process.poll() is None and not (log.exists() and log.stat().st_size > 0):
                time.sleep(0.0005)
            time.sleep(chance.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)

    def kill_in_sending(
        self, chance: random.Random, count_messages: Callable[[], int], *, within_seconds: float
    ) -> None:
        """Start a send and kill it at a random moment after its first message has arrived."""
        with self._sending() as process:
            before = count_messages()
            while process.poll() is None and count_messages() == before:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, within_seconds))
            process.send_signal(signal.SIGKILL)

    def _sending(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command("send", ISSUE, "--yes", "--json"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | self.environ,
        )

    def let_time_pass(self) -> None:
        """Make everything due that was deferred."""
        with closing(sqlite3.connect(self.folder / "newsletter.db")) as connection, connection:
            connection.execute("UPDATE delivery SET next_at_ms = 0 WHERE status = 'deferred'")


def make_newsletter(folder: Path, recipients: int, environ: Mapping[str, str]) -> Newsletter:
    """Make a newsletter with confirmed subscribers and one issue."""
    made = Newsletter(folder, environ)
    subprocess.run(
        [
            *made.command("init", "--name", "Weekly", "--from", "weekly@example.org"),
            *("--base-url", "https://news.example.org", "--no-input"),
        ],
        check=True,
        capture_output=True,
    )
    people = made.folder / "people.csv"
    rows = (f"reader{number}@example.org,Reader {number}" for number in range(recipients))
    people.write_text("email,name\n" + "\n".join(rows), encoding="utf-8")
    terms = ("--status", "confirmed", "--consent-basis", "test", "--source", "test")
    assert made.run("subscribers", "import", str(people), *terms)["taken"] == recipients
    text = "# Killed\n\nHello {{ subscriber.name }}.\n\n" + "A line of text. " * 400
    (made.folder / "issues" / f"{ISSUE}.md").write_text(text, encoding="utf-8")
    return made
