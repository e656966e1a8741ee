"""An issue is cut at its headings, and the page has one heading of the first level."""

import pytest

from newsletter.rendering.markdown import parse_markdown
from newsletter.rendering.sections import (
    level_headings,
    list_contents,
    split_sections,
    without_title,
)


def list_headings(markdown: str) -> list[str]:
    """List the levels of an issue's headings once they are put in order."""
    tokens = parse_markdown(markdown)
    level_headings(tokens)
    return [token.tag for token in tokens if token.type == "heading_open"]


@pytest.mark.parametrize(
    ("markdown", "levels"),
    [
        ("## a\n### b\n## c", ["h2", "h3", "h2"]),
        ("# a\n## b\n# c", ["h2", "h3", "h2"]),
        ("# a\n## b\n## c", ["h2", "h2", "h2"]),
        ("## a\n# b\n# c", ["h2", "h2", "h2"]),
        ("### a\n#### b", ["h2", "h3"]),
        ("# a\n# b\n###### c", ["h2", "h2", "h6"]),
        ("no heading", []),
    ],
)
def test_headings_leave_the_first_level_to_the_title(markdown: str, levels: list[str]) -> None:
    """Two titles, or a level that is skipped, confuse those who listen to the page."""
    assert list_headings(markdown) == levels


@pytest.mark.parametrize(
    ("markdown", "title", "first_type"),
    [
        ("# My  *title*\n\nText", "My title", "paragraph_open"),
        ("My title\n========\n\nText", "My title", "paragraph_open"),
        ("# Another\n\nText", "My title", "heading_open"),
        ("## My title\n\nText", "My title", "heading_open"),
        ("Text\n\n# My title", "My title", "paragraph_open"),
    ],
)
def test_a_first_heading_that_repeats_the_title_is_left_out(
    markdown: str, title: str, first_type: str
) -> None:
    """The theme shows the title already; other headings stay."""
    tokens = without_title(parse_markdown(markdown), title)

    assert tokens[0].type == first_type


def test_sections_have_anchors_made_from_their_place() -> None:
    """A Korean heading gives no slug in ASCII."""
    sections = split_sections(parse_markdown("hello\n\n## 가 `x`\n\none\n\n> ## no\n\n## b"))

    assert [(section.id, section.title) for section in sections] == [
        ("", ""),
        ("s1", "가 x"),
        ("s2", "b"),
    ]
    assert sections[1].html.startswith('<h2><a name="s1" id="s1"></a>가 <code>x</code></h2>')
    assert "<h2>no</h2>" in sections[1].html


def test_an_empty_issue_has_no_sections() -> None:
    """There is nothing to put into the page."""
    assert split_sections([]) == []


@pytest.mark.parametrize(("count", "listed"), [(3, 0), (4, 4)])
def test_only_a_long_issue_has_a_contents_list(count: int, listed: int) -> None:
    """Three sections are seen at a glance."""
    sections = split_sections(parse_markdown("text\n\n" + "## a\n\n" * count))

    assert len(list_contents(sections)) == listed


@pytest.mark.parametrize(
    ("markdown", "has_picture"),
    [
        ("## a\n\n![b](c.png)\n\nd", True),
        ("## a\n\n[![b](c.png)](e)", True),
        ("![b](c.png)\n\nd", True),
        ("## a\n\nd\n\n![b](c.png)", False),
        ("## a\n\n![b](c.png) d", False),
        ("## a", False),
    ],
)
def test_a_picture_that_a_section_begins_with_stands_apart(
    markdown: str, has_picture: bool
) -> None:
    """A theme may put it on top of a card; together with the rest it is the whole section."""
    (section,) = split_sections(parse_markdown(markdown))

    assert ("<img" in section.picture) is has_picture
    assert section.html.count("<img") == (section.picture + section.rest).count("<img")
    assert "</p>" not in section.picture
