"""The title of an issue that names none: its first heading, without the markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.heading import find_first_heading


@pytest.mark.parametrize(
    ("markdown", "heading"),
    [
        pytest.param("# One\n\n## Two\n", "One", id="atx"),
        pytest.param("text\n\n### Three ###\n", "Three", id="any-level-closed"),
        pytest.param("#\n# \n## Words", "Words", id="empty-ones-passed-over"),
        pytest.param("#tag\n\n# C#\n", "C#", id="no-space-no-heading"),
        pytest.param("One\n===\n", "One", id="setext"),
        pytest.param("One\ntwo\n---\n", "One two", id="setext-of-two-lines"),
        pytest.param("text\n\n---\n\nOne\n---\n", "One", id="rule-before-setext"),
        pytest.param("- item\n---\n", None, id="rule-below-a-list"),
        pytest.param("> quote\n---\n", None, id="rule-below-a-quote"),
        pytest.param("| a |\n---\n", None, id="rule-below-a-table"),
        pytest.param("```\n# no\n```\n# Yes\n", "Yes", id="code"),
        pytest.param("~~~~ sh\n# no\n~~~\n# no\n~~~~~\n# Yes\n", "Yes", id="longer-fence"),
        pytest.param("```\n# no\n", None, id="open-code"),
        pytest.param("    # no\n\n# Yes\n", "Yes", id="indented-code"),
        pytest.param("<!-- # no -->\n<!--\n# no\n-->\n# Yes\n", "Yes", id="comments"),
        pytest.param("# *This* **week** in _Rust_ ~~2~~\n", "This week in Rust 2", id="emphasis"),
        pytest.param("# [A](https://a.example/x_(y)) and [B][1]\n", "A and B", id="links"),
        pytest.param("# ![logo](a.png) `code` <b>x</b> &amp; y\n", "logo code x & y", id="inline"),
        pytest.param(
            "# 2 \\* 3 snake_case_name {#anchor}\n", "2 * 3 snake_case_name", id="escapes"
        ),
        pytest.param("# 한글 제목\n", "한글 제목", id="korean"),
        pytest.param("no heading\n", None, id="none"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_first_heading_is_plain_words(markdown: str, heading: str | None) -> None:
    """It becomes a subject, where stars and brackets are noise."""
    assert find_first_heading(markdown) == heading


@given(
    st.lists(
        st.sampled_from(
            [
                "#",
                " ",
                "=",
                "-",
                "`",
                "~",
                "*",
                "_",
                "[",
                "](",
                ")",
                "<!--",
                "-->",
                "a",
                "\n",
                "\\",
                "&#",
                "{#",
                "}",
                ">",
                "!",
            ]
        )
    ).map("".join)
)
def test_any_text_has_a_heading_or_none(markdown: str) -> None:
    """A heading is one line, and no text makes the search fail."""
    heading = find_first_heading(markdown)

    assert heading != ""
    assert "\n" not in (heading or "")
