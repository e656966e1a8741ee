"""What the pages tell strangers: one answer for every state, and nothing changes by looking."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.usecases.add_subscriber import add_subscriber
from newsletter.usecases.leave import leave
from newsletter.web.subscribe import ANSWER_SECONDS
from subscribers.address import EmailAddress
from subscribers.exchange.csv_import import ImportTerms
from subscribers.profile import Profile
from subscribers.store.subscribers import find_subscriber
from subscribers.store.suppressions import suppress
from subscribers.subscription import State
from subscribers.suppression import Suppression, SuppressionReason
from subscribers.tokens import make_token
from tests.integration.web_site import WebSite, find_link, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

STATES = ("unknown", "pending", "confirmed", "unsubscribed", "complained", "blocked")


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Yield a newsletter with nobody in it."""
    with open_site(tmp_path, **database_settings) as site:
        yield site


def make_person(site: WebSite, state: str, number: int = 0) -> str:
    """Bring an address into a state, and return it."""
    address = EmailAddress.parse(f"{state}-{number}@example.com")
    if state in {"complained", "blocked"}:
        is_complaint = state == "complained"
        reason = SuppressionReason.COMPLAINT if is_complaint else SuppressionReason.MANUAL
        digest = site.installation.keys.address_hash(address)
        with site.installation.database.write() as connection:
            suppress(connection, [Suppression(address_hash=digest, reason=reason, at_ms=0)])
    elif state != "unknown":
        known = State.PENDING if state == "pending" else State.CONFIRMED
        terms = ImportTerms(state=known, basis="paper", source="fair")
        add_subscriber(site.installation, address, Profile(), terms)
    if state == "unsubscribed":
        leave(site.installation, unsubscribe_token(site, address), source="page")
    return str(address)


def unsubscribe_token(site: WebSite, address: EmailAddress) -> str:
    """Return the token in a subscriber's issues."""
    with site.installation.database.read() as connection:
        person = find_subscriber(connection, site.installation.keys.address_hash(address))
    assert person is not None
    return make_token(site.installation.keys, "unsubscribe", person.public_id, context=0)


@pytest.mark.parametrize("path", ["/subscribe", "/preferences"])
def test_the_answer_is_the_same_for_every_state(site: WebSite, path: str) -> None:
    """Status, headers and body tell nobody whether a neighbour is subscribed."""
    answers = []
    for number, state in enumerate(STATES):
        address = make_person(site, state)
        browser = site.browse(f"198.51.{number}.1")
        answer = browser.post(path, data=site.fill_in(browser, address, path))
        page = browser.get(answer.headers["location"])
        answers.append((answer.status_code, dict(answer.headers), answer.text, page.text))

    assert answers == [answers[0]] * len(STATES)
    assert answers[0][0] == 303


def test_the_step_up_page_is_the_same_for_every_state(site: WebSite) -> None:
    """But for the address that was typed and the stamp."""
    pages = []
    for state in STATES:
        address = make_person(site, state)
        answer = site.browse().post("/subscribe", data={"email": address, "form": "embed"})
        text = answer.text.replace(address, "ADDRESS")
        pages.append(re.sub(r'(name="step" value=")[^"]+', r"\1", text))

    assert pages == [pages[0]] * len(STATES)
    assert "ADDRESS" in pages[0]


def test_the_answer_takes_as_long_for_every_state_and_for_a_request_that_is_not_heard(
    site: WebSite,
) -> None:
    """Interleaved, so that the machine's moods meet all of them alike."""
    measure(site, "first@example.com", "192.0.2.1")
    seconds: dict[str, list[float]] = {state: [] for state in (*STATES, "asked again", "honeypot")}
    for number in range(3):
        for place, state in enumerate(STATES):
            address = make_person(site, state, number)
            seconds[state].append(measure(site, address, f"198.51.{place}.1"))
        again = f"unknown-{number}@example.com"
        seconds["asked again"].append(measure(site, again, "198.51.100.1"))
        robot = measure(site, f"robot-{number}@example.com", "198.51.100.2", topic_hint="x")
        seconds["honeypot"].append(robot)
        site.clock.wait(minutes=10)

    # What else runs on the machine only ever adds to it.
    fastest = {state: min(each) for state, each in seconds.items()}
    print({state: f"{least * 1000:.1f} ms" for state, least in fastest.items()})
    assert min(fastest.values()) >= ANSWER_SECONDS
    assert max(fastest.values()) - min(fastest.values()) < 0.05


def measure(site: WebSite, address: str, network: str, **fields: str) -> float:
    """Sign up, and return how long the answer took, in seconds."""
    browser = site.browse(network)
    filled = {**site.fill_in(browser, address), **fields}
    began = time.perf_counter()
    status = browser.post("/subscribe", data=filled).status_code
    ended = time.perf_counter()
    assert status == 303
    return ended - began


def test_looking_at_pages_changes_nothing(site: WebSite) -> None:
    """Link scanners open every URL of a message, by GET and by HEAD, again and again."""
    with site.working():
        site.sign_up("kim@example.com")
        confirm = find_link(site.wait_for_message("kim@example.com"), "/confirm/")
        lee = EmailAddress.parse(make_person(site, "confirmed"))
        browser = site.browse()
        fields = site.fill_in(browser, str(lee), "/preferences")
        browser.post("/preferences", data=fields)
        preferences = find_link(site.wait_for_message(str(lee)), "/preferences/")
    leave_path = f"/u/{unsubscribe_token(site, lee)}"
    paths = [
        *["/", "/subscribe", "/subscribe/sent", "/embed", "/preferences", "/confirmed"],
        *[confirm, f"{confirm}/not-me", leave_path, f"{leave_path}/return"],
        *[f"{preferences}{path}" for path in ("", "/data", "/pause", "/address", "/leave")],
        f"{preferences}/erase",
    ]
    before = site.list_rows()

    statuses = {
        path: (browser.get(path).status_code, browser.head(path).status_code)
        for path in [*paths, *paths]
    }

    assert site.list_rows() == before
    assert set(statuses.values()) == {(200, 200), (405, 405)}
    assert [path for path, status in statuses.items() if status == (405, 405)] == [
        f"{leave_path}/return",
        *[f"{preferences}{path}" for path in ("/pause", "/address", "/leave", "/erase")],
    ]


def test_a_press_of_the_button_is_what_changes_something(site: WebSite) -> None:
    """The comparison of the test before can fail."""
    lee = EmailAddress.parse(make_person(site, "confirmed"))
    before = site.list_rows()

    site.browse().post(f"/u/{unsubscribe_token(site, lee)}")

    assert site.list_rows() != before


def test_no_page_sets_a_cookie_and_none_is_kept_by_caches(site: WebSite) -> None:
    """What one reader sees is for nobody else."""
    browser = site.browse()
    paths = ["/", "/subscribe", "/embed", "/preferences", "/no-such-page", "/u/guessed"]

    pages = [browser.get(path) for path in paths]

    assert [page.headers.get("set-cookie") for page in pages] == [None] * len(pages)
    assert {page.headers["cache-control"] for page in pages} == {"no-store"}
    assert {page.headers["referrer-policy"] for page in pages} == {"same-origin"}


@pytest.mark.parametrize(
    ("path", "header", "language"),
    [
        ("/subscribe", "", "en"),
        ("/subscribe", "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("/subscribe", "de-DE,de;q=0.9", "en"),
        ("/subscribe?lang=ko", "en", "ko"),
        ("/subscribe?lang=xx", "ko", "ko"),
        ("/no-such-page", "ko", "ko"),
    ],
)
def test_a_page_speaks_the_readers_language(
    site: WebSite, path: str, header: str, language: str
) -> None:
    """What was chosen goes before what the browser likes."""
    page = site.browse(**{"Accept-Language": header}).get(path)

    assert f'<html lang="{language}"' in page.text


def test_a_chosen_language_is_carried_on(site: WebSite) -> None:
    """By the links and the form, since there are no cookies."""
    browser = site.browse()
    page = browser.get("/subscribe?lang=ko")

    done = browser.post(
        "/subscribe?lang=ko", data=site.fill_in(browser, "kim@example.com", "/subscribe?lang=ko")
    )

    assert 'action="/subscribe?lang=ko"' in page.text
    assert 'href="/preferences?lang=ko"' in page.text
    assert done.headers["location"] == "/subscribe/sent?lang=ko"


def test_pages_live_below_the_path_of_the_base_url(tmp_path: Path) -> None:
    """A newsletter may be one folder of a site."""
    with open_site(tmp_path, newsletter__base_url="https://weekly.example.org/news") as site:
        browser = site.browse()

        page = browser.get("/news/subscribe")
        done = browser.post(
            "/news/subscribe",
            data=site.fill_in(browser, "kim@example.com", "/news/subscribe"),
            headers={"Sec-Fetch-Site": "cross-site"},
        )

        assert browser.get("/subscribe").status_code == 404
        assert 'action="/news/subscribe"' in page.text
        assert (
            browser.get(re.findall(r'href="(/news/assets/[^"]+)"', page.text)[0]).status_code == 200
        )
        assert (done.status_code, done.headers["location"]) == (303, "/news/subscribe/sent")
