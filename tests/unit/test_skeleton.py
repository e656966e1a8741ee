"""A new issue is a text that can be read again and sent."""

from datetime import date, datetime
from pathlib import Path

import pytest

from newsletter.issues.front_matter import split_front_matter
from newsletter.issues.next_issue import NextIssue
from newsletter.issues.skeleton import fill_skeleton
from newsletter.rendering.theme_folder import get_templates_folder
from tests.unit.sample_issues import SEOUL

PLANNED = NextIssue(
    series='The "Weekly"',
    number=31,
    title='A \\ "B" 한글',
    path=Path("issues/31.md"),
    issued_on=date(2024, 7, 29),
    period_start=date(2024, 7, 21),
    period_end=date(2024, 7, 27),
    authors=("Kim, J.", "이하나"),
)
AT = datetime(2024, 7, 29, 8, 0, tzinfo=SEOUL)


@pytest.mark.parametrize("template", ["weekly", "letter", "digest"])
def test_the_front_matter_holds_what_was_planned(template: str) -> None:
    """Quotes and backslashes of a title do not break it."""
    skeleton = (get_templates_folder() / "new" / f"{template}.md").read_text("utf-8")

    found = split_front_matter(fill_skeleton(skeleton, PLANNED, written_at=AT), path=PLANNED.path)

    values = {key: entry.value for key, entry in found.entries.items()}
    assert values == {
        "title": PLANNED.title,
        "date": AT,
        "description": "",
        "authors": ["Kim, J.", "이하나"],
        "tags": [],
        "series": ['The "Weekly"'],
        "draft": True,
    }


def test_every_other_brace_stays_text() -> None:
    """A template may greet the reader."""
    template = (
        '{{ subscriber.name or "x" }} {{ number }} {{authors}} {{ nothing }} {{ title|quote }}'
    )

    filled = fill_skeleton(template, PLANNED, written_at=AT)

    assert filled == (
        '{{ subscriber.name or "x" }} 31 Kim, J., 이하나 {{ nothing }} "A \\\\ \\"B\\" 한글"'
    )
