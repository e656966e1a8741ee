"""Pages behind links are asked for, politely, on a server of this machine."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from newsletter.checks.link import Link
from newsletter.checks.live_links import ask_links
from newsletter.rendering.finding import Finding

#: Path → status and where it leads.
ANSWERS = {
    "/here": (200, ""),
    "/gone": (410, ""),
    "/missing": (404, ""),
    "/broken": (500, ""),
    "/members": (403, ""),
    "/moved": (301, "/here"),
    "/moved-twice": (308, "/moved"),
    "/for-now": (302, "/here"),
    "/slash": (301, "/slash/"),
    "/slash/": (200, ""),
    "/to-missing": (301, "/missing"),
    "/round": (302, "/and-round"),
    "/and-round": (302, "/round"),
    "/elsewhere": (302, "ftp://example.org/x"),
    **{f"/step-{number}": (302, f"/step-{number + 1}") for number in range(20)},
}


@dataclass
class Site:
    """A site that remembers who asked."""

    url: str = ""
    methods: list[tuple[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def ask(self, *paths: str, timeout_seconds: float = 5.0) -> list[Finding]:
        """Ask for pages of the site, one link on each line."""
        links = [
            Link(target=f"{self.url}{path}", words="w", line=number, column=3)
            for number, path in enumerate(paths, start=1)
        ]
        return list(ask_links(links, user_agent="tester/1", timeout_seconds=timeout_seconds))


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve `ANSWERS` on a port of this machine."""
    site = Site()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            with lock:
                site.at_once += 1
                site.most_at_once = max(site.most_at_once, site.at_once)
                site.methods.append((self.command, self.path))
                site.agents.add(self.headers["User-Agent"])
            time.sleep(2 if self.path.startswith("/slow") else 0.02)
            status, location = ANSWERS.get(self.path, (200, ""))
            if self.path == "/get-only":
                status = 405 if self.command == "HEAD" else 200
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            # Whoever has the answer may ask for the next page at once.
            with lock:
                site.at_once -= 1
            self.end_headers()

        do_GET = do_HEAD = answer  # noqa: N815 - the base class calls them so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_that_is_there_is_not_spoken_of(site: Site) -> None:
    """HEAD is enough; the site learns who asks."""
    findings = site.ask("/here")

    assert findings == []
    assert site.methods == [("HEAD", "/here")]
    assert site.agents == {"tester/1"}


@pytest.mark.parametrize(
    ("path", "rule", "words"),
    [
        ("/missing", "link-dead", "answers 404"),
        ("/gone", "link-dead", "answers 410"),
        ("/to-missing", "link-dead", "answers 404"),
        ("/broken", "link-unreachable", "answers 500"),
        ("/members", "link-unasked", "answers 403"),
        ("/moved", "link-moved", "/here"),
        ("/moved-twice", "link-moved", "/here"),
        ("/round", "link-unreachable", "leads back to itself"),
        ("/step-0", "link-unreachable", "leads on more than 5 times"),
        ("/elsewhere", "link-unreachable", "ftp:"),
        ("/slow", "link-unreachable", "no answer within 0.3 seconds"),
    ],
)
def test_what_a_site_answers_becomes_a_finding_at_the_link(
    site: Site, path: str, rule: str, words: str
) -> None:
    """Gone for certain is an error; all else may have other reasons."""
    (finding,) = site.ask(path, timeout_seconds=0.3)

    assert (finding.rule, finding.line, finding.column) == (rule, 1, 3)
    assert words in finding.message


@pytest.mark.parametrize("path", ["/for-now", "/slash", "/get-only"])
def test_a_page_that_is_reached_in_the_end_is_fine(site: Site, path: str) -> None:
    """Led elsewhere for now, to the same page with a slash, or not answering HEAD."""
    findings = site.ask(path)

    assert findings == []


def test_nobody_answers(site: Site) -> None:
    """A name that is no host, a port where nothing listens."""
    dead = Link(target="http://127.0.0.1:9/x", words="w", line=1)

    (finding,) = ask_links([dead], user_agent="tester/1", timeout_seconds=2)

    assert finding.rule == "link-unreachable"
    assert "refused" in finding.message


def test_each_page_is_asked_for_once_and_two_at_a_time(site: Site) -> None:
    """A site is no more than visited."""
    paths = [f"/page-{number % 12}#part-{number}" for number in range(24)]

    findings = site.ask(*paths)

    assert findings == []
    assert set(Counter(site.methods).values()) == {1}
    assert len(site.methods) == 12
    assert site.most_at_once <= 2


def test_several_sites_are_asked_at_the_same_time(site: Site) -> None:
    """One that is slow keeps nobody waiting: each host has a limit of its own."""
    other_name = site.url.replace("127.0.0.1", "localhost")
    links = [
        Link(target=f"{url}/slow?{number}", words="w", line=1)
        for url in (site.url, other_name)
        for number in range(2)
    ]

    list(ask_links(links, user_agent="tester/1", timeout_seconds=1.5))

    assert site.most_at_once == 4


def test_a_site_that_answers_drop_by_drop_does_not_hold_us_up() -> None:
    """Each byte would begin the time-out of a socket anew."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()

        link = Link(target=url, words="w", line=1, column=1)
        (finding,) = ask_links([link], user_agent="tester/1", timeout_seconds=0.3)

    assert finding.rule == "link-unreachable"
    assert "no answer within 0.3 seconds" in finding.message
    assert time.monotonic() - began < 3


def drip(server: socket.socket) -> None:
    """Answer one connection with a header that hardly grows, for 5 seconds."""
    connection, _ = server.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)


def test_what_is_no_page_is_not_asked_for() -> None:
    """Mail addresses, places in the issue, data."""
    links = [
        Link(target=target, words="w", line=1)
        for target in ("mailto:kim@example.org", "#s1", "data:image/png;base64,AA", "http://[")
    ]

    findings = list(ask_links(links, user_agent="tester/1"))

    assert findings == []
