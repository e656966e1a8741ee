"""An issue is read for its edition: cut, allowed, found beside its file."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.render import render_edition
from newsletter.settings import RenderingSettings
from tests.unit.sample_issues import WEEKLY, make_issue

LONG = """\
Seen[^1] by all.

<!-- read on -->

## Later

Only in the archive[^2].

[^1]: First note.
[^2]: Second note.
"""


def render(markdown: str, *, is_whole: bool = False, allow_html: bool = False) -> Edition:
    """Render an issue of the weekly."""
    return render_edition(
        make_issue(markdown, language="en"),
        newsletter=WEEKLY,
        rendering=RenderingSettings(allow_html=allow_html),
        is_whole=is_whole,
    )


def test_the_mail_ends_where_the_archive_goes_on() -> None:
    """Gmail would cut it somewhere else."""
    edition = render(LONG)

    page, text = fill(edition.html, {}), fill(edition.text, {})

    for part in (page, text):
        assert "First note." in part
        assert "Only in the archive" not in part
        assert "Later" not in part
        assert "Second note" not in part
    assert f'<p><a href="{edition.archive_url}"' in page.replace(' style="margin:0 0 14px"', "")
    assert f"[1] {edition.archive_url}" in text


def test_the_archive_has_the_whole_issue() -> None:
    """There the link leads."""
    page = fill(render(LONG, is_whole=True).html, {})

    assert "Only in the archive" in page
    assert "Second note." in page


@pytest.mark.parametrize(
    ("language", "titles"),
    [("en", ["Note", "Warning", "Danger", "Note: mine", "Success"]),
     ("ko", ["참고", "경고", "위험", "Note: mine", "Success"])],
)  # fmt: skip
def test_a_box_is_titled_in_the_language_of_the_issue(language: str, titles: list[str]) -> None:
    """The author wrote its kind, and no title."""
    boxes = "> [!NOTE]\n> a\n\n!!! warning\n    b\n\n:::danger\nc\n:::\n\n"
    issue = make_issue(
        f'{boxes}!!! note "Note: mine"\n    d\n\n!!! success\n    e', language=language
    )

    page = fill(render_edition(issue, newsletter=WEEKLY).html, {})

    assert re.findall(r'class="boxtitle"[^>]*>([^<]*)<', page) == titles


def test_html_is_kept_only_when_the_settings_say_so() -> None:
    """What an issue says is what the operator allowed."""
    markdown = "a <mark>word</mark>"

    assert "<mark>word</mark>" in fill(render(markdown, allow_html=True).html, {})
    assert "&lt;mark&gt;word" in fill(render(markdown).html, {})


def test_the_same_issue_gives_the_same_edition() -> None:
    """Also with conditions, boxes, notes and colours in it."""
    markdown = LONG + '\n{% if subscriber.has_tag("a") %}\n```py\nx = 1\n```\n{% endif %}\n'

    assert render(markdown).digest == render(markdown).digest
    assert render(markdown) == render(markdown)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200) | st.text("*_`[]()<>!#>|-+=.:\\&;{}%^~\n a가ש", max_size=120))
def test_any_text_whatever_becomes_an_edition(markdown: str) -> None:
    """Nothing an author can write raises, from the parser to the last inlined style."""
    edition = render(markdown)

    assert fill(edition.html, {}).endswith("</html>")
    assert fill(edition.text, {})


@pytest.mark.parametrize("target", ["{{ subscriber.city }}", "x?c={{ subscriber.city }}"])
def test_fields_in_links_and_code_keep_their_rules_beside_shortcodes(target: str) -> None:
    """A tag in a target must not take a field with it."""
    markdown = (
        f'[a]({target}) [b]({{{{< ref "p.md" >}}}}) `{{{{ subscriber.name }}}}`'
        " {% raw %}{{ subscriber.name }}{% endraw %}"
    )
    edition = replace(render(markdown))

    page = fill(edition.html, {"subscriber.city": "A&B", "subscriber.name": "Kim"})

    assert "A%26B" in page
    assert 'href="https://news.example.org/p/"' in page
    assert page.count("{{ subscriber.name }}") == 4  # two of them in the preheader
    assert "Kim" not in page
