"""A newsletter that is served by a process of its own, met as readers and mail services meet it."""

import email.policy
import hashlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import TypeVar
from urllib.request import Request, urlopen

T = TypeVar("T")
PROGRAM = (sys.executable, "-c", "from newsletter.cli import main; main()")
SLUG = "2026-01-spring"
ISSUE = """\
+++
title = "Spring"
date = 2026-01-05
+++

Hello {{ subscriber.name or "reader" }},

the [first flowers](https://example.org/flowers) are out. {{ unsubscribe_url }}

| bird | seen |
| ---- | ---: |
| wren |   12 |
"""


@dataclass
class Served:
    """A newsletter in a folder, and the process that serves it."""

    folder: Path
    port: int
    process: subprocess.Popen[str] | None = field(default=None)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it prints.

        In a process of its own: Playwright's event loop runs in this one.
        """
        done = subprocess.run(
            [*PROGRAM, "-C", str(self.folder), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def import_people(self, addresses: Sequence[str]) -> None:
        """Import people who have confirmed, each called Kim."""
        people = self.folder / "people.csv"
        people.write_text("email,name\n" + "".join(f"{each},Kim\n" for each in addresses))
        terms = ("--status", "confirmed", "--consent-basis", "asked", "--source", "a test")
        self.run("subscribers", "import", str(people), *terms)

    def start(self, *options: str) -> None:
        """Start to serve, and wait until pages are answered."""
        command = [*PROGRAM, "-C", str(self.folder), "serve", "--port", str(self.port), *options]
        with (self.folder / "serve.log").open("a") as log:
            self.process = subprocess.Popen(command, stderr=log, text=True)
        wait_for(self._answers, what=lambda: self.log)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process by a signal; return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    @property
    def log(self) -> str:
        """What the process has told so far."""
        return (self.folder / "serve.log").read_text(encoding="utf-8")

    def messages(self, address: str) -> list[EmailMessage]:
        """Read the messages to an address, the oldest first."""
        parser = BytesParser(policy=email.policy.default)
        files = sorted(
            (self.folder / "maildir" / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns
        )
        found = [parser.parsebytes(file.read_bytes()) for file in files]
        return [message for message in found if address in str(message["To"])]

    def wait_for_messages(self, address: str, count: int) -> list[EmailMessage]:
        """Wait until so many messages to an address have arrived; return them."""
        return wait_for(
            lambda: found if len(found := self.messages(address)) >= count else None,
            what=lambda: f"{count} messages, not {len(self.messages(address))}:\n{self.log}",
        )

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database."""
        with closing(sqlite3.connect(self.folder / "newsletter.db", timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def state_of(self, address: str) -> str:
        """Tell the state of the subscriber with an address; empty when there is none."""
        rows = self.query("SELECT state FROM subscriber WHERE address = ?", address)
        return str(rows[0][0]) if rows else ""

    def let_limits_pass(self) -> None:
        """Let the time pass after which an address or a network may ask again."""
        with closing(sqlite3.connect(self.folder / "newsletter.db", timeout=10)) as connection:
            connection.execute("DELETE FROM rate_limit")
            connection.commit()

    def fingerprint(self) -> dict[str, str]:
        """Take a fingerprint of everything that must not change by looking: people and mail.

        Limits may count who looks, and a worker prolongs its lease; neither is about a person.
        """
        tables = ("subscriber", "subscriber_tag", "consent", "suppression", "token", "outbox")
        rows = {table: repr(self.query(f"SELECT * FROM {table}")) for table in tables}  # noqa: S608
        files = sorted(file.name for file in (self.folder / "maildir" / "new").glob("*"))
        return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in rows.items()} | {
            "maildir": repr(files)
        }

    def _answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def make_served(folder: Path, *, settings: str = "") -> Served:
    """Make a newsletter with an issue, and nobody in it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir()
    made = Served(folder, port)
    made.run("init", "--name", "Weekly", "--from", "weekly@example.org", "--base-url", made.url)
    for file in (folder / "issues").iterdir():
        file.unlink()
    (folder / "issues" / f"{SLUG}.md").write_text(ISSUE, encoding="utf-8")
    with (folder / "newsletter.toml").open("a", encoding="utf-8") as stream:
        stream.write(settings)
    return made


def find_links(message: EmailMessage, path: str = "") -> Sequence[str]:
    """Find every URL in a message, headers included, whose path begins so."""
    texts = [
        str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"
    ]
    texts += [str(message.get("List-Unsubscribe", ""))]
    found = re.findall(r"https?://[^\s<>\"')]+", "\n".join(texts))
    urls = dict.fromkeys(url.replace("&amp;", "&").rstrip(".,") for url in found)
    return [url for url in urls if f"127.0.0.1:{_port(url)}{path}" in url]


def post_one_click(url: str) -> int:
    """Post as mail services do (RFC 8058 section 3.1): no cookie, no origin; return the status."""
    request = Request(  # noqa: S310 - the URL is our own server's
        url,
        data=b"List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    with urlopen(request, timeout=10) as response:  # noqa: S310
        status: int = response.status
        return status


def wait_for(
    find: Callable[[], T | None], *, seconds: float = 15, what: Callable[[], str] = lambda: ""
) -> T:
    """Ask again and again until there is an answer; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:g} s for nothing. {what()}")


def _port(url: str) -> str:
    found = re.match(r"https?://127\.0\.0\.1:(\d+)", url)
    return found[1] if found else ""
