"""A page is called what its makers call it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.articles.page_title import read_title


@pytest.mark.parametrize(
    ("page", "title"),
    [
        (
            '<meta property="og:title" content="Shared &amp; short"><title>Long | Site</title>',
            "Shared & short",
        ),
        ("<title>\n  Two\n  lines </title>", "Two lines"),
        ('<meta content="N" name="twitter:title"><title>T</title>', "N"),
        ('<meta property="og:title" content=" "><title>T</title>', "T"),
        ("<svg><title>Icon</title></svg><title>Page</title>", "Page"),
        ("<title>One</title><title>Two</title>", "One"),
        ("<title>Cut off", "Cut off"),
        ("<TITLE>Caps</TITLE>", "Caps"),
        ("<p>nothing", ""),
        ("", ""),
    ],
)
def test_the_title_is_what_is_shared_else_what_a_browser_shows(page: str, title: str) -> None:
    """Sites put their own name into the second."""
    assert read_title(page.encode()) == title


@pytest.mark.parametrize(
    ("content", "charset", "title"),
    [
        ("<title>한글</title>".encode("euc-kr"), "euc-kr", "한글"),
        ("<meta charset=euc-kr><title>한글</title>".encode("euc-kr"), "", "한글"),
        ("<title>한글</title>".encode(), "no-such-charset", "한글"),
        (b"<title>a</title>", "hex", "a"),
        (b"<title>\xff</title>", "", "\ufffd"),
    ],
)
def test_it_is_read_in_its_charset(content: bytes, charset: str, title: str) -> None:
    """Many Korean pages are not in UTF-8."""
    assert read_title(content, charset) == title


@given(st.binary(max_size=300), st.sampled_from(["", "utf-16", "utf-7", "idna", "euc-kr"]))
def test_any_bytes_give_one_line(content: bytes, charset: str) -> None:
    """The web holds everything."""
    assert "\n" not in read_title(b"<title>" + content, charset)
