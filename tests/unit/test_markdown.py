"""Markdown becomes tokens without an exception and without losing a word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.inliner import read_page
from newsletter.rendering.markdown import parse_markdown, read_tokens, render_tokens

WORDS = st.lists(st.from_regex(r"[a-z가-힣]{3,8}", fullmatch=True), min_size=1, max_size=4)
MARKS = st.sampled_from(
    ["{}", "*{}*", "**{}**", "~~{}~~", "_{}_", "`{}`", "# {}", "{}\\\n", "<{}>"]
)
PREFIXES = st.sampled_from(["> ", "- ", "1. ", "  ", "\t", "   > ", "## "])


def render(markdown: str) -> str:
    """Render Markdown as one piece of a page."""
    return render_tokens(parse_markdown(markdown))


@given(st.text() | st.text(alphabet="*_~`[]()<>!#>|-+=1.:\\&;\n\t \x00\x0c\u2028가a"))
def test_any_text_can_be_parsed(markdown: str) -> None:
    """The checks may complain about an issue; rendering must not."""
    assert isinstance(render(markdown), str)


@given(st.lists(PREFIXES, max_size=60), MARKS, WORDS)
def test_every_word_is_on_the_page(prefixes: list[str], mark: str, words: list[str]) -> None:
    """Markdown-it drops what nests deeper than its limit."""
    markdown = "".join(prefixes) + mark.format(" ".join(words))

    assert set(words) <= set(re.findall(r"[a-z가-힣]+", read_page(render(markdown))))


@pytest.mark.parametrize(
    "markdown",
    [
        "> " * 5000 + "deep",
        "- " * 5000 + "deep",
        "\n".join("  " * level + "- deep" for level in range(300)),
        "*a " * 2000 + "deep" + "b*" * 2000,
        "***a " * 500 + "deep" + "~~**b***" * 500,
        "![" * 2000 + "deep" + "](x)" * 2000,
        "[" * 3000 + "deep" + "](x)" * 3000,
        "`" * 3001 + " deep",
        "http://" * 2000 + " deep",
    ],
)
def test_deep_nesting_keeps_the_words_and_stays_shallow(markdown: str) -> None:
    """Deeper than about 250 elements libxml2 forgets them, and Python's stack has an end too."""
    tokens = parse_markdown(markdown)

    page = render_tokens(tokens)

    assert "deep" in page
    assert max(token.level for token in tokens) <= 45


@pytest.mark.parametrize(
    ("markdown", "page"),
    [
        ("<div onclick='x'>a</div>", "<p>&lt;div onclick='x'&gt;a&lt;/div&gt;</p>\n"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("![a](x.png \"t\\\"\")b", '<p><img src="x.png" alt="a" title="t&quot;" />b</p>\n'),
        ("![a](x)", '<p><img src="x" alt="a" class="wide" width="576" /></p>\n'),
        (
            "[![a](x)](y)",
            '<p><a href="y"><img src="x" alt="a" class="wide" width="576" /></a></p>\n',
        ),
        ("setup.py, README.md", "<p>setup.py, README.md</p>\n"),
        ("www.e.dev/a", '<p><a href="https://www.e.dev/a" class="u">www.e.dev/a</a></p>\n'),
        ("a@e.dev", '<p><a href="mailto:a@e.dev" class="u">a@e.dev</a></p>\n'),
        ("e.dev/a", "<p>e.dev/a</p>\n"),
        (
            "https://e.example/%EA%B8%B8_(가)",
            '<p><a href="https://e.example/%EA%B8%B8_(%EA%B0%80)" class="u">https://e.example/길_(가)</a></p>\n',
        ),
        ("|a|\n|-:|\n|1|", None),
        ("a\u2028b\x0cc\x00d", "<p>a b c�d</p>\n"),
        ("&#28;&#xD800;&#x202E;", "<p>��\u202e</p>\n"),
        ("漢\n字", "<p>漢字</p>\n"),
        ("가\n나", "<p>가\n나</p>\n"),
    ],
)  # fmt: skip
def test_markdown_becomes_what_mail_clients_understand(markdown: str, page: str | None) -> None:
    """Raw HTML is text, targets are ASCII, files are no hosts."""
    table = (
        '<div class="scroll">\n<table>\n<thead>\n<tr>\n<th style="text-align:right" scope="col">'
        'a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td style="text-align:right">1</td>\n</tr>\n'
        "</tbody>\n</table>\n</div>\n"
    )

    assert render(markdown) == (page or table)


def test_tokens_keep_the_lines_of_the_source() -> None:
    """Messages and the preview point at the author's line."""
    tokens = parse_markdown("a\u2028b\x0cc\n\n## d")

    assert tokens[3].map == [2, 3]


def test_words_of_a_heading_are_read_without_marks() -> None:
    """They stand in the contents list, the preheader and the title."""
    tokens = parse_markdown("a **b** `c`\n![d *e*](x) [f](y)  \ng")

    assert read_tokens(tokens[1].children or ()) == "a b c d e f g"
