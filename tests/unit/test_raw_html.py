"""Raw HTML that is allowed: safe, balanced, and in the plain text too."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.markdown import parse_markdown, render_tokens
from newsletter.rendering.outline import SourceText, list_findings
from newsletter.rendering.plain_text import render_text_body


def render(markdown: str) -> str:
    """Render Markdown whose HTML is allowed."""
    return render_tokens(parse_markdown(markdown, allow_html=True))


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("a <b onclick='x'>b</b>", "<p>a <b>b</b></p>\n"),
        ("<sub>a</sub><br>b", "<p><sub>a</sub><br />\nb</p>\n"),
        ("a <a href='javascript:x'>b</a>", "<p>a <a>b</a></p>\n"),
        ("a <i>b *c", "<p>a <i>b *c</i></p>\n"),
        ("*a <b>c* d</b>", "<p><em>a <b>c</b></em> d</p>\n"),
        ("a</div></p>", "<p>a</p>\n"),
        ("<p style='color:#333333;position:fixed;background:url(x)'>a</p>",
         '<p style="color:#333333">a</p>'),
        ("<div>\n\n**a**\n\n</div>", "<div><p><strong>a</strong></p>\n</div>"),
        ("> <div>\n> a\n\nb", "<blockquote>\n<div>\na\n</div></blockquote>\n<p>b</p>\n"),
        ("<table><tr><td width=20>a</table>", '<table><tr><td width="20">a</td></tr></table>'),
        ("a <img src='x' alt='b' onerror='y'> c", '<p>a <img src="x" alt="b" /> c</p>\n'),
        ("a <span class=x>b</span>", '<p>a <span class="x">b</span></p>\n'),
        ("a <custom-thing>b</custom-thing>", "<p>a b</p>\n"),
    ],
)  # fmt: skip
def test_html_is_made_safe_and_balanced(markdown: str, page: str) -> None:
    """What is left of an element must not reach into the rest of the mail."""
    assert render(markdown) == page


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "a <script>alert(1)</script> b",
        "<style>p{color:red}</style>",
        "a <object data='x'>b</object>",
        "<form action=x>",
        "<input type=text>",
        "<svg onload=alert(1)>",
    ],
)
def test_what_no_mail_can_hold_is_left_out_and_told(markdown: str) -> None:
    """Clients would drop it, or the whole message."""
    tokens = parse_markdown(markdown, allow_html=True)

    page = render_tokens(tokens)

    assert re.search(r"script|alert|style|color|object|form|input|svg|onload", page) is None
    found = list_findings(tokens, SourceText(markdown))
    assert {each.rule for each in found} == {"raw-html-removed"}
    assert {each.line for each in found} == {1}


def test_the_plain_text_has_what_stands_in_html() -> None:
    """Both parts say the same."""
    markdown = (
        '<div><a href="https://e.example/a">one</a> <img src="https://e.example/i.png" alt="two">'
        "</div>\n\nthree <b>four</b><br>five"
    )

    text = render_text_body(parse_markdown(markdown, allow_html=True))

    assert text == (
        "one [1] [two] [2]\n\nthree *four*\nfive\n\n----------------\n"
        "[1] https://e.example/a\n[2] https://e.example/i.png\n"
    )


class Balance(HTMLParser):
    """Follows what is open; raises where an end does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        """Open an element."""
        self.open.append(tag)

    def handle_startendtag(self, _tag: str, _attrs: object) -> None:
        """Pass over an element that closes itself."""

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag


PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<div>\n", "</div>\n", "<p>", "</p>", "<a href='x'>", "</a>", "*", "**"),
        *("> ", "- ", "\n", "\n\n", "word ", "<table>\n", "<td>", "</table>\n", "<br>", "<hr>\n"),
        *("<script>", "</script>", "# ", "[", "](x)", "`", "<img src=x>", "<ul>\n", "<li>"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_any_html_comes_out_balanced(markdown: str) -> None:
    """One element left open takes the footer of the mail into itself."""
    balance = Balance()

    balance.feed(render(markdown))

    assert balance.open == []


def test_lists_rows_and_preformatted_words_keep_their_form_in_the_text() -> None:
    """A list without marks and a row in pieces cannot be read."""
    markup = (
        "<h2>H</h2>\n\n<ul><li>one<li>two</ul>\n\n<ol><li>a</li><li>b</li></ol>\n\n"
        "<table><tr><th>c<th>d</tr><tr><td>e<br>f</td><td>g</td></tr></table>\n\n"
        "<pre>h\n  i</pre>\n"
    )

    text = render_text_body(parse_markdown(markup, allow_html=True))

    assert text.strip().split("\n\n") == [
        "H\n-", "- one\n- two", "1. a\n2. b", "c | d\ne f | g", "    h\n      i",
    ]  # fmt: skip


def test_an_item_that_was_not_closed_does_not_hold_the_next() -> None:
    """HTML lets authors leave these ends out."""
    page = render_tokens(parse_markdown("<ul><li>a<ul><li>b</ul><li>c</ul>", allow_html=True))

    assert re.sub(r"\s", "", page) == "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"


def test_a_break_in_a_cell_does_not_end_its_row() -> None:
    """People who write tables in Markdown have no other way to break a line."""
    text = render_text_body(parse_markdown("| a | b |\n|---|---|\n| c<br>d | e |", allow_html=True))

    assert text.splitlines() == ["a   | b", "----+--", "c d | e"]
