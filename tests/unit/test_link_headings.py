"""An issue that keeps its links in one list at its end: each heading becomes its link."""

import re

import pytest

from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.render import render_edition
from tests.unit.sample_issues import WEEKLY, make_issue

ISSUE = """\
## Period

this week

## Reading parsers

- one

## 둘째 글

- two, see https://e.example/more

## The last word

- three

## References

- https://e.example/reading-parsers
- https://e.example/2
  - https://e.example/more
- https://e.example/the-last-word
"""


def render(markdown: str) -> Edition:
    """Render an issue whose front matter asks for it."""
    return render_edition(make_issue(markdown, has_link_headings=True), newsletter=WEEKLY)


def list_links(edition: Edition) -> list[tuple[str, str]]:
    """List label and target of the links in the headings of a page."""
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", fill(edition.html, {}))
    found = [re.search(r'<a href="([^"]*)"[^>]*>(.*?)</a>', heading) for heading in headings]
    return [(match[2], match[1]) for match in found if match]


def list_remarks(edition: Edition) -> list[tuple[str, int]]:
    """List rule and line of what was noticed."""
    return [(each.rule, each.line) for each in edition.findings]


def test_each_heading_is_the_link_at_its_place() -> None:
    """Also where heading and URL share no word, as in Korean."""
    edition = render(ISSUE)

    assert list_links(edition) == [
        ("Reading parsers", "https://e.example/reading-parsers"),
        ("둘째 글", "https://e.example/2"),
        ("The last word", "https://e.example/the-last-word"),
    ]
    assert "References" not in fill(edition.html, {})
    assert list_remarks(edition) == [("heading-without-link", 1)]


def test_the_plain_text_numbers_them_in_their_order() -> None:
    """The list at the end is the reader's there, too."""
    text = fill(render(ISSUE).text, {})

    assert "Reading parsers [1]\n" in text
    assert "둘째 글 [2]\n" in text
    assert "[3] https://e.example/the-last-word\n" in text
    assert text.count("https://e.example/more") == 1


def test_a_link_nested_in_the_list_moves_to_its_section() -> None:
    """It belongs to the same article, and must not be lost."""
    edition = render(ISSUE.replace(", see https://e.example/more", ""))

    text = fill(edition.text, {})

    assert (
        text.index("둘째 글") < text.index("https://e.example/more") < text.index("The last word")
    )


@pytest.mark.parametrize(
    ("old", "new", "remarks"),
    [
        (
            "- https://e.example/the-last-word",
            "- https://e.example/the-last-word\n- https://e.example/4\n- https://e.example/5",
            ["heading-without-link", "link-without-heading", "link-without-heading"],
        ),
        ("- https://e.example/2\n  - https://e.example/more\n", "",
         ["heading-without-link", "heading-without-link"]),
    ],
)  # fmt: skip
def test_what_has_no_partner_stays_and_is_told(old: str, new: str, remarks: list[str]) -> None:
    """A wrong link under a heading is worse than none."""
    edition = render(ISSUE.replace(old, new))

    links = re.findall(r"https://e.example/\S+", ISSUE.replace(old, new))
    text = fill(edition.text, {})
    assert [link for link in links if link not in text] == []
    assert [rule for rule, _ in list_remarks(edition)] == remarks


def test_an_issue_without_such_a_list_is_as_it_was() -> None:
    """The key may be in a template while the list is not written yet."""
    edition = render("## One\n\nwords\n\n## Two\n\nmore words")

    assert list_links(edition) == []
    assert [rule for rule, _ in list_remarks(edition)] == ["no-references"]


def test_items_that_say_more_stay_in_the_list() -> None:
    """Only what the heading repeats may go."""
    edition = render("## One\n\nwords\n\n## Links\n\n- [One](https://e.example/1)\n")
    other = render("## One\n\nwords\n\n## Links\n\n- [A title](https://e.example/1) and a remark\n")

    assert "Links" not in fill(edition.text, {})
    assert "A title [1] and a remark" in fill(other.text, {})
