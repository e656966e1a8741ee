"""The operator's page by HTTP: who gets in, what a button needs, and how a session ends."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsletter.operators import password
from newsletter.operators.sessions import IDLE_MS, LIFE_MS
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.look_around import list_actions
from newsletter.usecases.manage_operators import add_operator, remove_operator, sign_out_operator
from newsletter.web.desk.sign_in import NAME, NETWORK
from tests.contracts.sends import add_people, plan_issue
from tests.integration.web_site import WebSite, find_hidden, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

PASSWORD = "three words in a row"
SLUG = "issue-30"
PAGES = (
    "/desk/",
    f"/desk/issues/{SLUG}",
    f"/desk/issues/{SLUG}/pause",
    "/desk/errors",
    "/desk/held",
    "/desk/readers",
    "/desk/readers?by=week",
    "/desk/reader",
    "/desk/actions",
    "/desk/sessions",
)


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Yield a newsletter with an operator, and an issue that is being sent to two people."""
    with open_site(tmp_path, **database_settings) as site:
        add_operator(site.installation, "kim", PASSWORD)
        with site.installation.database.write() as connection:
            add_people(connection, 2)
            plan_issue(connection, SLUG)
        yield site


def try_sign_in(browser: TestClient, typed: str = PASSWORD, name: str = "kim") -> int:
    """Fill the form in as a browser does; return the status."""
    stamp = find_hidden(browser.get("/desk/sign-in").text)["stamp"]
    fields = {"name": name, "password": typed, "stamp": stamp}
    return browser.post("/desk/sign-in", data=fields).status_code


def sign_in(site: WebSite, network: str = "203.0.113.7") -> TestClient:
    """Return a browser that is signed in."""
    browser = site.browse(network)
    assert try_sign_in(browser) == 303
    return browser


def state_of(site: WebSite) -> IssueState:
    """Tell where the issue stands."""
    with site.installation.database.read() as connection:
        return plan.get_orders(connection, 1).state


def test_without_operators_there_is_no_desk(tmp_path: Path) -> None:
    """Who does not use it has nothing that could be attacked."""
    with open_site(tmp_path) as site:
        browser = site.browse()

        answers = [browser.get(path).status_code for path in ("/desk/sign-in", *PAGES)]
        posted = browser.post("/desk/sign-in", data={"name": "kim", "password": PASSWORD})

    assert set(answers) == {404}
    assert posted.status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_not_signed_in_is_led_to_the_form(site: WebSite, path: str) -> None:
    """No page tells a stranger anything."""
    answer = site.browse().get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")


@pytest.mark.parametrize("path", PAGES)
def test_whoever_is_signed_in_sees_it_and_nothing_keeps_it(site: WebSite, path: str) -> None:
    """Neither a proxy nor the browser's own memory."""
    answer = sign_in(site).get(path)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_the_cookie_is_for_this_host_and_for_no_script(site: WebSite) -> None:
    """And the readers' pages set none."""
    browser = site.browse()
    stamp = find_hidden(browser.get("/desk/sign-in").text)["stamp"]

    answer = browser.post(
        "/desk/sign-in", data={"name": "kim", "password": PASSWORD, "stamp": stamp}
    )

    [cookie] = answer.headers.get_list("set-cookie")
    name, *attributes = cookie.lower().split("; ")
    assert re.fullmatch(r"__host-desk=[a-z0-9_-]{43}", name)
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= set(attributes)
    assert "set-cookie" not in browser.get("/subscribe").headers


@pytest.mark.parametrize(
    ("name", "typed"),
    [("kim", "three words in a raw"), ("lee", PASSWORD), ("", ""), ("kim", "")],
)
def test_a_wrong_name_and_a_wrong_password_get_one_answer(
    site: WebSite, name: str, typed: str
) -> None:
    """Nobody learns from it which names there are."""
    browser = site.browse()

    status = try_sign_in(browser, typed, name)

    assert status == 422
    assert browser.cookies.get("__Host-desk") is None
    assert browser.get("/desk/").status_code == 303


def test_guessing_is_slow_by_network_and_by_name(site: WebSite) -> None:
    """The right password gets in no more, until the time has passed."""
    browser = site.browse("198.51.100.1")
    guesses = [try_sign_in(browser, "a wrong password") for _ in range(NETWORK.burst)]
    other = site.browse("198.51.100.2"), site.browse("192.0.2.1")

    blocked = try_sign_in(other[0])
    elsewhere = [try_sign_in(other[1], "wrong") for _ in range(NAME.burst - NETWORK.burst)]
    by_name = try_sign_in(site.browse("203.0.113.9"))
    site.clock.wait(minutes=1)
    later = try_sign_in(site.browse("203.0.113.9"))

    assert set(guesses) == {422}
    assert blocked == 429
    assert set(elsewhere) == {422}
    assert (by_name, later) == (429, 303)


def test_a_flood_of_passwords_is_sent_away_and_readers_are_served(site: WebSite) -> None:
    """Each comparison takes a thread and 64 MB; whoever comes too many is not waited for."""
    browser = site.browse()
    with ExitStack() as flood:
        for _ in range(8):
            flood.enter_context(password._IN_LINE)
        busy = try_sign_in(browser)
        served = browser.get("/subscribe").status_code

    assert (busy, served, try_sign_in(browser)) == (503, 200, 303)


def test_a_sign_in_gives_a_new_session_and_ends_the_one_before(site: WebSite) -> None:
    """A token that was planted, or left on the machine, is worth nothing afterwards."""
    browser = sign_in(site)
    before = browser.cookies["__Host-desk"]
    old = site.browse()
    old.cookies.set("__Host-desk", before)
    # A second tab still shows the form.
    stamp = find_hidden(site.browse().get("/desk/sign-in").text)["stamp"]

    fields = {"name": "kim", "password": PASSWORD, "stamp": stamp}
    assert browser.post("/desk/sign-in", data=fields).status_code == 303

    assert browser.cookies["__Host-desk"] != before
    assert browser.get("/desk/").status_code == 200
    assert old.get("/desk/").status_code == 303


@pytest.mark.parametrize("way", ["page", "button", "sign-out", "remove", "idle", "old"])
def test_a_session_that_was_ended_is_over_at_once(site: WebSite, way: str) -> None:
    """By its owner, by another session, by the command line, and by itself."""
    browser, other = sign_in(site), sign_in(site, "192.0.2.1")
    page = other.get("/desk/sessions").text
    number = re.findall(r'name="session" value="(\d+)"', page)[-1]

    match way:
        case "page":
            fields = {**find_hidden(page), "session": number}
            assert other.post("/desk/sessions", data=fields).status_code == 303
        case "button":
            fields = find_hidden(browser.get("/desk/").text)
            assert browser.post("/desk/sign-out", data=fields).status_code == 303
        case "sign-out":
            assert sign_out_operator(site.installation, "kim") == 2
        case "remove":
            remove_operator(site.installation, "kim")
        case "idle":
            site.clock.ms += IDLE_MS
        case "old":
            for _ in range(LIFE_MS // (IDLE_MS // 2)):
                site.clock.ms += IDLE_MS // 2
                browser.get("/desk/")

    answer = browser.get("/desk/", headers={"Accept": "text/html"})
    assert answer.status_code in {303, 404}
    assert "Issues" not in answer.text


def test_a_page_that_renews_itself_does_not_prolong_the_session(site: WebSite) -> None:
    """A screen that nobody looks at ends, also while an issue is being sent."""
    browser = sign_in(site)

    for _ in range(4):
        site.clock.ms += IDLE_MS // 4
        status = browser.get("/desk/?renews=").status_code

    assert status == 303


@pytest.mark.parametrize(
    "path",
    [f"/desk/issues/{SLUG}/cancel", "/desk/sessions", "/desk/sign-out", "/desk/reader"],
)
def test_a_button_needs_the_stamp_of_its_own_session(site: WebSite, path: str) -> None:
    """Neither none, nor another session's, nor that of a form for strangers."""
    browser, other = sign_in(site), sign_in(site, "192.0.2.1")
    strangers = find_hidden(site.browse().get("/desk/sign-in").text)["stamp"]
    others = find_hidden(other.get("/desk/").text)["stamp"]

    answers = [
        browser.post(path, data={"session": "1", "email": "kim@example.org", **fields}).status_code
        for fields in ({}, {"stamp": strangers}, {"stamp": others}, {"stamp": "x" * 44})
    ]

    assert answers == [403] * 4
    assert state_of(site) is IssueState.SENDING
    assert browser.get("/desk/").status_code == 200


def test_another_site_can_press_no_button(site: WebSite) -> None:
    """Whatever it knows."""
    browser = sign_in(site)
    fields = find_hidden(browser.get(f"/desk/issues/{SLUG}/cancel").text)

    answer = browser.post(
        f"/desk/issues/{SLUG}/cancel", data=fields, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == 403
    assert state_of(site) is IssueState.SENDING


def test_looking_changes_nothing(site: WebSite) -> None:
    """No page acts when it is opened, and none when somebody asks for its button by GET."""
    browser = sign_in(site)
    before = site.list_rows()

    for path in (*PAGES, f"/desk/issues/{SLUG}/cancel", "/desk/sign-out"):
        browser.get(path)

    assert site.list_rows() == before


def test_an_issue_is_paused_resumed_and_cancelled_and_it_is_on_record(site: WebSite) -> None:
    """Under the operator's name, not that of the machine's user."""
    browser = sign_in(site)

    def press(control: str) -> int:
        path = f"/desk/issues/{SLUG}/{control}"
        return browser.post(path, data=find_hidden(browser.get(path).text)).status_code

    states = []
    for control in ("pause", "resume", "cancel"):
        assert press(control) == 303
        states.append(state_of(site))

    assert states == [IssueState.PAUSED, IssueState.SENDING, IssueState.CANCELLED]
    assert [(each.actor, each.kind.value) for each in list_actions(site.installation)[:3]] == [
        ("kim", "cancel"),
        ("kim", "resume"),
        ("kim", "pause"),
    ]
    assert browser.get(f"/desk/issues/{SLUG}/resume").status_code == 404


@pytest.mark.parametrize(
    "path", ["/desk/issues/none", f"/desk/issues/{SLUG}/explode", "/desk/issues/none/pause"]
)
def test_what_is_not_there_is_not_found(site: WebSite, path: str) -> None:
    """Whatever is typed into the address bar."""
    browser = sign_in(site)

    posted = browser.post(path, data=find_hidden(browser.get("/desk/").text))

    assert browser.get(path).status_code == 404
    assert posted.status_code in {404, 405}


def test_a_readers_story_is_told_without_an_address_in_a_url(site: WebSite) -> None:
    """The form posts; the answer is the page."""
    browser = sign_in(site)
    stamp = find_hidden(browser.get("/desk/reader").text)

    def ask(address: str) -> tuple[int, str]:
        answer = browser.post("/desk/reader", data={**stamp, "email": address})
        return answer.status_code, answer.text

    assert ask("nobody")[0] == 422
    assert ask("nobody@example.org")[0] == 404
    site_person = add_known(site)
    status, page = ask(site_person)
    assert status == 200
    assert "Not known when the issue was planned." in page


def add_known(site: WebSite) -> str:
    """Add somebody under the site's own keys, after the issue was planned; return the address."""
    site.clock.wait(minutes=1)
    assert site.sign_up("new@example.com") == 303
    with site.working():
        site.wait_for_message("new@example.com")
    return "new@example.com"


def test_hostile_words_are_shown_as_words(site: WebSite) -> None:
    """What a server says, and what a title holds, is text."""
    with site.installation.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE delivery SET status = 'failed', reply = '550 <script>alert(1)</script>'"
        )
        connection.exec_driver_sql("UPDATE issue SET title = '<img src=x onerror=alert(1)>'")
    browser = sign_in(site)

    pages = [browser.get(path).text for path in PAGES]

    assert [page for page in pages if "<script>alert" in page or "<img src=x" in page] == []
    assert "&lt;script&gt;" in pages[1]


def test_a_form_that_is_too_long_is_refused(site: WebSite) -> None:
    """Before anything of it is looked at, and whoever sends it."""
    long = {"email": "x" * 20_000}

    answers = [
        browser.post("/desk/reader", data=long) for browser in (sign_in(site), site.browse())
    ]

    assert [answer.status_code for answer in answers] == [413, 413]
