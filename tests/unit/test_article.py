"""An article comes into an issue, and nothing else in the file changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.article import Article, has_url, insert_article
from newsletter.issues.escape import escape_title
from newsletter.rendering.markdown import parse_markdown, read_tokens

URL = "https://example.org/a"
WITH_REFERENCES = (
    "## Period\n\nx\n\n## References\n\n- https://example.org/0\n  - https://example.org/1\n"
)


def insert(text: str, *, title: str = "New", note: str = "") -> str:
    """Insert an article."""
    return insert_article(text, Article(url=URL, title=title, note=note))


def test_heading_goes_before_the_references_and_the_url_to_their_end() -> None:
    """The order of the references is that of the sections."""
    assert insert(WITH_REFERENCES) == (
        "## Period\n\nx\n\n## New\n\n## References\n\n"
        f"- https://example.org/0\n  - https://example.org/1\n- {URL}\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"## [New]({URL})\n"),
        ("text", f"text\n\n## [New]({URL})\n"),
        ("## References", f"## New\n\n## References\n\n- {URL}\n"),
        ("## References\n\n\n", f"## New\n\n## References\n\n- {URL}\n\n\n"),
        ("a\n## 참고 자료 ##\n* b\n\nc", f"a\n\n## New\n\n## 참고 자료 ##\n* b\n\nc\n* {URL}\n"),
        (
            "# References\n1. a\n9) b\n# End\n",
            f"# New\n\n# References\n1. a\n9) b\n10) {URL}\n# End\n",
        ),
        ("```\n## References\n```\n", f"```\n## References\n```\n\n## [New]({URL})\n"),
        ("## Links\r\n\r\n- a\r\n", f"## New\r\n\r\n## Links\r\n\r\n- a\r\n- {URL}\r\n"),
        ("\ufeff## Links\n- a", f"\ufeff## Links\n- a\n\n## [New]({URL})\n"),
    ],
)
def test_it_is_written_as_the_author_writes(text: str, expected: str) -> None:
    """Bullets, numbers, levels, line ends; code is no heading."""
    assert insert(text) == expected


@pytest.mark.parametrize(
    ("note", "written"),
    [
        ("Worth it.", "- Worth it.\n"),
        ("- one\n- two", "- one\n- two\n"),
        ("one\n\ntwo\n", "- one\n\n  two\n"),
    ],
)
def test_a_note_stands_below_the_heading(note: str, written: str) -> None:
    """As an item, like the others of a weekly."""
    assert f"## New\n\n{written}\n## References" in insert(WITH_REFERENCES, note=note)


def test_an_article_without_a_title_is_known_by_its_url() -> None:
    """The author writes a heading later."""
    assert insert("", title="") == f"## {URL}\n"


def test_front_matter_is_no_section() -> None:
    """A comment of TOML looks like a heading."""
    text = "+++\n# Links\n+++\na\n"

    inserted = insert_article(text, Article(url=URL, title="New"), body_line=4)

    assert inserted == f"{text}\n## [New]({URL})\n"


@pytest.mark.parametrize(
    ("text", "is_there"),
    [(f"- {URL}", True), (f"({URL})", True), (f"{URL}/b", False), (f"{URL}?c", False), ("", False)],
)
def test_a_url_is_found_whole(text: str, is_there: bool) -> None:
    """Another page of the same site is another article."""
    assert has_url(text, URL) is is_there


@given(st.text(alphabet="#-*1. \n\r\t`~ab참고references:+\u2028", max_size=200), st.booleans())
def test_every_line_of_the_author_stays_in_its_order(text: str, has_links: bool) -> None:
    """Lines are added, and one line end where the last line had none."""
    text = f"{text}\n## Links\n- a" if has_links else text

    inserted = insert(text, note="note")

    lines = iter(inserted.split("\n"))
    assert all(
        any(line.rstrip("\r") == each.rstrip("\r") for each in lines) for line in text.split("\n")
    )
    assert inserted.count(URL) == 1


@given(st.text(alphabet="ab 한[]()*_~`#<>&;:!\\{}%^-+.\n\u200d", max_size=40))
def test_a_title_of_the_web_is_shown_as_it_is(title: str) -> None:
    """No emphasis, link, footnote, field or code comes in from somebody else's page."""
    written = escape_title(title)

    tokens = parse_markdown(f"## x {written} x")

    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert read_tokens(tokens[1].children or ()) == " ".join(f"x {title} x".split())


def test_a_title_holds_no_field() -> None:
    """It would be filled with the reader's name."""
    assert "{{" not in escape_title("{{ subscriber.name }}{{{ a")


def test_an_endless_title_is_cut() -> None:
    """A page may call itself what it likes."""
    assert len(escape_title("a" * 5000)) == 300
