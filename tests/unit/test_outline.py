"""Where links, images and headings stand in an issue's file."""

from newsletter.rendering.outline import Heading, Image, Link, read_outline
from tests.unit.sample_issues import make_issue

ISSUE = """\
# One *title*

See [a **b**](https://e.example/a), ![pic](p.png) and https://e.example/길 here.

- item {{ subscriber.name or "friend" }} [c][ref]
  continued <https://e.example/d>

| x | [e](e.html) |
|---|---|
| y | [f]({{< ref "f.md" >}}) |

[ref]: https://e.example/ref
"""


def test_links_are_told_with_line_and_column_of_the_file() -> None:
    """An editor jumps there; front matter counts."""
    outline = read_outline(make_issue(ISSUE, markdown_line=5))

    assert [(link.target, link.words, link.line, link.column) for link in outline.links] == [
        ("https://e.example/a", "a b", 7, 5),
        ("https://e.example/%EA%B8%B8", "https://e.example/길", 7, 55),
        ("https://e.example/ref", "c", 9, 42),
        ("https://e.example/d", "https://e.example/d", 10, 13),
        ("e.html", "e", 12, 7),
        ('{{< ref "f.md" >}}', "f", 14, 7),
    ]
    assert [link.is_bare for link in outline.links] == [False, True, False, True, False, False]


def test_images_and_headings_are_told_too() -> None:
    """Checks of descriptions and of the order of levels need them."""
    outline = read_outline(make_issue(ISSUE, markdown_line=5))

    assert outline.images == (Image(source="p.png", words="pic", line=7, column=37),)
    assert outline.headings == (Heading(level=1, words="One title", line=5, column=1),)


def test_a_link_on_windows_lines_is_found() -> None:
    """Line ends are no part of a column."""
    outline = read_outline(make_issue("a\r\n\r\nb [c](d)\r\n"))

    assert outline.links == (Link(target="d", words="c", line=3, column=3, is_bare=False),)
