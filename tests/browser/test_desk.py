"""The operator's page in a browser: by keyboard, without scripts, and as axe sees it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.acceptance.served import SLUG, Served, make_served
from tests.browser.test_accessibility import RULES, find_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "three words in a row"
KIM = "kim@example.org"
PAGES = {
    "issues": "/desk/",
    "issue": f"/desk/issues/{SLUG}",
    "pause": f"/desk/issues/{SLUG}/pause",
    "cancel": f"/desk/issues/{SLUG}/cancel",
    "errors": "/desk/errors",
    "held": "/desk/held",
    "readers": "/desk/readers",
    "by week": "/desk/readers?by=week",
    "one reader": "/desk/reader",
    "actions": "/desk/actions",
    "sessions": "/desk/sessions",
    "no such page": "/desk/issues/none",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yield a newsletter with an operator, whose issue is being sent with some trouble."""
    made = make_served(tmp_path_factory.mktemp("desk") / "weekly")
    made.import_people([KIM, *(f"reader{number}@example.org" for number in range(8))])
    made.run("send", SLUG, "--yes")
    password = made.folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    made.run("operators", "add", "kim", "--password-file", str(password))
    made.change("UPDATE issue SET state = 'sending', finished_at_ms = NULL")
    made.change(
        "UPDATE delivery SET status = 'failed', reply = '550 5.1.1 no such user'"
        " WHERE subscriber_id = 2"
    )
    made.change(
        "UPDATE delivery SET status = 'in_doubt', reply = 'the connection broke'"
        " WHERE subscriber_id = 3"
    )
    made.change("UPDATE delivery SET status = 'planned', reply = '' WHERE subscriber_id > 5")
    made.change(
        "INSERT INTO report (source, source_id, issue_id, subscriber_id, kind, bounce_class,"
        " occurred_at_ms, received_at_ms) VALUES ('mail', 'x', 1, 1, 'bounce', 'soft', 1, 1)"
    )
    made.start()
    yield made
    assert made.stop() == 0, made.log


def sign_in(page: "Page", desk: Served, language: str = "en") -> None:
    """Sign in as an operator does."""
    page.goto(f"{desk.url}/desk/sign-in?lang={language}")
    page.locator("#name").fill("kim")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/desk/*")
    # The limits of a network are for guessers; this one is all of these tests.
    desk.let_limits_pass()


@pytest.fixture
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    """Yield a browser of this test's own."""
    made = browser.new_context(reduced_motion="reduce")
    yield made
    made.close()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_page_has_a_violation(browser: "Browser", desk: Served, language: str) -> None:
    """In light and in dark, on a phone, in both languages."""
    context = browser.new_context(
        viewport={"width": 320, "height": 800}, locale=language, reduced_motion="reduce"
    )
    page = context.new_page()
    found: list[str] = []

    def look(name: str) -> None:
        page.emulate_media(color_scheme="light")
        found.extend(find_violations(page, name=name, rules={"type": "tag", "values": RULES}))
        page.emulate_media(color_scheme="dark")
        contrast = {"type": "rule", "values": ["color-contrast"]}
        found.extend(find_violations(page, name=f"{name}, dark", rules=contrast))
        width = page.evaluate("document.documentElement.scrollWidth")
        found.extend([f"{name}: {width} px wide"] if width > 320 else [])
        if page.locator("html").get_attribute("lang") != language:
            found.append(f"{name}: not in {language}")

    page.goto(f"{desk.url}/desk/sign-in?lang={language}")
    look("sign in")
    page.locator("#name").fill("kim")
    page.locator("#password").fill("not the password")
    page.locator("main button").click()
    look("wrong password")
    sign_in(page, desk, language)
    for name, path in PAGES.items():
        joint = "&" if "?" in path else "?"
        page.goto(f"{desk.url}{path}{joint}lang={language}")
        for fold in page.locator("details > summary").all():
            fold.click()
        look(name)
    page.goto(f"{desk.url}/desk/reader?lang={language}")
    page.locator("#email").fill(KIM)
    page.locator("main button").click()
    look("one reader's story")
    context.close()

    assert found == [], "\n".join(found)


def test_a_wrong_password_is_told_and_the_name_stays(
    context: "BrowserContext", desk: Served
) -> None:
    """Whoever mistyped one types one."""
    page = context.new_page()
    page.goto(f"{desk.url}/desk/sign-in")
    page.locator("#name").fill("kim")
    page.locator("#password").fill("not the password")

    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.locator("#name")).to_have_value("kim")
    expect(page.locator("#password")).to_have_value("")


def test_everything_works_without_scripts(browser: "Browser", desk: Served) -> None:
    """Sign in, hold an issue, let it go on, read a story, sign out."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, desk)

    page.get_by_role("link", name="Spring").first.click()
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("button", name="Yes, pause it").click()
    expect(page.locator(".facts").first).to_contain_text("paused")
    page.get_by_role("link", name="Resume").click()
    page.get_by_role("button", name="Yes, let it go on").click()
    expect(page.locator(".facts").first).to_contain_text("sending")
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("link", name="One reader").click()
    page.get_by_label("Address").fill(KIM)
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("reported: bounced, full, or out of order")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{desk.url}/desk/")

    expect(page).to_have_url(re.compile("/desk/sign-in$"))
    assert KIM not in desk.log
    context.close()


def test_everything_is_reached_by_keyboard(context: "BrowserContext", desk: Served) -> None:
    """Also a table that is wider than the screen, and the fold with the numbers of a chart."""
    page = context.new_page()
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{desk.url}/desk/sign-in")
    page.locator("#name").focus()
    page.keyboard.type("kim")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    desk.let_limits_pass()

    def press_tab_until(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.textContent.trim()"
            )
            if focused == text:
                return
        raise AssertionError(f"never came to {text!r}")

    press_tab_until("Readers")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/readers")
    press_tab_until("The same as a table")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Confirmed at its end")).to_be_visible()
    page.goto(f"{desk.url}/desk/actions")
    press_tab_until("What operators did")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert outline != "none"


def test_a_revoked_session_ends_with_the_next_click(
    context: "BrowserContext", desk: Served
) -> None:
    """By the command line, when a machine was lost."""
    page = context.new_page()
    sign_in(page, desk)

    desk.run("operators", "sign-out", "kim")
    page.get_by_role("link", name="Errors").click()

    expect(page).to_have_url(re.compile("/desk/sign-in"))


def test_a_running_issue_renews_itself(context: "BrowserContext", desk: Served) -> None:
    """Nobody has to reload the page to see how far it is."""
    page = context.new_page()
    sign_in(page, desk)
    page.goto(f"{desk.url}/desk/issues/{SLUG}")
    sent = page.locator("tr.sent .number").first
    expect(sent).to_have_text("3")

    desk.change("UPDATE delivery SET status = 'sent' WHERE subscriber_id = 6")

    expect(sent).to_have_text("4")
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1
    desk.change("UPDATE delivery SET status = 'planned' WHERE subscriber_id = 6")
