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
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

T = TypeVar("T")
#: A form that comes back sooner was not filled in by a person.
PERSON_SECONDS = 2.1
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
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            # A failure of this test, and of no other.
            self.process.kill()
            self.process.wait()
            raise

    @property
    def children(self) -> list[int]:
        """The processes that the process has started; the first is multiprocessing's own."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}")
        return [int(number) for number in (tasks / "children").read_text().split()]

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

    def count_files(self) -> int:
        """Count what is in the maildir, and what is on its way into it."""
        maildir = self.folder / "maildir"
        return sum(1 for name in ("tmp", "new") for _ in (maildir / name).glob("*"))

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

    def change(self, statement: str) -> None:
        """Change the database behind the back of whoever serves."""
        with closing(sqlite3.connect(self.folder / "newsletter.db", timeout=10)) as connection:
            connection.execute(statement)
            connection.commit()

    def state_of(self, address: str) -> str:
        """Tell the state of the subscriber with an address; empty when there is none."""
        rows = self.query("SELECT state FROM subscriber WHERE address = ?", address)
        return str(rows[0][0]) if rows else ""

    def let_limits_pass(self) -> None:
        """Let the time pass after which an address or a network may ask again."""
        self.change("DELETE FROM rate_limit")

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


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: str


def ask(method: str, url: str, fields: Mapping[str, str] | None = None) -> Answer:
    """Send one request as a program would: no cookie, no redirect followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    body = urlencode(fields) if fields is not None else None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection.request(method, target, body, headers)
    response: HTTPResponse = connection.getresponse()
    answer = Answer(response.status, dict(response.headers), response.read().decode())
    connection.close()
    return answer


def fetch_stamp(served: Served, path: str) -> str:
    """Fetch the stamp of a form; it is good once a person could have filled it in."""
    stamp = re.search(r'name="stamp" value="([^"]+)"', ask("GET", served.url + path).body)
    assert stamp
    return stamp[1]


def send_form(served: Served, path: str, address: str, language: str, stamp: str) -> EmailMessage:
    """Send a form as a patient program would; return the message that comes of it."""
    served.let_limits_pass()
    before = len(served.messages(address))
    fields = {"email": address, "language": language, "form": "page", "stamp": stamp}
    assert ask("POST", f"{served.url}{path}?lang={language}", fields).status == 303
    return served.wait_for_messages(address, before + 1)[-1]


def find_links(message: EmailMessage, path: str = "") -> Sequence[str]:
    """Find every URL in a message, headers included, whose path begins so."""
    texts = [
        str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"
    ]
    texts += [str(message.get("List-Unsubscribe", ""))]
    found = re.findall(r"https?://[^\s<>\"')]+", "\n".join(texts))
    urls = dict.fromkeys(url.replace("&amp;", "&").rstrip(".,") for url in found)
    return [url for url in urls if f"127.0.0.1:{_port(url)}{path}" in url]


def wait_for(
    find: Callable[[], T | None], *, seconds: float = 60, what: Callable[[], str] = lambda: ""
) -> T:
    """Ask again and again until there is an answer; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.005)
    raise AssertionError(f"waited {seconds:g} s for nothing. {what()}")


def _port(url: str) -> str:
    found = re.match(r"https?://127\.0\.0\.1:(\d+)", url)
    return found[1] if found else ""
