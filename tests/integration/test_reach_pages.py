"""Before messages go out to strangers, the unsubscribe page is asked whether it is there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from newsletter.usecases.installation import Installation
from newsletter.usecases.reach_pages import find_unreachable
from tests.integration.web_site import open_site


class Page(BaseHTTPRequestHandler):
    """Answers with the status of its server, and notes what it was asked."""

    def do_HEAD(self) -> None:
        """Answer."""
        assert isinstance(self.server, Server)
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.may_answer.wait()
        self.send_response(self.server.status)
        self.end_headers()

    do_GET = do_POST = do_HEAD  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    """A server on this machine that stands for the newsletter's."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server that answers."""
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.may_answer.set()
    made.shutdown()
    thread.join()
    made.server_close()


@contextmanager
def sending_by(folder: Path, transport: str, port: int) -> Iterator[Installation]:
    """Open a newsletter that sends by a transport, its pages at a port of this machine."""
    with open_site(folder) as site:
        old = site.installation
        settings = replace(
            old.settings,
            newsletter=replace(old.settings.newsletter, base_url=f"http://127.0.0.1:{port}"),
            transport=replace(old.settings.transport, url=transport),
        )
        yield replace(old, settings=settings)


def test_pages_that_answer_are_no_matter(server: Server, tmp_path: Path) -> None:
    """They were asked for one page, by HEAD."""
    with sending_by(tmp_path, "smtp://mail.example.org:25", server.server_port) as installation:
        assert find_unreachable(installation) == ""

    [asked] = server.asked
    assert asked.startswith("HEAD /u/")


@pytest.mark.parametrize(
    "transport", ["maildir:/nowhere", "memory:", "smtp://127.0.0.1:25", "smtp://localhost:25"]
)
def test_what_stays_on_this_machine_asks_nobody(
    server: Server, tmp_path: Path, transport: str
) -> None:
    """A trial must not wait for the network."""
    with sending_by(tmp_path, transport, server.server_port) as installation:
        assert find_unreachable(installation) == ""

    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "words"), [(404, "another newsletter.key"), (301, "answers 301"), (502, "502")]
)
def test_pages_that_are_not_ours_are_told(
    server: Server, tmp_path: Path, status: int, words: str
) -> None:
    """A redirect, too: mail services follow none (RFC 8058)."""
    server.status = status
    with sending_by(tmp_path, "smtp://mail.example.org:25", server.server_port) as installation:
        assert words in find_unreachable(installation)


def test_nobody_there_is_told(tmp_path: Path) -> None:
    """The server was never started."""
    with sending_by(tmp_path, "sendgrid:", 1) as installation:
        found = find_unreachable(installation)

    assert "http://127.0.0.1:1/u/… does not answer (Connection refused)" in found
    assert "newsletter serve" in found


def test_a_server_that_is_silent_costs_seconds(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its operator waits, but not for ever."""
    monkeypatch.setattr("newsletter.usecases.reach_pages.TIMEOUT_SECONDS", 0.2)
    server.may_answer.clear()
    with sending_by(tmp_path, "smtps://mail.example.org", server.server_port) as installation:
        assert "does not answer within 0.2 s" in find_unreachable(installation)
