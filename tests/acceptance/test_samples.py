"""The main job on real newsletters, in a folder beside the checkout.

Where the folder is absent, `conftest.py` leaves this file out.
"""

import html
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from tests.acceptance.weekly import Weekly, check_sum, read_part

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
ARTICLE = SAMPLES / "article-weekly-30.md"


def squeeze(text: str) -> str:
    """Take white space away, since a mail is wrapped where its source is not."""
    return re.sub(r"\s", "", text)


def list_headings(markdown: str) -> list[str]:
    """List the headings of a source without any code of the product."""
    return re.findall(r"^#+ +(.*?) *$", markdown, re.MULTILINE)


def list_links(markdown: str) -> list[str]:
    """List the addresses of all links of a source without any code of the product."""
    parser = MarkdownIt("commonmark", {"linkify": True}).enable("linkify")
    children = [child for token in parser.parse(markdown) for child in token.children or ()]
    return [str(child.attrs["href"]) for child in children if child.type == "link_open"]


@pytest.fixture
def article(weekly: Weekly) -> tuple[str, str, str]:
    """Send the long article; return its source and both parts of one message."""
    source = ARTICLE.read_text("utf-8")
    weekly.write_issue(source, "article-weekly-30")
    weekly.run("send", "article-weekly-30", "--yes")
    message = weekly.messages()["kim@example.org"]
    return source, read_part(message, "html"), read_part(message, "plain")


def test_every_heading_is_in_both_parts(article: tuple[str, str, str]) -> None:
    """A reader of either part finds every section."""
    source, page, text = article

    headings = [squeeze(heading) for heading in list_headings(source)]

    words = squeeze(html.unescape(re.sub(r"<[^>]*>", "", page)))
    assert len(headings) == 12
    assert [heading for heading in headings if heading not in words] == []
    assert [heading for heading in headings if heading not in squeeze(text)] == []


def test_every_link_is_in_both_parts(article: tuple[str, str, str]) -> None:
    """Links are what a weekly is for."""
    source, page, text = article

    links = [unquote(link) for link in list_links(source)]

    targets = {unquote(html.unescape(link)) for link in re.findall(r'href="([^"]*)"', page)}
    assert len(links) == 12
    assert [link for link in links if link not in targets] == []
    assert [link for link in links if squeeze(link) not in squeeze(unquote(text))] == []


@pytest.mark.parametrize("file", sorted(SAMPLES.rglob("*.md")), ids=lambda file: file.stem)
def test_a_real_newsletter_reaches_everyone(weekly: Weekly, file: Path) -> None:
    """Front matter of many tools, five languages, and whatever else people write."""
    weekly.write_issue(file.read_bytes(), "sample")
    rendered = weekly.run("render", "sample", "--out", str(weekly.folder / "out"), "--json")
    slug = rendered.document["issue"]

    answer = weekly.run("send", slug, "--yes", "--json")

    assert answer.code == 0, answer.err
    check_sum(answer.document)
    assert answer.document["sent"] == 3
    assert len(weekly.messages()) == 3
