"""What attackers send, and what comes of it: a page, a status, and nothing else."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.web_site import BLOG, ORIGIN, WebSite, find_hidden, find_link, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

EVIL = "https://evil.example"


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Yield a newsletter with nobody in it."""
    with open_site(tmp_path, **database_settings) as site:
        yield site


def count_outbox(site: WebSite) -> int:
    """Count what waits to be decided or sent."""
    return len(dict(site.list_rows())["outbox"])


@pytest.mark.parametrize(
    "address",
    [
        "kim@example.com\r\nBcc: lee@example.com",
        "kim@example.com\nSubject: Hello",
        "kim@example.com\0",
        "kim@example.com, lee@example.com",
        '"<script>"@example.com',
        "<kim@example.com>",
        "kim@[127.0.0.1]",
        "kim",
        "",
        "a" * 1000 + "@example.com",
    ],
)
def test_text_that_is_no_address_is_shown_again_and_never_used(site: WebSite, address: str) -> None:
    """422, the problem beside its field, and a title that begins with it."""
    browser = site.browse()

    answer = browser.post("/subscribe", data=site.fill_in(browser, address))

    assert answer.status_code == 422
    assert "<title>Error: Subscribe" in answer.text
    assert 'aria-describedby="email-problem"' in answer.text
    assert "<script>" not in answer.text
    assert count_outbox(site) == 0


def test_what_was_typed_is_escaped_where_it_is_shown(site: WebSite) -> None:
    """In the form that is shown again, and on the step-up page."""
    nasty = '"><script>alert(1)</script>'
    browser = site.browse()

    again = browser.post("/subscribe", data={"email": nasty, "name": nasty, "return_to": nasty})
    step = browser.post("/subscribe", data={"email": "kim@example.com", "name": nasty})

    assert "<script>" not in again.text
    assert "<script>" not in step.text
    assert find_hidden(step.text)["name"] == "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_name_with_a_line_break_is_refused(site: WebSite) -> None:
    """It would be a header of the confirmation, were it ever put there."""
    browser = site.browse()
    fields = site.fill_in(browser, "kim@example.com")

    answer = browser.post("/subscribe", data={**fields, "name": "Kim\0Bcc: lee@example.com"})

    assert answer.status_code == 422
    assert count_outbox(site) == 0


@pytest.mark.parametrize("path", ["/subscribe", "/preferences"])
def test_a_body_of_a_megabyte_is_refused_unread(site: WebSite, path: str) -> None:
    """Whether its length was announced or not."""
    browser = site.browse()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    announced = browser.post(path, data={"email": "a" * 1_000_000})
    streamed = browser.post(path, content=iter([b"email=", *[b"a" * 1000] * 1000]), headers=kind)

    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert "That was too much at once" in announced.text


def test_a_one_click_post_of_a_megabyte_still_gets_a_short_answer(site: WebSite) -> None:
    """Nobody is kept from leaving, and nobody is read to the end."""
    answer = site.browse().post("/u/guessed", content=b"a" * 1_000_000)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"email=kim%40example.com&name=%ff%fe", "application/x-www-form-urlencoded", 422),
        ("email=kím@example.com".encode("latin-1"), "application/x-www-form-urlencoded", 422),
        (b"&".join([b"a=1"] * 100), "application/x-www-form-urlencoded", 422),
        (b'{"email": "kim@example.com"}', "application/json", 415),
        (b"email=kim@example.com", "", 415),
        (b"--x\r\nnot multipart", "multipart/form-data; boundary=x", 422),
        (b"no boundary", "multipart/form-data", 422),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
    ],
)
def test_a_body_that_is_no_form_gets_a_page_that_says_so(
    site: WebSite, body: bytes, kind: str, status: int
) -> None:
    """Never a traceback, never a guess."""
    headers = {"Content-Type": kind} if kind else {}

    answer = site.browse().post("/subscribe", content=body, headers=headers)

    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert count_outbox(site) == 0


@pytest.mark.parametrize(
    "token", ["guessed", "A" * 44, "A" * 43, "%00", "a/b", "한글", "'--", "A" * 5000]
)
def test_a_guessed_token_gets_a_page_and_changes_nothing(site: WebSite, token: str) -> None:
    """404 for each page that is opened by one."""
    browser = site.browse()
    before = site.list_rows()
    paths = [f"/confirm/{token}", f"/u/{token}", f"/preferences/{token}"]

    looked = [browser.get(path).status_code for path in paths]
    pressed = [browser.post(path, data={}).status_code for path in paths]

    assert (looked, pressed) == ([404] * 3, [404] * 3)
    assert site.list_rows() == before


def test_an_altered_token_is_no_token(site: WebSite) -> None:
    """One letter is enough."""
    with site.working():
        site.sign_up("kim@example.com")
        site.wait_for_message("kim@example.com")
    link = find_link(site.list_messages("kim@example.com")[0], "/confirm/")
    altered = link[:-3] + ("A" if link[-3] != "A" else "B") + link[-2:]

    answers = [site.browse().post(path).status_code for path in (altered, link)]

    assert answers == [404, 303]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "weekly.example.org.evil.example",
        "evil.example:443",
        "",
        "weekly.example.org@x",
    ],
)
def test_a_forged_host_is_refused(site: WebSite, host: str) -> None:
    """Links are made from the base URL; a page for another name is none of ours (DNS rebinding)."""
    answer = site.browse().get("/subscribe", headers={"Host": host})

    assert answer.status_code == 400
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "host",
    ["weekly.example.org", "WEEKLY.example.org:8443", "localhost:8000", "127.0.0.1", "[::1]:80"],
)
def test_our_own_names_are_served(site: WebSite, host: str) -> None:
    """The base URL's, whatever the port, and those of this machine."""
    assert site.browse().get("/subscribe", headers={"Host": host}).status_code == 200


def test_a_cluster_may_ask_for_health_by_number(site: WebSite) -> None:
    """Its probes know no name."""
    assert site.browse().get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 404),
        ({"Sec-Fetch-Site": "none"}, 404),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": ORIGIN}, 404),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({}, 404),
    ],
)
def test_other_sites_cannot_press_our_buttons(
    site: WebSite, headers: dict[str, str], status: int
) -> None:
    """Fetch Metadata first, then Origin; 404 is what a guessed token gets behind the guard."""
    answer = site.browse(**headers).post("/confirm/guessed")

    assert answer.status_code == status


@pytest.mark.parametrize(
    "back",
    [
        EVIL,
        "//evil.example/",
        f"{BLOG}.evil.example/",
        f"{BLOG}@evil.example/",
        "javascript:alert(1)",
        f"{BLOG}\\@evil.example/",
        f"{BLOG}/\r\nSet-Cookie: a=b",
        "https://[evil",
        "/archive/",
    ],
)
def test_a_sign_up_leads_to_no_site_that_the_settings_do_not_name(site: WebSite, back: str) -> None:
    """An open redirect lends our name to others."""
    browser = site.browse()
    fields = {**site.fill_in(browser, "kim@example.com"), "return_to": back}

    answer = browser.post("/subscribe", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/sent")


def test_a_robot_that_fills_every_field_gets_the_usual_answer_and_no_message(
    site: WebSite,
) -> None:
    """It learns nothing, and nobody is written to."""
    browser = site.browse()
    fields = {**site.fill_in(browser, "kim@example.com"), "topic_hint": "cheap watches"}

    answer = browser.post("/subscribe", data=fields)

    assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/sent")
    assert count_outbox(site) == 0


def test_an_unknown_method_gets_a_page_that_names_the_known_ones(site: WebSite) -> None:
    """405, with Allow."""
    answer = site.browse().delete("/subscribe")

    assert answer.status_code == 405
    assert "This page cannot do that" in answer.text


@pytest.mark.databases("sqlite")
def test_a_mistake_of_ours_is_a_page_with_every_guard(
    site: WebSite, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the reader's language, and no word of what went wrong."""
    with site.installation.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE token")

    with caplog.at_level(logging.DEBUG):
        answer = site.browse(**{"Accept-Language": "ko"}).get("/confirm/secret-token-of-a-reader")

    assert answer.status_code == 500
    assert '<html lang="ko"' in answer.text
    assert "content-security-policy" in answer.headers
    assert "secret-token" not in answer.text
    ours = [each for each in caplog.records if each.name.split(".")[0] != "httpx2"]
    assert [each for each in ours if "secret-token" in each.getMessage()] == []


def test_what_a_stranger_claims_of_his_network_is_not_believed(site: WebSite) -> None:
    """Only the proxies of the settings write the truth into X-Forwarded-For."""
    statuses = [
        site.browse(f"198.51.{number}.1, 203.0.113.9")
        .post(
            "/subscribe",
            data=site.fill_in(site.browse(), f"kim{number}@example.com"),
        )
        .status_code
        for number in range(6)
    ]

    assert statuses == [303] * 5 + [429]
