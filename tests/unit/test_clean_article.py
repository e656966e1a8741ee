import pytest

from newsletter.rendering.article import clean_article


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<style>p{color:red}</style>a", "a"),
        ('<a href="javascript:alert(1)" onclick="x()">a</a>', "<a>a</a>"),
        ('<a href="data:text/html,x">a</a>', "<a>a</a>"),
        ('<form action="https://example.org"><input name="a">b</form>', "b"),
        ('<iframe src="https://example.org"></iframe>a', "a"),
        ('<p style="position:fixed">a</p>', "<p>a</p>"),
        ("<!-- a -->b", "b"),
        ('<svg onload="x()"><b>a</b></svg>', "<b>a</b>"),
    ],
)
def test_what_could_run_or_reach_out_is_gone(written: str, shown: str) -> None:
    """The words stay where they are words."""
    assert clean_article(written) == shown


@pytest.mark.parametrize(
    "html",
    [
        '<h2><a name="s1" id="s1"></a>One</h2>',
        '<p><a class="u" href="https://example.org/?a=1&amp;b=2">x</a> <a href="#s1">up</a></p>',
        '<p><a href="mailto:kim@example.org">write</a></p>',
        '<ol start="3"><li>c<ul><li>d</li></ul></li></ol>',
        '<pre><code class="language-sh">ls &lt;a&gt;\n</code></pre>',
        "<blockquote><p>글 <em>글</em></p></blockquote>",
    ],
)
def test_what_rendering_writes_stays(html: str) -> None:
    """Structure, anchors, links, code."""
    assert clean_article(html) == html


def test_a_table_keeps_how_its_cells_are_aligned_and_is_reached_by_keyboard() -> None:
    """It scrolls by itself on a phone."""
    cell = '<td style="text-align:right;color:red">12</td>'

    cleaned = clean_article(
        f'<div class="scroll"><table><tbody><tr>{cell}</tr></tbody></table></div>'
    )

    assert '<div class="scroll" tabindex="0">' in cleaned
    assert '<td style="text-align:right">12</td>' in cleaned


def test_an_image_is_fetched_when_it_comes_into_sight() -> None:
    """An issue may have twenty."""
    cleaned = clean_article('<img src="https://example.org/a.png" alt="a" width="576" />')

    assert 'loading="lazy"' in cleaned
    assert 'alt="a" width="576"' in cleaned
