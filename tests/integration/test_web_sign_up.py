"""A reader's way through the pages, by HTTP: sign up, confirm, choose, leave, come back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.usecases.show_subscriber import show_subscriber
from subscribers.address import EmailAddress
from subscribers.subscription import State
from tests.integration.web_site import (
    BLOG,
    WebSite,
    find_hidden,
    find_link,
    open_site,
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    """Yield a newsletter with its worker running."""
    with open_site(tmp_path) as site, site.working():
        yield site


def confirm_link(site: WebSite, address: str) -> str:
    """Sign up, and return the path of the link in the message."""
    assert site.sign_up(address) == 303
    return find_link(site.wait_for_message(address), "/confirm/")


def state_of(site: WebSite, address: str) -> State:
    """Return a subscriber's state."""
    story = show_subscriber(site.installation, EmailAddress.parse(address))
    assert story.subscriber is not None
    return story.subscriber.state


def test_a_reader_signs_up_confirms_and_leaves(site: WebSite) -> None:
    """The whole way, each POST leading to a page that can be reloaded."""
    link = confirm_link(site, "kim@example.com")
    browser = site.browse()

    asked = browser.get(link)
    done = browser.post(link)

    assert asked.status_code == 200
    assert "kim@example.com" not in asked.text
    assert done.status_code == 303
    assert done.headers["location"] == "/confirmed"
    assert browser.get("/confirmed").status_code == 200
    assert state_of(site, "kim@example.com") is State.CONFIRMED
