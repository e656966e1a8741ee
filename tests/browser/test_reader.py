"""A reader's life in a real browser, by keyboard only, with and without JavaScript."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.served import PERSON_SECONDS, SLUG, Served, ask, find_links

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@dataclass(frozen=True)
class Words:
    """What buttons and headings are called in a language."""

    subscribe: str
    sent: str
    confirm: str
    confirmed: str
    unsubscribed: str


WORDS = {
    "en": Words(
        "Subscribe",
        "Look into your inbox",
        "Yes, subscribe me",
        "You are subscribed",
        "You are unsubscribed",
    ),
    "ko": Words(
        "구독하기",
        "메일함을 확인해 주세요",
        "네, 구독합니다",
        "구독이 시작되었습니다",
        "구독이 해지되었습니다",
    ),
}


@pytest.fixture(params=[("en", True), ("ko", False)], ids=["en-script", "ko-no-script"])
def reader(request: pytest.FixtureRequest, browser: "Browser") -> "Iterator[tuple[Page, str]]":
    """Yield a page of a new browser, and the language of whoever sits before it."""
    language, has_script = request.param
    context = browser.new_context(locale=language, java_script_enabled=has_script)
    yield context.new_page(), language
    context.close()


def tab_to(page: "Page", name: str) -> None:
    """Press Tab until the focus is on the element with that label or text."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        labels = focused.evaluate(
            "each => [each.innerText, each.name, ...[...each.labels || []].map(l => l.innerText)]"
        )
        if any(label and label.startswith(name) for label in labels):
            return
    raise AssertionError(f"Tab never comes to {name}")


def sign_up(page: "Page", url: str, address: str, words: Words) -> None:
    """Fill in the form as a person would, by keyboard."""
    page.goto(f"{url}/subscribe")
    tab_to(page, "email")
    page.keyboard.type(address)
    page.keyboard.press("Tab")
    page.keyboard.type("Kim")
    page.wait_for_timeout(PERSON_SECONDS * 1000)
    tab_to(page, words.subscribe)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=words.sent).wait_for()


def press(page: "Page", url: str, button: str) -> None:
    """Open a page and press its button."""
    page.goto(url)
    tab_to(page, button)
    page.keyboard.press("Enter")


def test_a_reader_comes_reads_leaves_and_comes_back(
    reader: "tuple[Page, str]", served: Served, request: pytest.FixtureRequest
) -> None:
    """The whole way, as it is promised to everybody."""
    page, language = reader
    words = WORDS[language]
    address = f"kim-{request.node.callspec.id}@example.org"

    sign_up(page, served.url, address, words)
    [confirmation] = served.wait_for_messages(address, 1)
    assert served.state_of(address) == "pending"
    press(page, find_links(confirmation, "/confirm/")[0], words.confirm)
    page.get_by_role("heading", level=1, name=words.confirmed).wait_for()
    assert served.state_of(address) == "confirmed"

    served.run("send", SLUG, "--yes", "--add-new", "--json")
    issue = served.wait_for_messages(address, 2)[1]
    assert "Kim" in str(issue.get_body(("plain",)))
    one_click = str(issue["List-Unsubscribe"]).partition(">")[0].removeprefix("<")
    assert issue["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ask("POST", one_click, {"List-Unsubscribe": "One-Click"}).status == 200
    assert served.state_of(address) == "unsubscribed"
    page.goto(find_links(issue, "/u/")[0])
    assert page.get_by_role("heading", level=1).inner_text() == words.unsubscribed

    served.let_limits_pass()
    sign_up(page, served.url, address, words)
    again = served.wait_for_messages(address, 3)[2]
    press(page, find_links(again, "/confirm/")[0], words.confirm)
    page.get_by_role("heading", level=1, name=words.confirmed).wait_for()
    assert served.state_of(address) == "confirmed"
    assert "/confirm/" not in served.log.replace("/confirm/…", "")
    served.let_limits_pass()
