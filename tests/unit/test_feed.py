"""Feeds of every kind, and what a feed cannot do to an issue."""

import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.articles.digest import write_digest, write_preheader
from newsletter.articles.feed import parse_feed
from newsletter.articles.feed_time import parse_time
from newsletter.articles.fetch import FetchError, Page
from newsletter.articles.html_summary import MAX_WORDS, summarise_html
from newsletter.articles.post import Post, clean_url
from newsletter.errors import UserError
from newsletter.issues.article import find_urls
from newsletter.issues.front_matter import split_front_matter
from newsletter.issues.skeleton import fill_skeleton
from newsletter.rendering.markdown import parse_markdown, read_tokens
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.usecases.read_source import read_feed
from tests.unit.test_skeleton import AT, PLANNED

FEEDS = Path(__file__).parents[1] / "corpus" / "feeds"
#: What Markdown, fields, shortcodes, conditions and front matter are written with.
TEXT = st.text(alphabet="ab1 한[]()*_~`#<>&;:!\\{}%^-+.=|?\n\"'$/@", max_size=40)
TAGS = ["p", "li", "ul", "ol", "blockquote", "b", "em", "code", "pre", 'a href="/x"', "br"]


def read(name: str) -> tuple[Post, ...]:
    """Read a feed of the corpus."""
    return parse_feed((FEEDS / name).read_bytes(), name=name).posts


def show(markdown: str) -> tuple[set[str], str]:
    """Return the kinds of blocks that a text makes, and its words."""
    tokens = parse_markdown(markdown)
    words = [read_tokens(each.children or ()) or each.content for each in tokens if each.content]
    kinds = {each.type.removesuffix("_open").removesuffix("_close") for each in tokens}
    return kinds, " ".join(" ".join(words).split())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "rss-2.xml",
            [
                ("Ropes & knots", "https://harbour.example.org/2026/ropes/?a=1&b=2", "Ida Lund"),
                (
                    'Fields such as {{ subscriber.name }} and {% if subscriber.has_tag("a") %}',
                    "https://harbour.example.org/2026/fields",
                    "Ida Lund",
                ),
                ("", "", ""),
                ("없는 날짜", "https://harbour.example.org/undated", ""),
            ],
        ),
        ("rss-1.rdf", [("Spring tide", "https://tides.example.org/spring", "Bo")]),
        (
            "atom.xml",
            [
                (
                    "Wicks < wax",
                    "https://lamp.example.org/blog/2026/wicks.html",
                    "Mina Park",
                ),
                ("Oil", "https://lamp.example.org/blog/oil", "Jo, Mina Park"),
            ],
        ),
        (
            "feed.json",
            [
                ("Two lines", "https://kites.example.org/two", "Lee"),
                ("One line", "https://elsewhere.example.org/one", "Kim"),
            ],
        ),
        ("empty.xml", []),
    ],
)
def test_each_kind_of_feed_tells_title_address_and_authors(
    name: str, expected: list[tuple[str, str, str]]
) -> None:
    """Links are relative to the feed, and entities are read."""
    posts = read(name)

    assert [(each.title, each.url, ", ".join(each.authors)) for each in posts] == expected


def test_a_summary_is_markdown_without_pictures_and_scripts() -> None:
    """Words, lists, emphasis and links come over."""
    post = read("rss-2.xml")[0]

    assert post.summary == (
        "A **bowline** holds; see [all knots](https://harbour.example.org/knots).\n\n- one\n- two"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("broken.xml", r"broken\.xml:3:\d+: this feed is broken: .*titel"),
        ("billion-laughs.xml", "declares entities"),
        ("other-file.xml", "declares entities"),
        ("page.html", r"not a feed; it names https://lamp\.example\.org/blog/atom\.xml"),
    ],
)
def test_what_is_no_feed_is_told_with_its_place(name: str, said: str) -> None:
    """Nothing is expanded and nothing is fetched."""
    with pytest.raises(UserError, match=said):
        read(name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"version": "1"}',
        b"<a/>",
        b"\xff\xfe<",
        b"{" + b'"a":{' * 9_000,
        b"<rss" + b"<a>" * 9_000,
    ],
)
def test_any_other_file_is_refused(content: bytes) -> None:
    """No traceback for a wrong address."""
    with pytest.raises(UserError, match=r"^x"):
        parse_feed(content, name="x")


def test_a_feed_in_another_encoding_is_read() -> None:
    """By its declaration, else by what the server says."""
    item = "<rss><channel><item><title>봄</title></item></channel></rss>"
    declared = f'<?xml version="1.0" encoding="euc-kr"?>{item}'.encode("euc-kr")

    titles = [
        parse_feed(declared, name="x").posts[0].title,
        parse_feed(item.encode("euc-kr"), name="x", charset="euc-kr").posts[0].title,
        parse_feed(item.encode("utf-16"), name="x").posts[0].title,
        parse_feed(b"\n\n" + item.encode(), name="x", charset="unheard-of").posts[0].title,
    ]

    assert titles == ["봄"] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 06 Jan 2026 09:30:00 +0100", datetime(2026, 1, 6, 8, 30, tzinfo=UTC)),
        ("Tue, 06 Jan 2026 09:30:00 EST", datetime(2026, 1, 6, 14, 30, tzinfo=UTC)),
        ("2026-01-06T09:30:00Z", datetime(2026, 1, 6, 9, 30, tzinfo=UTC)),
        ("2026-01-06", datetime(2026, 1, 6, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_times_of_mail_and_of_atom_are_read(text: str, expected: datetime | None) -> None:
    """A post whose date cannot be read has none."""
    assert parse_time(text) == expected


def test_a_feed_of_the_web_is_relative_to_where_it_was_found() -> None:
    """After all redirections."""
    rss = b"<rss><channel><item><title>A</title><link>a</link></item></channel></rss>"
    page = Page(content=rss, charset="utf-8", url="https://new.example.org/b/feed")

    found = read_feed("https://e.org/feed", fetch=lambda _url: page)

    assert found.posts[0].url == "https://new.example.org/b/a"


def test_a_feed_that_cannot_be_had_is_told_by_its_address() -> None:
    """The reason is the server's."""

    def refuse(_url: str) -> Page:
        raise FetchError("it answers 404")

    with pytest.raises(UserError, match=r"^https://e\.org/feed: it answers 404$"):
        read_feed("https://e.org/feed", fetch=refuse)


@given(TEXT, TEXT)
def test_any_text_of_a_feed_is_shown_as_it_is(title: str, words: str) -> None:
    """No heading, field, shortcode, condition, HTML or front matter comes in with it."""
    item = f"<title>{escape(title)}</title><description>{escape(escape(words))}</description>"
    feed = f"<rss><channel><item>{item}<link>https://e.org/</link></item></channel></rss>"
    post = parse_feed(feed.encode(), name="x").posts[0]

    template = (get_templates_folder() / "new" / "digest.md").read_text("utf-8")
    text = fill_skeleton(
        template,
        PLANNED,
        written_at=AT,
        digest=write_digest([post]),
        preheader=write_preheader([post]),
    )
    issue = split_front_matter(text, path=Path("x.md"))
    kinds, shown = show(issue.body)

    assert set(issue.entries) == {
        *("title", "date", "description", "authors", "tags", "series", "draft")
    }
    assert issue.entries["description"].value == post.title.replace("{{", "{ {")
    assert kinds <= {"heading", "paragraph", "inline"}
    # Fields and conditions are read where no backslash stands before their brace.
    assert not re.search(r"(?<!\\)\{", issue.body)
    assert "".join(shown.split()) == "".join(f"{post.title or post.url}{words}".split())


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.booleans(), TEXT), max_size=8))
def test_any_html_becomes_markdown_with_the_same_words(
    parts: list[tuple[str, bool, str]],
) -> None:
    """Broken HTML too, and nothing in it becomes more than lists, quotations and code."""
    html = "".join(
        f"<{'/' + tag.split()[0] if is_end else tag}>{escape(words)}"
        for tag, is_end, words in parts
    )

    kinds, shown = show(summarise_html(html, base="https://e.org/"))

    assert kinds <= {
        *("paragraph", "bullet_list", "ordered_list", "list_item", "blockquote", "inline", "fence")
    }
    assert "".join(shown.split()) == "".join("".join(words for *_, words in parts).split())


def test_a_whole_article_is_cut_to_a_summary() -> None:
    """Whoever wants more follows the link."""
    shown = summarise_html("<p>word </p>" * 500)

    assert len(shown.split()) == MAX_WORDS


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a b", "https://e.org/ab"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[", ""),
        ("x?{{ subscriber.email }}", "https://e.org/x?%7B%7Bsubscriber.email%7D%7D"),
        ("a_(b)", "https://e.org/a_%28b%29"),
    ],
)
def test_an_address_is_a_page_and_holds_no_field(url: str, expected: str) -> None:
    """A reader's address must not leave with a click."""
    assert clean_url(url, "https://e.org/") == expected


def test_urls_are_found_with_their_brackets_and_without() -> None:
    """A digest leaves out what an issue links already."""
    found = find_urls("[a](https://e.org/a_(b)), <https://e.org/c> and https://e.org/d/.")

    assert {"https://e.org/a_(b)", "https://e.org/c", "https://e.org/d/"} <= found


def test_what_is_left_to_do_cannot_end_its_comment() -> None:
    """The name of a file may hold anything."""
    text = write_digest([Post(title="A", place="--> {{ subscriber.name }}.md:1", gap="no URL")])

    assert text.startswith("## A\n\n<!-- TODO: no URL (")
    assert text.count("-->") == 1
