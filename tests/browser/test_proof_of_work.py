"""Where work is asked for, a browser does it unseen, and one without scripts has another way."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.served import Served, make_served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: A form that comes back sooner was not filled in by a person.
PERSON_SECONDS = 2.1


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yield a newsletter that asks every browser for a proof of work."""
    made = make_served(
        tmp_path_factory.mktemp("guarded") / "weekly",
        settings='\n[web]\nproof_of_work = "always"\n',
    )
    made.start()
    yield made
    assert made.stop() == 0, made.log


@pytest.fixture
def open_page(browser: "Browser") -> "Iterator[Callable[[bool], Page]]":
    """Return what opens a page of a new browser, with scripts or without."""
    contexts = []

    def open_page(has_scripts: bool) -> "Page":
        contexts.append(browser.new_context(locale="en", java_script_enabled=has_scripts))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def sign_up(page: "Page", guarded: Served, address: str) -> None:
    """Fill in the form as a person would, and press its button."""
    page.goto(f"{guarded.url}/subscribe")
    page.get_by_label("Email address").fill(address)
    page.wait_for_timeout(PERSON_SECONDS * 1000)
    page.get_by_role("button", name="Subscribe").click()


def test_a_browser_with_scripts_works_unseen(
    open_page: "Callable[[bool], Page]", guarded: Served
) -> None:
    """One press, as without any work; the solution of our script is right for our server."""
    page = open_page(True)

    sign_up(page, guarded, "script@example.org")

    page.get_by_role("heading", level=1, name="Look into your inbox").wait_for()
    assert guarded.wait_for_messages("script@example.org", 1)


def test_a_browser_without_scripts_has_one_more_button(
    open_page: "Callable[[bool], Page]", guarded: Served
) -> None:
    """Nobody is turned away for the browser he likes."""
    page = open_page(False)

    sign_up(page, guarded, "bare@example.org")
    page.get_by_role("heading", level=1, name="One more step").wait_for()
    page.get_by_role("button", name="Subscribe").click()

    page.get_by_role("heading", level=1, name="Look into your inbox").wait_for()
    assert guarded.wait_for_messages("bare@example.org", 1)


def test_a_step_that_is_sent_before_the_work_is_done_waits_for_it(
    open_page: "Callable[[bool], Page]", guarded: Served
) -> None:
    """And says so; the other site's form leads here without a stamp."""
    page = open_page(True)
    page.goto(f"{guarded.url}/subscribe")
    page.get_by_label("Email address").fill("hasty@example.org")

    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", level=1, name="One more step").wait_for()
    page.get_by_role("button", name="Subscribe").click()

    page.get_by_role("heading", level=1, name="Look into your inbox").wait_for()
    assert guarded.wait_for_messages("hasty@example.org", 1)


def test_a_mistake_takes_the_focus_and_leads_to_its_field(
    open_page: "Callable[[bool], Page]", guarded: Served
) -> None:
    """Screen readers say first what is wrong; nothing that was typed is lost."""
    page = open_page(False)
    page.goto(f"{guarded.url}/subscribe")
    page.get_by_label("Name").fill("Kim")
    # A browser's own check knows less than ours.
    page.get_by_label("Email address").fill("kim@localhost")

    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("alert").wait_for()

    assert page.title().startswith("Error: ")
    assert page.locator(":focus").get_attribute("role") == "alert"
    assert page.get_by_label("Name").input_value() == "Kim"
    page.get_by_role("alert").get_by_role("link").click()
    assert page.url.endswith("#email")
