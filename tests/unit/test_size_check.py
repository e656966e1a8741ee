"""Pages that Gmail would cut, and images that are too heavy."""

from pathlib import Path

import pytest

from newsletter.rendering.finding import Severity
from tests.unit.checked import check_text

WORDS = "All work and no play makes a long and tiresome issue of it.\n\n"


@pytest.mark.parametrize(
    ("paragraphs", "rule", "severity"),
    [(800, "size-large", Severity.WARNING), (1200, "size-clipped", Severity.ERROR)],
)
def test_a_page_that_is_too_large_is_told_with_its_largest_section(
    tmp_path: Path, paragraphs: int, rule: str, severity: Severity
) -> None:
    """Whoever has to cut wants to know where."""
    markdown = f"## Short\n\n{WORDS}## Long\n\n{WORDS * paragraphs}## Also short\n\n{WORDS}"

    checked = check_text(tmp_path, markdown)

    (finding,) = checked.findings
    assert (finding.rule, finding.severity, finding.line) == (rule, severity, 10)
    assert "“Long”" in finding.message


def test_sections_add_up_to_no_more_than_the_page(tmp_path: Path) -> None:
    """What is left is the theme's."""
    checked = check_text(tmp_path, "Before.\n\n## 하나\n\n글.\n\n## Two\n\nWords.\n")

    sections = [(each.title, each.line) for each in checked.size.sections]
    total = sum(each.size_bytes for each in checked.size.sections)
    assert sections == [("하나", 8), ("Two", 12)]
    assert 0 < total < checked.size.html_bytes


def test_the_wire_carries_more_than_the_page_has(tmp_path: Path) -> None:
    """Korean takes three bytes for a letter, and a third more in base64."""
    checked = check_text(tmp_path, "가나다라마바사 " * 3000)

    size = checked.size
    assert size.wire_bytes > (size.html_bytes + size.text_bytes) * 1.3


def test_a_heavy_image_is_told_where_it_stands(tmp_path: Path) -> None:
    """Readers on phones pay for it."""
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1_200_000))

    checked = check_text(tmp_path, "Words.\n\n![A photo](photo.png)\n")

    (finding,) = checked.findings
    assert (finding.rule, finding.line, finding.column) == ("image-heavy", 8, 1)
    assert "1.2 MB" in finding.message
