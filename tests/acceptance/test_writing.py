"""`newsletter new`, `add` and `list`: a weekly is put together."""

import re
from pathlib import Path

import pytest

from tests.acceptance.weekly import SLUG, Weekly

CORPUS = Path(__file__).parents[1] / "corpus"
LAST = """\
+++
title = "Article Weekly, Issue 30"
date = 2024-07-29
authors = ["Ji-Hoon Kim"]
series = ["Article Weekly"]
+++

## Period

`2024-07-21` ~ `2024-07-27`
"""


def write_last(weekly: Weekly) -> None:
    """Give the newsletter an issue of a series."""
    path = weekly.folder / "issues" / "article-weekly-30.md"
    path.write_text(LAST, encoding="utf-8")


def test_the_next_issue_carries_on_the_series(weekly: Weekly) -> None:
    """Number, file, authors and period come by themselves; it can be rendered at once."""
    write_last(weekly)

    begun = weekly.run("new", "--series", "article weekly", "--json").document

    path = Path(begun["file"])
    assert path == weekly.folder / "issues" / "article-weekly-31.md"
    assert begun["title"] == "Article Weekly, Issue 31"
    assert 'authors = ["Ji-Hoon Kim"]' in path.read_text("utf-8")
    assert re.search(r"`\d{4}-\d\d-\d\d` ~ `\d{4}-\d\d-\d\d`", path.read_text("utf-8"))
    assert weekly.run("render", "article-weekly-31", "--out", str(weekly.folder / "r")).code == 0


def test_an_issue_is_never_overwritten(weekly: Weekly) -> None:
    """The second call meets what the first one wrote, as the next number or not at all."""
    (weekly.folder / "issues" / "news-1.md").write_text("mine", encoding="utf-8")

    refused = weekly.run("new", "--series", "News")

    assert refused.code == 6
    assert (weekly.folder / "issues" / "news-1.md").read_text("utf-8") == "mine"


def test_a_template_can_be_ejected_and_changed(weekly: Weekly) -> None:
    """Every weekly has sections of its own."""
    ejected = Path(weekly.run("new", "--eject", "--json").document["file"])
    ejected.write_text("# {{ title }}\n\n## Mine\n", encoding="utf-8")

    begun = Path(weekly.run("new", "--series", "News", "--json").document["file"])
    again = weekly.run("new", "--eject")

    assert begun.read_text("utf-8") == "# News 1\n\n## Mine\n"
    assert again.code == 6


def test_a_template_there_is_not_is_told_with_those_there_are(weekly: Weekly) -> None:
    """Exit code 5, as for everything that is not found."""
    answer = weekly.run("new", "--template", "../weekly")

    assert answer.code == 5
    assert "templates: digest, letter, weekly" in answer.err


def test_an_article_comes_into_the_open_issue(weekly: Weekly) -> None:
    """The new issue is the newest that was not sent."""
    begun = Path(weekly.run("new", "--series", "News", "--json").document["file"])
    before = begun.read_text("utf-8")

    url = "https://example.org/a"
    added = weekly.run("add", url, "--title", "A *b*", "--note", "Good.", "--json").document
    again = weekly.run("add", url, "--title", "A *b*", "--json").document

    assert added == {
        "file": str(begun),
        "articles": [{"url": url, "title": "A *b*", "is_added": True, "problem": None}],
    }
    assert again["articles"][0]["is_added"] is False
    assert begun.read_text("utf-8") == before.replace(
        "## References\n", f"## A \\*b\\*\n\n- Good.\n\n## References\n\n- {url}\n"
    )


def test_a_page_that_may_not_be_asked_is_taken_by_its_url(weekly: Weekly) -> None:
    """And the author is told."""
    answer = weekly.run("add", "http://127.0.0.1:9/page")

    assert answer.code == 0
    assert "it is on a private network, and nothing there is asked" in answer.err
    text = (weekly.folder / "issues" / f"{SLUG}.md").read_text("utf-8")
    assert text.endswith("## http://127.0.0.1:9/page\n")


def test_text_that_is_no_page_is_a_mistake_of_the_call(weekly: Weekly) -> None:
    """Nothing is written for it."""
    answers = [
        weekly.run("add", text) for text in ("example.org/a", "ftp://example.org", "https://")
    ]

    assert [answer.code for answer in answers] == [2, 2, 2]
    assert "did you mean https://example.org/a?" in answers[0].err


def test_nothing_is_added_to_an_issue_that_was_sent(weekly: Weekly) -> None:
    """Its file would differ from what people have read."""
    weekly.send()

    answer = weekly.run("add", "https://example.org/a", "--title", "A")

    assert answer.code == 5
    assert "newsletter new" in answer.err


def test_issues_are_listed_with_their_states(weekly: Weekly) -> None:
    """The newest first; a broken one is on top and says why."""
    weekly.send()
    write_last(weekly)
    (weekly.folder / "issues" / "broken.md").write_text("+++\n", encoding="utf-8")

    listed = weekly.run("list", "--json").document["issues"]
    shown = weekly.run("list")

    assert [(issue["slug"], issue["state"]) for issue in listed] == [
        (None, "draft"),
        (SLUG, "sent"),
        ("article-weekly-30", "draft"),
    ]
    assert [line.split()[0] for line in shown.out.splitlines()] == [
        "state",
        "broken",
        "sent",
        "draft",
    ]
    assert "broken.md" in shown.err


def test_a_digest_of_a_feed_is_a_draft_that_can_be_sent(weekly: Weekly) -> None:
    """What is new since the last issue, without a fault."""
    feed = CORPUS / "feeds" / "rss-2.xml"

    begun = weekly.run("new", "--from-feed", str(feed), "--series", "News", "--json").document
    checked = weekly.run("check", "news-1", "--json").document

    text = Path(begun["file"]).read_text("utf-8")
    # The newest issue is of the fifth, at midnight.
    assert begun["since"].startswith("2026-01-05T00:00")
    assert [post["date"][:10] for post in begun["posts"] if post["date"]] == [
        *("2026-01-06", "2026-01-05")
    ]
    assert "draft = true" in text
    assert "## [Ropes & knots](https://harbour.example.org/2026/ropes/?a=1&b=2)" in text
    assert {each["rule"] for each in checked["issues"][0]["findings"]} <= {"postal-address"}


@pytest.mark.parametrize("theme", ["digest", "letter", "plain", "weekly"])
def test_a_digest_goes_with_every_theme(weekly: Weekly, theme: str) -> None:
    """Lists, quotations and code of somebody else, too."""
    settings = weekly.folder / "newsletter.toml"
    said = settings.read_text("utf-8")
    settings.write_text(said.replace("[newsletter]", f'[newsletter]\ntheme = "{theme}"'), "utf-8")
    weekly.run("new", "--from-site", str(CORPUS / "sites" / "hugo"), "--series", "News")

    rendered = weekly.run("render", "news-1", "--out", str(weekly.folder / "out"))

    assert rendered.code == 0, rendered.err
    assert "2026/01/spring-is-here/" in (weekly.folder / "out" / "news-1.html").read_text("utf-8")


def test_what_hugo_does_not_show_today_is_left_out(weekly: Weekly, tmp_path: Path) -> None:
    """A link to it would lead nowhere; and what waited for its day is new on that day."""
    posts = tmp_path / "site" / "content"
    posts.mkdir(parents=True)
    (tmp_path / "site" / "hugo.toml").write_text('baseURL = "https://hugo.example.org/"\n')
    for name, key in (
        ("Waits", "publishDate: 2999-01-01"),
        ("Gone", "expiryDate: 2026-01-02"),
        ("Waited", "publishDate: 2026-01-05"),
        ("Stays", "expiryDate: 2999-01-01"),
    ):
        (posts / f"{name}.md").write_text(
            f"---\ntitle: {name}\ndate: 2026-01-01\n{key}\n---\nText\n"
        )
    place = ("--from-site", str(tmp_path / "site"), "--json")

    begun = weekly.run("new", *place, "--since", "2025-12-01", "--series", "One").document
    later = weekly.run("new", *place, "--since", "2026-01-03", "--series", "Two")

    assert [post["title"] for post in begun["posts"]] == ["Waited", "Stays"]
    assert sorted(remark.rpartition(": ")[2] for remark in begun["remarks"]) == [
        "it has expired",
        "its date is in the future",
    ]
    assert "one-1.md links it already" in later.err


def test_what_an_issue_links_already_comes_no_second_time(weekly: Weekly) -> None:
    """A post without a date cannot be told from a new one otherwise."""
    feed = str(CORPUS / "feeds" / "rss-2.xml")
    weekly.run("new", "--from-feed", feed, "--series", "News")

    again = weekly.run("new", "--from-feed", feed, "--series", "News", "--since", "2026-01-01")

    assert again.code == 5
    assert "news-1.md links it already" in again.err
    assert not (weekly.folder / "issues" / "news-2.md").exists()


def test_a_digest_of_a_site_leaves_a_note_where_an_address_is_missing(weekly: Weekly) -> None:
    """`check` tells of it before anybody reads a heading that leads nowhere."""
    site = str(CORPUS / "sites" / "pelican")
    options = ("--series", "News", "--oldest-first", "--json")

    begun = weekly.run("new", "--from-site", site, *options).document
    checked = weekly.run("check", "news-1", "--json").document

    assert [post["url"] for post in begun["posts"]] == [
        "https://pelican.example.org/2026/birds/the-wrens-song/",
        None,
    ]
    assert "leftover" in {each["rule"] for each in checked["issues"][0]["findings"]}


def test_the_newest_posts_come_where_there_are_too_many(weekly: Weekly) -> None:
    """What was left out is told."""
    site = str(CORPUS / "sites" / "hugo")

    begun = weekly.run("new", "--from-site", site, "--limit", "2", "--json").document

    assert [post["title"] for post in begun["posts"]] == ["Small note", "A bundle"]
    assert "2 older ones are left out; --limit takes more" in begun["remarks"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--from-feed", "none.xml"), 5, "no such file"),
        (
            ("--from-feed", "http://127.0.0.1:1/feed"),
            1,
            "private network, and nothing there is asked. Saved to a file",
        ),
        (("--from-feed", str(CORPUS / "feeds" / "empty.xml")), 5, "nothing new"),
        (("--from-feed", "a", "--from-site", "b"), 2, "one at a time"),
        (("--since", "2026-01-01"), 2, "go with --from-feed"),
        (("--from-site", str(CORPUS / "sites" / "hugo"), "--since", "soon"), 2, "2026-01-05"),
        (("--from-site", str(CORPUS / "feeds")), 1, "looked for"),
        (("--from-site", str(CORPUS / "none")), 5, "no such folder"),
    ],
)
def test_what_gives_no_digest_is_told(
    weekly: Weekly, options: tuple[str, ...], code: int, said: str
) -> None:
    """And nothing is written."""
    before = sorted((weekly.folder / "issues").iterdir())

    answer = weekly.run("new", *options)

    assert (answer.code, said in answer.err) == (code, True), answer.err
    assert sorted((weekly.folder / "issues").iterdir()) == before
