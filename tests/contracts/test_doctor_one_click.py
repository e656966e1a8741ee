"""One-click unsubscription, looked at where it is right, and with each fault of RFC 8058."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from newsletter.doctor.base_url import examine_reach
from newsletter.doctor.clock import Reading, examine_clock, read_date
from newsletter.doctor.one_click import ask_one_click, examine_one_click
from tests.contracts.smtp_servers import find_free_port

NOON_MS = 1_769_860_800_000
Answers = Mapping[str, tuple[int, Mapping[str, str], bytes]]
GOOD: Answers = {
    "GET": (200, {"Content-Type": "text/html"}, b"<button>Unsubscribe</button>"),
    "POST": (200, {"Content-Type": "text/plain"}, b"You are unsubscribed.\n"),
}


@contextmanager
def serving(answers: Answers) -> Iterator[tuple[str, list[bytes]]]:
    """Answer by method; yield a link, and what is posted."""
    posted: list[bytes] = []

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if length := int(self.headers.get("Content-Length", 0)):
                posted.append(self.rfile.read(length))
            status, headers, body = answers[self.command]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/u/nobody", posted
        finally:
            server.shutdown()
            thread.join()


def look(answers: Answers) -> dict[str, str]:
    """Look at pages that answer so; give the findings but for the missing encryption."""
    with serving(answers) as (link, _):
        examination = examine_one_click(ask_one_click(link))
    found = {finding.rule: finding.message for finding in examination.findings}
    assert found.pop("one-click-unencrypted").endswith("is not https")
    return found


def test_a_mail_services_post_is_made_as_the_standard_says() -> None:
    """RFC 8058 section 3.2: this very body, and nothing is wrong with such answers."""
    with serving(GOOD) as (link, posted):
        ask_one_click(link)

    assert posted == [b"List-Unsubscribe=One-Click"]
    assert look(GOOD) == {}


@pytest.mark.parametrize(
    ("method", "answer", "rule", "words"),
    [
        (
            "POST",
            (302, {"Location": "https://www.example.org/"}, b""),
            "one-click-redirected",
            "answered 302",
        ),
        ("POST", (404, {}, b""), "one-click-refused", "another newsletter.key"),
        ("POST", (403, {}, b"Forbidden"), "one-click-refused", "answered 403"),
        ("POST", (200, {"Set-Cookie": "a=b"}, b"done"), "one-click-cookie", "sets a cookie"),
        ("GET", GOOD["POST"], "one-click-looking", "just like a POST"),
        ("GET", (301, {"Location": "/"}, b""), "one-click-looking", "answered 301"),
    ],
)
def test_what_the_standard_forbids_is_told(
    method: str, answer: tuple[int, Mapping[str, str], bytes], rule: str, words: str
) -> None:
    """Each alone."""
    found = look({**GOOD, method: answer})

    assert list(found) == [rule]
    assert words in found[rule]


def test_nobody_there_is_told() -> None:
    """Readers could not leave."""
    examination = examine_one_click(ask_one_click(f"http://127.0.0.1:{find_free_port()}/u/nobody"))

    assert "one-click-silent" in {finding.rule for finding in examination.findings}


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("https://weekly.kim.dev", False),
        ("https://weekly.kim.dev/news", False),
        ("https://weekly.example.org", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", True),
        ("https://10.1.2.3", True),
        ("https://notexample.org", False),
    ],
)
def test_a_base_url_that_no_reader_can_reach_is_told(url: str, is_told: bool) -> None:
    """This machine, a private network, an example."""
    rules = [finding.rule for finding in examine_reach(url).findings]

    assert rules == (["pages-local"] if is_told else [])


def test_clocks_that_differ_are_told_from_whose() -> None:
    """A minute is what slow answers and whole seconds may make."""
    database = Reading("the database", NOON_MS + 61_000, NOON_MS)
    pages = read_date("the pages", "Sat, 31 Jan 2026 11:59:01 GMT", now_ms=NOON_MS)
    assert pages is not None

    good = examine_clock([pages], now_ms=NOON_MS)
    bad = examine_clock([database, pages], now_ms=NOON_MS)

    assert good.findings == ()
    [finding] = bad.findings
    assert finding.rule == "clock-off"
    assert finding.message == "this machine's clock is 61 s behind the database"
    assert examine_clock([], now_ms=NOON_MS).is_skipped


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 31 Foo 2026", "1 Jan 99999 00:00:00 GMT"])
def test_a_date_that_is_none_is_no_clock(date: str) -> None:
    """A server may write anything."""
    assert read_date("the pages", date, now_ms=NOON_MS) is None
