"""What people write beyond CommonMark: what becomes of it on the page and in the text."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.display_width import display_width
from newsletter.rendering.finding import Severity
from newsletter.rendering.inliner import read_page
from newsletter.rendering.markdown import parse_markdown, render_tokens
from newsletter.rendering.outline import SourceText, list_findings
from newsletter.rendering.plain_text import TEXT_WIDTH, render_text_body
from newsletter.rendering.writing_direction import mark_directions


def render(markdown: str, *, allow_html: bool = False) -> str:
    """Render Markdown as one piece of a page."""
    return render_tokens(parse_markdown(markdown, allow_html=allow_html))


def render_text(markdown: str, *, allow_html: bool = False) -> str:
    """Render Markdown as plain text."""
    return render_text_body(parse_markdown(markdown, allow_html=allow_html))


def list_places(markdown: str, *, allow_html: bool = False) -> list[tuple[str, int, int]]:
    """List rule, line and column of what is remarked."""
    found = list_findings(parse_markdown(markdown, allow_html=allow_html), SourceText(markdown))
    return [(each.rule, each.line, each.column) for each in found]


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        (
            "- [ ] a\n- [x] b",
            """<ul class="tasks">
<li class="task">&#9744; a</li>
<li class="task">&#9745; b</li>
</ul>
""",
        ),
        ("- [x] a\n- b", '<ul>\n<li class="task">&#9745; a</li>\n<li>b</li>\n</ul>\n'),
        (":tada: :no_such: `:tada:` 1:30:45", "<p>🎉 :no_such: <code>:tada:</code> 1:30:45</p>\n"),
        ("## a {#b .c}", '<h2><a name="b" id="b"></a>a</h2>\n'),
        ("a\n{: .lead }", "<p>a</p>\n"),
        (
            "[a](#둘째-글)\n\n## 둘째 글!\n\n## b",
            """<p><a href="#%EB%91%98%EC%A7%B8-%EA%B8%80">a</a></p>
<h2><a name="둘째-글" id="둘째-글"></a>둘째 글!</h2>
<h2>b</h2>
""",
        ),
        ("7월 21일\n~ 27일", "<p>7월 21일\n~ 27일</p>\n"),
        ("![a](x.png){width=30}", '<p><img src="x.png" alt="a" width="30" class="wide" /></p>\n'),
        ("a {b} {: c", "<p>a {b} {: c</p>\n"),
        ("a <!-- b --> c", "<p>a  c</p>\n"),
        ("<!-- a\n\nb -->\nc", "<p>c</p>\n"),
        ("<!-- a", "<p>&lt;!-- a</p>\n"),
        ("a\n: b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n"),
        (
            "!!! tip\n    a",
            '<div class="box tip">\n<p class="boxtitle">Tip</p><p>a</p>\n</div>\n',
        ),
        (
            "> [!CAUTION] b\n> a",
            '<div class="box danger">\n<p class="boxtitle">b</p><p>a</p>\n</div>\n',
        ),
        (
            "{{% notice danger %}}\n- a\n{{% /notice %}}",
            """<div class="box danger">
<p class="boxtitle">Danger</p><ul>
<li>a</li>
</ul>
</div>
""",
        ),
        ("```nosuch\na < b\n```", '<pre><code class="language-nosuch">a &lt; b\n</code></pre>\n'),
        ("{% highlight sh %}\na\n\n# b\n{% endhighlight %}", None),
        ("{{</* a */>}}", "<p>{{&lt; a &gt;}}</p>\n"),
        ("a\n: b\n: c", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n<dd>c</dd>\n</dl>\n"),
        ("* TOC\n{:toc}\n\n[TOC]\n\na", "<p>a</p>\n"),
        ("- TOC\n- [TOC]", "<ul>\n<li>TOC</li>\n<li>[TOC]</li>\n</ul>\n"),
        ("{% raw %}{{ a }} {% raw b %}{% endraw %} c", "<p>{{ a }} {% raw b %} c</p>\n"),
        ("    :::x\n    a < b", '<pre><code class="language-x">a &lt; b\n</code></pre>\n'),
        ("{::comment}\na\n\nb\n{:/comment}\nc {::comment}d{:/}e", "<p>c e</p>\n"),
        ("**“제목”**은 **끝.**이다", "<p><strong>“제목”</strong>은 <strong>끝.</strong>이다</p>\n"),
        ("これは**太字です。**続き", "<p>これは<strong>太字です。</strong>続き</p>\n"),
        ("~~「a」~~と", "<p><s>「a」</s>と</p>\n"),
        ('a**"b"**c 가 ** 나', "<p>a**&quot;b&quot;**c 가 ** 나</p>\n"),
        ("${{ a.b }} {{ not a variable }}", "<p>${{ a.b }} {{ not a variable }}</p>\n"),
    ],
)  # fmt: skip
def test_each_construct_becomes_what_a_mail_can_show(markdown: str, page: str | None) -> None:
    """Classes of ours are in the themes' style sheets."""
    shell = '<pre><code class="language-sh">a\n\n<span class="hc"># b\n</span></code></pre>\n'

    assert re.sub(r"</p>\n(?=<p>|<ul>)", "</p>", render(markdown)) == (page or shell)


@pytest.mark.parametrize(
    ("markdown", "targets"),
    [
        ("请看https://a.example/b，谢谢。（https://a.example/c）", ["b", "c"]),
        ("「https://a.example/d」とhttps://a.example/e。", ["d", "e"]),
        ("https://a.example/글, https://a.example/(f)", ["%EA%B8%80", "(f)"]),
    ],
)
def test_a_bare_url_ends_at_full_width_punctuation(markdown: str, targets: list[str]) -> None:
    """Chinese and Japanese have no space there."""
    assert re.findall(r'href="https://a.example/([^"]*)"', render(markdown)) == targets


@pytest.mark.parametrize(
    ("row", "cells", "rules"),
    [
        ("| `a|b` | c |", ["<code>a|b</code>", "c"], []),
        (r"| `a\|b` | c", ["<code>a|b</code>", "c"], []),
        ("| a | b | **c** | d |", ["a", "b | <strong>c</strong> | d"], ["table-cells"]),
        ("| a | b | | <!-- c --> |", ["a", "b"], []),
        ("| a |", ["a", ""], []),
    ],
)
def test_no_cell_of_a_row_is_dropped(row: str, cells: list[str], rules: list[str]) -> None:
    """GitHub drops what is more than the head has, and with it words."""
    markdown = f"> | h | i |\n> |---|---|\n> {row}"

    assert re.findall(r"<td>(.*?)</td>", render(markdown)) == cells
    assert [rule for rule, *_ in list_places(markdown)] == rules


def test_footnotes_lead_there_and_back() -> None:
    """Clients follow a name on an empty anchor, and nothing else."""
    page = render("a[^x] b[^x]\n\n[^x]: c")

    assert re.findall(r'(?:name|href)="([^"]*)"', page) == [
        "fr1", "#fn1", "fr1-2", "#fn1", "fn1", "#fr1", "#fr1-2",
    ]  # fmt: skip
    assert all(name in page for name in ('id="fr1"', 'id="fr1-2"', 'id="fn1"'))


def test_notes_and_boxes_read_well_as_text() -> None:
    """The marks are such that nobody takes them for links or quotations."""
    text = render_text(
        'a[^x] [b](https://e.example/)\n\n[^x]: c\n\n!!! note "T"\n    d\n\nterm\n: meaning'
    )

    assert text == (
        "a¹ b [1]\n\n| *T*\n|\n| d\n\nterm\n    meaning\n\n"
        "----------------\n¹ c\n\n----------------\n[1] https://e.example/\n"
    )


def test_a_note_nobody_refers_to_is_listed_and_reported() -> None:
    """Its words are the author's."""
    markdown = "a\n\n[^x]: lonely"

    assert "lonely" in render(markdown)
    assert "lonely" in render_text(markdown)
    assert list_places(markdown) == [("unused-footnote", 3, 1)]


@pytest.mark.parametrize(
    ("markdown", "target", "words"),
    [
        ("{{< youtube a1 >}}", "https://www.youtube.com/watch?v=a1", "▶"),
        ("{{< youtube id=\"a1\" title=\"T\" >}}", "https://www.youtube.com/watch?v=a1", "T"),
        ("{% vimeo 12 %}", "https://vimeo.com/12", "▶"),
        (
            '<iframe src="https://www.youtube-nocookie.com/embed/a1?x=1" title="T"></iframe>',
            "https://www.youtube.com/watch?v=a1",
            "T",
        ),
        ('<video src="https://e.example/v.mp4" poster="https://e.example/p.png"></video>',
         "https://e.example/v.mp4", 'src="https://e.example/p.png"'),
        ('{% include figure.html src="f.png" alt="F" link="https://e.example/l" %}',
         "https://e.example/l", 'alt="F"'),
        ("{{< tweet user=\"u\" id=\"9\" >}}", "https://x.com/u/status/9", "<p><a"),
        ("{{< gist u 9 >}}", "https://gist.github.com/u/9", "<p><a"),
    ],
)  # fmt: skip
def test_what_plays_on_a_page_is_a_link_in_a_mail(markdown: str, target: str, words: str) -> None:
    """No client plays it; a dead rectangle helps nobody."""
    page = render(markdown)

    assert f'<a href="{target}">' in page
    assert words in page
    assert len(list_places(markdown)) == 1


@pytest.mark.parametrize(
    ("markdown", "place"),
    [
        ("a\n\nb {{< unknown >}}", ("unknown-shortcode", 3, 3)),
        ("- a\n  - {% widget x %}", ("unknown-shortcode", 2, 5)),
        ("> a {{ page.title }}", ("unknown-field", 1, 5)),
        ("| a | b |\n|---|---|\n| x | {{< y >}} |", ("unknown-shortcode", 3, 7)),
        ("a <b>c</b>", ("raw-html", 1, 3)),
        ("    code\n\n# h <u>", ("raw-html", 3, 5)),
        ("a\nb\n  c {{< z >}}", ("unknown-shortcode", 3, 5)),
    ],
)
def test_what_is_unknown_stays_and_is_told_with_its_place(
    markdown: str, place: tuple[str, int, int]
) -> None:
    """The writer goes straight to it."""
    seen = re.search(r"\{\{<.*?>\}\}|\{%.*?%\}|\{\{.*?\}\}|<\w+>", markdown)

    assert list_places(markdown) == [place]
    assert seen is not None
    assert seen[0] in read_page(render(markdown))


@pytest.mark.parametrize(
    "markdown",
    [
        "`{{< a >}} <b> {{ c.d }}`",
        "```\n{{< a >}}\n<b>\n```",
        "{% raw %}{{ page.title }} {% x %}{% endraw %}",
        "a <!-- more --> b",
        "\\<b> \\{% x %}",
        "<https://e.example/> <a@e.example> 1 < 2",
    ],
)
def test_what_is_meant_to_be_seen_is_not_reported(markdown: str) -> None:
    """A check that cries wolf is switched off."""
    assert list_places(markdown) == []


def test_what_is_raw_stays_raw_over_several_paragraphs() -> None:
    """Jekyll's authors put whole sections into it."""
    page = render("{% raw %}\n\n{{ a.b }}\n\n{% endraw %}\n\n{{ c.d }}")

    assert "{{ a.b }}" in page
    assert "raw" not in page
    assert [rule for rule, _, _ in list_places("{% raw %}\n\n{{ a.b }}\n\n{% endraw %}")] == []


@pytest.mark.parametrize(
    ("markdown", "direction", "marks"),
    [
        ("שלום עולם", "ltr", ["rtl"]),
        ("Hello שלום", "ltr", []),
        ("Docker הוא כלי", "rtl", []),
        ("English only", "rtl", ["ltr"]),
        ("12:30", "rtl", []),
        ("- שלום\n- עולם", "ltr", ["rtl"]),
        ("- one\n- two and three\n- שלום", "ltr", ["rtl"]),
        ("| שלום | a |\n|---|---|\n| b | עולם |", "ltr", ["rtl", "rtl"]),
        ("https://e.example/ שלום", "ltr", ["rtl"]),
        ("> שלום", "ltr", ["rtl", "rtl"]),
    ],
)
def test_a_block_runs_with_its_letters(markdown: str, direction: str, marks: list[str]) -> None:
    """Punctuation lands on the wrong side otherwise."""
    tokens = parse_markdown(markdown)

    mark_directions(tokens, direction)

    assert re.findall(r'dir="(\w+)"', render_tokens(tokens)) == marks


@pytest.mark.parametrize(
    "markdown",
    [
        "!!! note\n    " * 300 + "deep",
        "\n".join("    " * level + "!!! note" for level in range(120))
        + "\n"
        + "    " * 120
        + "deep",
        "a\n" + "\n".join("  " * level + ": deep" for level in range(200)),
        "^[" * 800 + "deep" + "]" * 800,
        "[^a]: " * 300 + "deep",
        "> [!NOTE]\n" + "> " * 500 + "deep",
        "{{% notice tip %}}\n" * 200 + "deep\n" + "{{% /notice %}}\n" * 200,
        "<!-- " * 3000 + "deep",
        "{{< " * 3000 + "deep",
        "<b>" * 3000 + "deep",
        "{{ a.b " * 2000 + "deep" + "}}" * 2000,
    ],
)
@pytest.mark.parametrize("allow_html", [False, True])
def test_deep_nesting_keeps_the_words_and_stays_shallow(markdown: str, allow_html: bool) -> None:
    """Deeper than about 250 elements libxml2 forgets them, and Python's stack has an end too."""
    page = render(markdown, allow_html=allow_html)

    depth = deepest = 0
    for tag in re.finditer(r"<(/?)(\w+)[^>]*?(/?)>", page):
        depth += 0 if tag[3] else -1 if tag[1] else 1
        deepest = max(deepest, depth)
    assert "deep" in page
    assert "deep" in render_text(markdown, allow_html=allow_html)
    assert deepest < 130


ATOMS = st.sampled_from(
    [
        *("{{< youtube x >}}", "{{% notice tip %}}\n", "{{% /notice %}}\n", "{% raw %}"),
        *("{% endraw %}", "{% highlight go %}\n", "{% endhighlight %}\n", "[^a]", "\n[^a]: "),
        *("^[", "!!! note\n    ", "> [!NOTE] t\n> ", "> ", "- [x] ", "- ", "1. ", "\n", "\n\n"),
        *("    ", "<b>", "</b>", "<div>\n", "</div>\n", "</p>", "<table><tr><td>", "<!-- x -->"),
        *("-->", "term\n: def\n", "![a](b){width=3}", "## ", "```py\n", "```\n", "|a|b|\n|-|-|\n|"),
        *("*", "**", "~~s~~", "`c`", "](", "[", "]", ")", "\\", "&amp;", "{{ page.x }}", "<", ">"),
        *(" :tada:", "www.a.example "),
    ]
)
WORDS = st.sampled_from(["mundane", "שלום", "한글이다", "zebra"])


@settings(max_examples=150, deadline=None)
@given(st.lists(ATOMS | WORDS, max_size=25), st.booleans())
def test_whatever_is_put_together_renders_and_keeps_its_words(
    pieces: list[str], allow_html: bool
) -> None:
    """Half of it is what an issue looks like while it is being written."""
    markdown = "".join(pieces)
    tokens = parse_markdown(markdown, allow_html=allow_html)

    page, text = unquote(render_tokens(tokens)), unquote(render_text_body(tokens))

    kept = [word for word in ("mundane", "שלום", "한글이다", "zebra") if word in pieces]
    squeezed = re.sub(r"^[>| ]+|\s", "", text, flags=re.MULTILINE)
    assert [word for word in kept if word not in page] == []
    assert [word for word in kept if word not in squeezed] == []
    assert list_findings(tokens, SourceText(markdown)) is not None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.booleans())
def test_any_text_whatever_renders(markdown: str, allow_html: bool) -> None:
    """Rendering must not raise; the checks may complain."""
    tokens = parse_markdown(markdown, allow_html=allow_html)

    assert isinstance(render_tokens(tokens), str)
    assert isinstance(render_text_body(tokens), str)
    assert isinstance(list_findings(tokens, SourceText(markdown)), tuple)


def test_remarks_say_how_to_mend_it() -> None:
    """A warning without a way out is a riddle."""
    (finding,) = list_findings(parse_markdown("{{< x >}}"), SourceText("{{< x >}}", 9))

    assert (finding.line, finding.severity) == (9, Severity.WARNING)
    assert "{{< x >}}" in finding.message
    assert finding.advice


def test_boxes_keep_to_the_width_of_the_text() -> None:
    """The line at their left counts."""
    text = render_text("!!! note\n    " + "word " * 60 + "\n\nterm\n: " + "word " * 60)

    assert max(map(display_width, text.splitlines())) <= TEXT_WIDTH
