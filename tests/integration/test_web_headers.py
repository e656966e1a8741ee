"""What a page carries beside its text: what browsers may do with it, and when to come again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsletter.database import Database
from newsletter.web.app import create_app
from newsletter.web.gate import NETWORK_MOST
from newsletter.web.limits import build_key, take
from subscribers.tokens import make_token
from tests.integration.web_site import BLOG, ORIGIN, WebSite, open_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSite]:
    """Yield a newsletter with nobody in it."""
    with open_site(tmp_path) as site:
        yield site


def test_a_page_runs_and_loads_nothing_but_its_own(site: WebSite) -> None:
    """No inline script or style, nobody else's file, nobody else's frame."""
    page = site.browse().get("/subscribe")

    assert dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    ) == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "script-src": "'self'",
        "worker-src": "'self'",
        "form-action": f"'self' {BLOG}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in page.headers
    assert re.findall(r"<style|<script(?! type=\"module\" src=)| style=| on\w+=", page.text) == []


def test_a_logo_is_shown_from_its_own_site(tmp_path: Path) -> None:
    """And https is asked for where the operator says so."""
    logo = "https://cdn.example.org/logo.svg"
    with open_site(tmp_path, brand__logo=logo, web__hsts="true") as site:
        page = site.browse().get("/")

    assert f'<img class="logo" src="{logo}" alt="">' in page.text
    assert (
        "img-src 'self' data: https://cdn.example.org;" in page.headers["content-security-policy"]
    )
    assert page.headers["strict-transport-security"] == "max-age=31536000"


def test_style_and_scripts_are_kept_for_good_under_the_name_of_their_content(site: WebSite) -> None:
    """A changed one has another name."""
    browser = site.browse()
    page = browser.get("/subscribe")
    [name] = re.findall(r'href="(/assets/site-[0-9a-f]+\.css)"', page.text)

    style = browser.get(name)

    assert style.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert browser.get("/assets/site-000000000000.css").status_code == 404


def test_a_database_that_is_away_is_told_as_a_moment_to_wait(site: WebSite) -> None:
    """Mail services post again on a 503, and so nobody's click is lost."""
    away = replace(site.installation, database=Database("sqlite:////nowhere/at/all.db"))
    browser = TestClient(create_app(away), base_url=ORIGIN, raise_server_exceptions=False)
    token = make_token(away.keys, "unsubscribe", bytes(16))

    answer = browser.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert "Just a moment, please" in answer.text


def test_whoever_is_asked_to_come_later_is_told_when(site: WebSite) -> None:
    """The last limit of all: a hundred from one network in a day."""
    key = build_key(site.installation.keys, "sign-up network most", "203.0.113.0/24")
    with site.installation.database.write() as connection:
        for _ in range(NETWORK_MOST.burst):
            take(connection, key, NETWORK_MOST, now_ms=site.clock.ms)
    browser = site.browse()

    answer = browser.post("/subscribe", data=site.fill_in(browser, "kim@example.com"))

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3600"
    assert "Later, please" in answer.text


def test_a_slash_too_few_leads_on_by_the_path_alone(site: WebSite) -> None:
    """The proxy in front speaks HTTPS and we hear HTTP: a whole URL would lead to HTTP."""
    answer = site.browse().get("http://weekly.example.org:8000/archive")

    assert (answer.status_code, answer.headers["location"]) == (307, "/archive/")
