"""Every page a reader can come to, each opened the way readers come to it."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from tests.browser.served import SLUG, Served, find_links

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: A form that comes back sooner was not filled in by a person.
PERSON_SECONDS = 2.1


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: str


def ask(method: str, url: str, fields: Mapping[str, str] | None = None) -> Answer:
    """Send one request as a program would: no cookie, no redirect followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
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


def post(served: Served, path: str, address: str, language: str, stamp: str) -> EmailMessage:
    """Send a form as a patient program would; return the message that comes of it."""
    served.let_limits_pass()
    before = len(served.messages(address))
    fields = {"email": address, "language": language, "form": "page", "stamp": stamp}
    assert ask("POST", f"{served.url}{path}?lang={language}", fields).status == 303
    return served.wait_for_messages(address, before + 1)[-1]


def list_places(
    served: Served, languages: Sequence[str]
) -> Mapping[str, Mapping[str, "Callable[[Page], None]"]]:
    """Bring a newsletter to where it has every page; return how each is opened, by language."""
    readers = [
        f"{who}-{language}@example.org" for who in ("reader", "gone") for language in languages
    ]
    served.import_people(readers)
    served.run("send", SLUG, "--yes")
    stamps = [fetch_stamp(served, path) for path in ("/subscribe", "/preferences")]
    time.sleep(PERSON_SECONDS)
    return {language: _list_in(served, language, *stamps) for language in languages}


def _list_in(
    served: Served, language: str, stamp: str, preferences_stamp: str
) -> Mapping[str, "Callable[[Page], None]"]:
    reader = f"reader-{language}@example.org"
    leave = find_links(served.messages(reader)[0], "/u/")[0]
    left = find_links(served.messages(f"gone-{language}@example.org")[0], "/u/")[0]
    assert ask("POST", left, {}).status == 200
    asked = post(served, "/subscribe", f"asker-{language}@example.org", language, stamp)
    confirmation = find_links(asked, "/confirm/")[0]
    told = post(served, "/preferences", reader, language, preferences_stamp)
    preferences = find_links(told, "/preferences/")[0]

    def at(url: str) -> "Callable[[Page], None]":
        full = url if url.startswith("http") else served.url + url

        def open_it(page: "Page") -> None:
            page.goto(f"{full}?lang={language}")

        return open_it

    def submit(path: str, address: str) -> "Callable[[Page], None]":
        def send_form(page: "Page") -> None:
            page.goto(f"{served.url}{path}?lang={language}")
            page.locator("#email").fill(address)
            with page.expect_navigation():
                # What a browser would not let pass is for the server to refuse.
                page.locator("form").first.evaluate("form => form.submit()")

        return send_form

    return {
        "home": at("/"),
        "subscribe": at("/subscribe"),
        "subscribe-problem": submit("/subscribe", "nobody"),
        "one-more-step": submit("/subscribe", f"hasty-{language}@example.org"),
        "sent": at("/subscribe/sent"),
        "embedded": at("/embed"),
        "embedded-sent": at("/embed/sent"),
        "confirm": at(confirmation),
        "not-me": at(f"{confirmation}/not-me"),
        "confirmed": at("/confirmed"),
        "address-confirmed": at("/confirmed/address"),
        "disowned": at("/disowned"),
        "expired": at("/confirm/0123456789"),
        "leave": at(leave),
        "left": at(left),
        "ask-for-preferences": at("/preferences"),
        "preferences-sent": at("/preferences/sent"),
        "preferences": at(preferences),
        "erased": at("/erased"),
        "archive": at("/archive/"),
        "issue": at(f"/archive/{SLUG}"),
        "no-such-page": at("/nowhere"),
    }
