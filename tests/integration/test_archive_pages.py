"""The archive as readers, feed readers, caches and search engines meet it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from newsletter.issues.load import load_issue
from newsletter.rendering.render import render_edition
from newsletter.usecases.add_subscriber import add_subscriber
from newsletter.usecases.choose_segment import choose_segment
from newsletter.usecases.control_issue import Control, control_issue
from newsletter.usecases.forecast_send import SendRequest, forecast_send
from newsletter.usecases.send_issue import send_issue
from newsletter.usecases.send_test import send_test
from newsletter.web.archive.static_files import build_static_archive
from subscribers.address import EmailAddress
from subscribers.exchange.csv_import import ImportTerms
from subscribers.profile import Profile
from subscribers.subscription import State
from tests.integration.web_site import ORIGIN, WebSite, find_link, open_site

pytestmark = pytest.mark.databases("sqlite", "postgresql")

ATOM = "{http://www.w3.org/2005/Atom}"
TEXT = """\
+++
title = "For {{ subscriber.name or 'all' }}: spring & <b>"
date = 2026-01-05T08:00:00Z
language = "en"
+++

Hello {{ subscriber.name or "reader" }}, your address is {{ subscriber.email }}.

[Leave]({{ unsubscribe_url }}) · ![a wren](https://example.org/wren.png)

## One

| bird | seen |
| ---- | ---: |
| wren |   12 |
"""
KOREAN = """\
+++
title = "봄"
date = 2026-01-12T08:00:00Z
language = "ko"
+++

꽃이 피었습니다.
"""


@pytest.fixture
def site(tmp_path: Path, database_settings: dict[str, str]) -> Iterator[WebSite]:
    """Yield a newsletter with one reader."""
    with open_site(tmp_path, **database_settings) as made:
        add_reader(made, "kim@example.org")
        yield made


def add_reader(site: WebSite, address: str) -> None:
    """Add somebody called Kim who has confirmed, with the tag ``rust``."""
    terms = ImportTerms(state=State.CONFIRMED, basis="asked", source="a test")
    profile = Profile(name="Kim", tags=frozenset({"rust"}))
    add_subscriber(site.installation, EmailAddress.parse(address), profile, terms)


def publish(site: WebSite, text: str, slug: str, *, tag: str = "", accept: bool = False) -> None:
    """Send an issue to everyone, or to everyone with a tag."""
    request = write_request(site, text, slug, tag=tag, accept=accept)
    send_issue(site.installation, request, forecast_send(site.installation, request))


def write_request(
    site: WebSite, text: str, slug: str, *, tag: str = "", accept: bool = False
) -> SendRequest:
    """Write an issue's file, and ask to send it."""
    newsletter = site.installation.settings.newsletter
    file = site.folder / "issues" / f"{slug}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    issue = load_issue(file, newsletter=newsletter)
    edition = render_edition(issue, newsletter=newsletter)
    return SendRequest(
        issue=issue,
        edition=edition,
        segment=choose_segment(site.installation, tag=tag),
        accept_changes=accept,
        add_new=accept,
    )


def test_an_issue_is_shown_without_what_belongs_to_one_reader(site: WebSite) -> None:
    """Fields take their defaults or are left out, and the link to leave leads to nobody's."""
    publish(site, TEXT, "spring")

    page = site.browse().get("/archive/spring").text

    assert "Kim" not in page
    assert "kim@example.org" not in page
    assert "<h1>For all: spring &amp; &lt;b&gt;</h1>" in page
    assert "Hello reader, your address is ." in page
    assert f'<a href="{ORIGIN}/preferences">Leave</a>' in page
    assert '<td style="text-align:right">12</td>' in page


def test_a_message_leads_to_its_page(site: WebSite) -> None:
    """The link "view in browser"."""
    publish(site, TEXT, "spring")
    [message] = site.list_messages("kim@example.org")

    assert site.browse().get(find_link(message, "/archive/")).status_code == 200


def test_an_issue_has_the_day_that_its_author_wrote(site: WebSite) -> None:
    """As its messages have it, though it was still yesterday in the newsletter's time zone."""
    publish(site, TEXT.replace("05T08:00:00Z", "05T08:00:00+09:00"), "spring")
    browser = site.browse()

    assert (
        '<time datetime="2026-01-05">5 January 2026</time>' in browser.get("/archive/spring").text
    )
    assert '<time datetime="2026-01-05"' in browser.get("/archive/").text
    assert "2026-01-05" in browser.get("/archive/spring.txt").text


def test_the_page_says_to_others_what_it_is(site: WebSite) -> None:
    """Open Graph, a canonical address, the feed."""
    publish(site, KOREAN, "spring-ko")

    page = site.browse().get("/archive/spring-ko").text

    assert '<html lang="ko"' in page
    assert '<meta property="og:title" content="봄">' in page
    assert f'<link rel="canonical" href="{ORIGIN}/archive/spring-ko">' in page
    assert '<meta property="og:description" content="꽃이 피었습니다.">' in page
    assert '<time datetime="2026-01-12">2026년 1월 12일</time>' in page


def test_no_language_of_the_browser_changes_a_page(site: WebSite) -> None:
    """A cache may keep one page for everyone."""
    publish(site, KOREAN, "spring-ko")
    english = site.browse(**{"Accept-Language": "en"})

    assert (
        english.get("/archive/spring-ko").content
        == site.browse().get("/archive/spring-ko?lang=en").content
    )


@pytest.mark.parametrize(
    "path",
    [
        "/archive/",
        "/archive/spring",
        "/archive/spring.txt",
        "/archive/feed.xml",
        "/sitemap.xml",
        "/robots.txt",
    ],
)
def test_what_is_known_is_not_sent_again(site: WebSite, path: str) -> None:
    """Feed readers ask every hour."""
    publish(site, TEXT, "spring")
    browser = site.browse()
    first = browser.get(path)
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]

    assert browser.get(path, headers={"If-None-Match": f'"x", W/{etag}'}).status_code == 304
    assert browser.get(path, headers={"If-Modified-Since": date}).status_code == 304
    other = {"If-None-Match": '"x"', "If-Modified-Since": date}
    assert browser.get(path, headers=other).status_code == 200
    assert browser.get(path, headers={"If-Modified-Since": "yesterday"}).status_code == 200
    assert browser.head(path).headers["ETag"] == etag


def test_the_feed_has_whole_issues_the_newest_first(site: WebSite) -> None:
    """A feed reader shows them without coming here."""
    publish(site, KOREAN, "spring-ko")
    publish(site, TEXT, "spring")

    feed = ET.fromstring(site.browse().get("/archive/feed.xml").content)  # noqa: S314 - ours

    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "봄",
        "For all: spring & <b>",
    ]
    assert [entry.findtext(f"{ATOM}published") for entry in entries] == [
        "2026-01-12T08:00:00Z",
        "2026-01-05T08:00:00Z",
    ]
    assert "Hello reader" in str(entries[1].findtext(f"{ATOM}content"))
    assert entries[0].findtext(f"{ATOM}id") == f"{ORIGIN}/archive/spring-ko"


def test_the_sitemap_names_every_issue(site: WebSite) -> None:
    """Search engines find it by robots.txt."""
    publish(site, TEXT, "spring")
    browser = site.browse()

    assert f"<loc>{ORIGIN}/archive/spring</loc>" in browser.get("/sitemap.xml").text
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in browser.get("/robots.txt").text
    assert "Disallow: /u/" in browser.get("/robots.txt").text


def test_what_was_meant_for_a_tag_is_named_nowhere(site: WebSite) -> None:
    """It opens for whoever has the link, and asks search engines to stay away."""
    publish(site, TEXT, "patrons", tag="rust")
    browser = site.browse()

    page = browser.get("/archive/patrons")

    assert page.status_code == 200
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.text
    for path in ("/archive/", "/archive/feed.xml", "/sitemap.xml"):
        assert "patrons" not in browser.get(path).text


def test_a_test_send_is_never_published(site: WebSite) -> None:
    """It is no issue yet."""
    request = write_request(site, TEXT, "spring")

    send_test(site.installation, request.edition, [EmailAddress.parse("me@example.org")])

    assert site.browse().get("/archive/spring").status_code == 404
    assert "Nothing was sent yet" in site.browse().get("/archive/").text


def test_a_correction_is_shown_and_the_date_stays(site: WebSite) -> None:
    """`--accept-changes` says that the new text is the one that counts."""
    publish(site, TEXT, "spring")
    add_reader(site, "lee@example.org")
    site.clock.wait(minutes=5)

    publish(site, TEXT.replace("wren |", "tit |"), "spring", accept=True)

    page = site.browse().get("/archive/spring").text
    assert "<td>tit</td>" in page
    assert '<time datetime="2026-01-05">' in page


def test_a_cancelled_issue_stays_for_whoever_got_it(site: WebSite) -> None:
    """Their messages have a link to it; nobody else is told."""
    add_reader(site, "lee@example.org")
    request = replace(write_request(site, TEXT, "spring"), limit=1)
    send_issue(site.installation, request, forecast_send(site.installation, request))

    control_issue(site.installation, "spring", Control.CANCEL)

    browser = site.browse()
    assert browser.get("/archive/spring").headers["X-Robots-Tag"] == "noindex"
    assert "/archive/spring" not in browser.get("/archive/").text


def test_an_issue_cannot_run_or_load_anything_but_images(site: WebSite) -> None:
    """Twice: nothing else is let through, and the browser is told so."""
    publish(site, TEXT.replace("## One", "<script>alert(1)</script>\n\n## One"), "spring")

    page = site.browse().get("/archive/spring")

    policy = page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "default-src 'none'" in policy
    assert "img-src 'self' data: https: http:" in policy
    assert "script-src 'self'" in policy


def test_the_files_of_a_static_archive_are_what_the_server_answers(
    site: WebSite, tmp_path: Path
) -> None:
    """Byte for byte; a second build finds nothing to do."""
    publish(site, TEXT, "spring")
    publish(site, KOREAN, "spring-ko")
    folder = tmp_path / "public"

    first = build_static_archive(site.installation, folder)
    second = build_static_archive(site.installation, folder)

    assert (first.changed, second.changed) == (len(first.files), 0)
    assert first.files == second.files
    browser = site.browse()
    for file in first.files:
        path = "/" + file.relative_to(folder).as_posix().removesuffix("index.html")
        served = path if path == "/archive/" else path.rstrip("/")
        assert browser.get(served).content == file.read_bytes(), path


def test_a_static_archive_has_every_file_that_its_pages_refer_to(
    site: WebSite, tmp_path: Path
) -> None:
    """Nothing answers for what is missing, when files are all there is."""
    publish(site, TEXT, "spring")
    folder = tmp_path / "public"

    build_static_archive(site.installation, folder)

    page = (folder / "archive" / "spring" / "index.html").read_text("utf-8")
    named = set(re.findall(r'href="/(assets/[^"]+)"', page))
    assert len(named) == 3
    assert {path for path in named if not (folder / path).is_file()} == set()


def test_an_archive_below_a_path_refers_to_it(tmp_path: Path) -> None:
    """The base URL may be a part of another site."""
    with open_site(tmp_path, newsletter__base_url="https://weekly.example.org/news") as site:
        add_reader(site, "kim@example.org")
        publish(site, TEXT, "spring")
        browser = site.browse()

        page = browser.get("/news/archive/spring").text
        style = page.partition('<link rel="stylesheet" href="')[2].partition('"')[0]

        assert browser.get(style).status_code == 200
        assert 'href="/news/archive/"' in page
        assert "https://weekly.example.org/news/archive/spring" in page
        assert "Disallow: /news/u/" in browser.get("/news/robots.txt").text
