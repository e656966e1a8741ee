"""`newsletter new`, `add` and `list`: a weekly is put together."""

import re
from pathlib import Path

from tests.acceptance.weekly import SLUG, Weekly

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
    assert "templates: letter, weekly" in answer.err


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
