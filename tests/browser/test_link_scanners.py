"""Programs that open every link of a message, some with a whole browser, change nothing."""

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.served import Served, ask, find_links

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def links(served: Served, places: object) -> list[str]:
    """Return every link to us in a confirmation, an issue and a link to preferences."""
    addresses = ("reader-en@example.org", "asker-en@example.org")
    messages = [message for address in addresses for message in served.messages(address)]
    found = dict.fromkeys(url for message in messages for url in find_links(message))
    assert {part for url in found for part in ("/confirm/", "/u/", "/preferences/") if part in url}
    return list(found)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_asking_for_every_link_changes_nothing(
    served: Served, links: list[str], method: str
) -> None:
    """A confirmation that a scanner gives is no consent, and nobody leaves by being scanned."""
    before = served.fingerprint()

    statuses = {ask(method, url).status for url in links}

    assert statuses == {200}
    assert served.fingerprint() == before


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_opening_every_link_in_a_browser_changes_nothing(
    browser: "Browser", served: Served, links: list[str], has_script: bool
) -> None:
    """No page presses its own button."""
    before = served.fingerprint()
    context = browser.new_context(java_script_enabled=has_script)
    page = context.new_page()

    for url in links:
        page.goto(url, wait_until="networkidle")
    context.close()

    assert served.fingerprint() == before
