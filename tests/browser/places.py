"""Every page a reader can come to, each opened the way readers come to it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tests.acceptance.served import (
    PERSON_SECONDS,
    SLUG,
    Served,
    ask,
    fetch_stamp,
    find_links,
    send_form,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page


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
    asked = send_form(served, "/subscribe", f"asker-{language}@example.org", language, stamp)
    confirmation = find_links(asked, "/confirm/")[0]
    told = send_form(served, "/preferences", reader, language, preferences_stamp)
    preferences = find_links(told, "/preferences/")[0]

    def at(url: str) -> "Callable[[Page], None]":
        full = url if url.startswith("http") else served.url + url

        def open_it(page: "Page") -> None:
            page.goto(f"{full}?lang={language}")

        return open_it

    def submit(path: str, address: str) -> "Callable[[Page], None]":
        def fill_in(page: "Page") -> None:
            page.goto(f"{served.url}{path}?lang={language}")
            page.locator("#email").fill(address)
            with page.expect_navigation():
                # What a browser would not let pass is for the server to refuse.
                page.locator("form").first.evaluate("form => form.submit()")

        return fill_in

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
