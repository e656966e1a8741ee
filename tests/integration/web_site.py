"""The pages of a newsletter with a clock of their own, for tests that speak HTTP to them."""

import email
import email.policy
import itertools
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
from starlette.testclient import TestClient

from newsletter.bootstrap import open_installation
from newsletter.key_file import create_key_file
from newsletter.settings import parse_settings
from newsletter.usecases.installation import Installation
from newsletter.usecases.work import Worker
from newsletter.web.app import create_app

ORIGIN = "https://weekly.example.org"
BLOG = "https://blog.example.org"
_SETTINGS = f"""\
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "{ORIGIN}"

[transport]
url = "maildir:mail"

[web]
offered_tags = ["python", "rust"]
embed_origins = ["{BLOG}"]
trusted_proxies = ["10.0.0.0/8"]
"""
#: 2026-01-31T08:00:00Z
NOON = 1_769_846_400_000


@dataclass
class Clock:
    """Milliseconds that pass when a test says so."""

    ms: int = NOON

    def __call__(self) -> int:
        """Tell the time."""
        return self.ms

    def wait(self, *, seconds: float = 0, minutes: float = 0, days: float = 0) -> None:
        """Let time pass."""
        self.ms += round((seconds + 60 * minutes + 86_400 * days) * 1000)


@dataclass
class WebSite:
    """A newsletter and its pages, asked from one network after another."""

    installation: Installation
    clock: Clock
    folder: Path

    def __post_init__(self) -> None:
        """Make the pages."""
        self._workers: list[Worker] = []
        self._app = create_app(self.installation, wake_worker=self._wake_workers)

    def browse(self, network: str = "203.0.113.7", **headers: str) -> TestClient:
        """Return a browser that follows no redirects, behind the trusted proxy."""
        return TestClient(
            self._app,
            base_url=ORIGIN,
            follow_redirects=False,
            raise_server_exceptions=False,
            client=("10.0.0.1", 4711),
            headers={"X-Forwarded-For": network, **headers},
        )

    def _wake_workers(self) -> None:
        for worker in self._workers:
            worker.wake()

    def fill_in(
        self, browser: TestClient, address: str, path: str = "/subscribe"
    ) -> dict[str, str]:
        """Open a form, wait as long as a person does, and return its fields filled in."""
        fields = {**find_hidden(browser.get(path).text), "email": address}
        self.clock.wait(seconds=5)
        return fields

    def sign_up(self, address: str, network: str = "203.0.113.7") -> int:
        """Sign up as a person does; return the status."""
        browser = self.browse(network)
        return browser.post("/subscribe", data=self.fill_in(browser, address)).status_code

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the worker run beside the block."""
        worker, stop = Worker(self.installation), threading.Event()
        thread = threading.Thread(target=worker.run, args=[stop])
        self._workers.append(worker)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            worker.wake()
            thread.join()

    def wait_for_message(self, address: str, *, after: int = 0) -> EmailMessage:
        """Return the newest message to an address, once there are more than so many."""
        for _ in range(500):
            found = self.list_messages(address)
            if len(found) > after:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(f"no message came: {address}")

    def list_messages(self, address: str) -> list[EmailMessage]:
        """List the messages to an address, the oldest first."""
        files = sorted(
            (self.folder / "mail" / "new").glob("*"), key=lambda file: file.stat().st_mtime
        )
        messages = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in files
        ]
        return [message for message in messages if message["To"].addresses[0].addr_spec == address]

    def list_rows(self) -> list[tuple[str, list[tuple[object, ...]]]]:
        """List every row of every table: two lists are equal when nothing changed."""
        with self.installation.database.read() as connection:
            names = sorted(sa.inspect(connection).get_table_names())
            return [
                (
                    name,
                    sorted(
                        (tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")),  # noqa: S608
                        key=repr,
                    ),
                )
                for name in names
            ]


@contextmanager
def open_site(folder: Path, **overrides: str) -> Iterator[WebSite]:
    """Make a newsletter; ``web__proof_of_work`` sets ``[web] proof_of_work``."""
    numbers = itertools.count()
    if not list(folder.glob("newsletter.key")):
        create_key_file(folder, lambda size: bytes((next(numbers) + i) % 256 for i in range(size)))
    settings = parse_settings(
        _SETTINGS,
        path=folder / "newsletter.toml",
        overrides={name.replace("__", "."): value for name, value in overrides.items()},
    )
    clock = Clock()
    installation = replace(open_installation(settings), now_ms=clock)
    try:
        yield WebSite(installation, clock, folder)
    finally:
        installation.database.close()


def find_hidden(html: str) -> dict[str, str]:
    """Find the hidden fields of a page's first form with any."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))


def find_link(message: EmailMessage, path: str) -> str:
    """Find the path of a message's first link that begins with a path."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(rf"{re.escape(ORIGIN)}({re.escape(path)}[\w-]+)", body.get_content())
    assert found is not None
    return found[1]
