"""Signing up by the API without a token: the form's rules, and one answer for everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.usecases.suppress_addresses import suppress_address
from subscribers.address import EmailAddress
from subscribers.suppression import SuppressionReason
from tests.integration.web_site import WebSite, find_link, open_site

PATH = "/api/v1/sign-up"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    """Open a site."""
    with open_site(tmp_path, web__proof_of_work="off") as site:
        yield site


def sign_up(site: WebSite, address: str, network: str = "203.0.113.7", **more: Any) -> Any:
    """Sign up as a page of somebody's own does."""
    browser = site.browse(network)
    stamp = browser.get(PATH).json()["stamp"]
    site.clock.wait(seconds=5)
    return browser.post(PATH, json={"email": address, "stamp": stamp, **more})


def count_asked(site: WebSite) -> int:
    """Count what waits for the worker."""
    return len(dict(site.list_rows())["outbox"])


def test_a_sign_up_is_confirmed_by_mail(site: WebSite) -> None:
    """The evidence holds the wording that the program was given to show."""
    with site.working():
        asked = sign_up(site, "kim@example.org", tags=["python", "not offered"], language="ko")
        message = site.wait_for_message("kim@example.org")

    site.browse().post(find_link(message, "/confirm/"))

    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    rows = dict(site.list_rows())
    assert [row[1] for row in rows["tag"]] == ["python"]
    assert site.browse().get(f"{PATH}?lang=ko").json()["wording"] in repr(rows["wording"])


def test_the_answer_is_the_same_whatever_is_known(site: WebSite) -> None:
    """Nobody learns whether somebody is subscribed, suppressed, or asked a minute ago."""
    suppress_address(
        site.installation,
        EmailAddress.parse("no@example.org"),
        SuppressionReason.COMPLAINT,
        source="test",
    )
    sign_up(site, "asked@example.org", "203.0.112.1")

    answers = [
        sign_up(site, address, f"198.51.{n}.1")
        for n, address in enumerate(["new@example.org", "no@example.org", "asked@example.org"])
    ]

    headers = [dict(each.headers) for each in answers]
    assert {(each.status_code, each.content) for each in answers} == {(202, b'{"status":"asked"}')}
    assert headers[0] == headers[1] == headers[2]


@pytest.mark.parametrize("stamp", ["", "x", "A" * 44])
def test_without_a_stamp_of_ours_a_person_presses_once_more(site: WebSite, stamp: str) -> None:
    """A robot that never asked for the form sends no message; the button's answer does."""
    body = {"email": "kim@example.org", "stamp": stamp}
    browser = site.browse()

    refused = browser.post(PATH, json=body)
    before = count_asked(site)
    passed = browser.post(PATH, json={**body, "step": refused.json()["step"]})
    again = browser.post(PATH, json={**body, "step": refused.json()["step"]})

    assert refused.json()["type"].endswith(":one-more-step")
    assert (refused.status_code, before) == (429, 0)
    assert (passed.status_code, count_asked(site)) == (202, 1)
    assert again.status_code == 429


def test_what_no_person_sees_is_filled_in_by_robots(site: WebSite) -> None:
    """The same field as the form's, and the same answer as for a person."""
    asked = sign_up(site, "robot@example.org", topic_hint="all of them")

    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    assert count_asked(site) == 0


def test_haste_is_no_persons(site: WebSite) -> None:
    """As in the form: two seconds at the least."""
    browser = site.browse()
    stamp = browser.get(PATH).json()["stamp"]

    answer = browser.post(PATH, json={"email": "kim@example.org", "stamp": stamp})

    assert (answer.status_code, count_asked(site)) == (429, 0)


def test_form_and_api_share_their_limits(site: WebSite) -> None:
    """Else whoever is stopped at one would go on at the other."""
    for number in range(5):
        assert site.sign_up(f"reader{number}@example.org") == 303

    answer = sign_up(site, "another@example.org")

    assert answer.json()["type"].endswith(":one-more-step")


def test_a_page_of_another_site_cannot_post_from_a_browser(site: WebSite) -> None:
    """A form there could send text, which is no JSON, and a script has to ask first."""
    browser = site.browse()

    by_form = browser.post(PATH, content=b"{}", headers={"Content-Type": "text/plain"})
    preflight = browser.options(PATH, headers={"Access-Control-Request-Method": "POST"})

    assert (by_form.status_code, preflight.status_code) == (415, 405)


def test_looking_at_what_a_form_needs_changes_nothing(site: WebSite) -> None:
    """A GET, like every other."""
    before = site.list_rows()

    site.browse().get(PATH)

    assert site.list_rows() == before
