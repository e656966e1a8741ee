"""Inlining keeps the head of the page and every word of its body."""

import pytest

from newsletter.errors import RenderError
from newsletter.rendering.inliner import inline_styles, read_page

HEAD = """<style type="text/css">@import url(x.css); @supports (a:b) { .c { color:red } }
@media (prefers-color-scheme:dark) { .a > b { color:#fff !important } } /* note */
@font-face { font-family: X; src: url(x) }</style>
<!--[if mso]><style>* { font-family:Arial !important }</style><![endif]-->
<link rel="stylesheet" href="https://never.example/x.css">"""


def make_page(body: str) -> str:
    """Return a page such as MJML makes."""
    return f'<!doctype html>\n<html lang="ko"><head>{HEAD}</head><body>{body}</body></html>'


def test_the_head_stays_as_it_was() -> None:
    """Without media queries a phone and the dark get the wrong page; nothing is fetched."""
    page = inline_styles(make_page("<p>가</p>"), "p{margin:0}")

    assert HEAD in page


def test_the_doctype_stays() -> None:
    """Without it the mail is shown as if it were 1998."""
    page = inline_styles(make_page("<p>가</p>"), "p{margin:0}")

    assert page.startswith("<!DOCTYPE html>")


def test_rules_are_written_into_elements() -> None:
    """Some clients know no style element."""
    page = inline_styles(make_page('<p style="color:#123456">가</p>'), "p{margin:0 0 6px}")

    assert '<p style="margin:0 0 6px; color:#123456">가</p>' in page


def test_comments_for_outlook_stay_and_neighbours_are_joined() -> None:
    """They hold the tables Outlook needs, and every byte counts towards its clipping."""
    body = (
        "<!--[if mso | IE]><table><![endif]--><p>a</p><!--[if mso | IE]></table><![endif]-->"
        "  <!--[if mso | IE]><table><![endif]--><p>b</p><!--[if mso | IE]></table><![endif]-->"
    )

    page = inline_styles(make_page(body), "i{margin:0}")

    assert "<!--[if mso | IE]></table><table><![endif]--><p>b</p>" in page
    assert page.count("<!--[if mso | IE]>") == 3


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://xn--3e0b707e.kr/%EA%B8%B8?a=1&amp;b=%25">x</a>',
        '<a href="mailto:a@e.example">x</a>',
        '<a href="#s1">x</a>',
        '<a name="s1" id="s1"></a>',
        '<img src="https://e.example/a%20b.png" alt="a > b">',
    ],
)
def test_targets_stay_as_they_are(link: str) -> None:
    """They are ASCII already, and premailer would encode hosts in a way that breaks them."""
    page = inline_styles(make_page(link), "i{margin:0}")

    assert link.replace("a > b", "a &gt; b") in page.replace("a > b", "a &gt; b")


def test_lost_text_is_an_error_and_not_a_shorter_mail() -> None:
    """Libxml2 forgets what is nested deeper than some 250 elements, silently."""
    body = "<div>" * 400 + "innermost" + "</div>" * 400

    with pytest.raises(RenderError, match=r"lost text.*innermost"):
        inline_styles(make_page(body), "i{margin:0}")


def test_a_page_is_read_as_a_reader_sees_it() -> None:
    """Styles, comments and tags are no text; entities are."""
    head = "<title>t</title><style>s</style>"

    text = read_page(f'{head}<p title="a > b">a&nbsp;&lt;b&gt;<!-- c -->\n<em>d</em>e</p>')

    assert text == "a <b> de"
