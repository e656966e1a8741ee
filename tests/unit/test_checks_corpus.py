"""Issues in the manner of real weeklies: the checks find what is there and raise no false alarm.

What rendering itself notices is told by the notes beside each issue (test_corpus.py).
"""

import tomllib
from pathlib import Path

import pytest

from newsletter.rendering.finding import Severity
from newsletter.rules import writing
from tests.unit.checked import check_file

CORPUS = Path(__file__).parents[1] / "corpus"
#: Sites hold posts and imports hold people: no issues.
OTHERS = {"sites", "imports"}
FILES = sorted(
    each for each in CORPUS.rglob("*.md") if each.relative_to(CORPUS).parts[0] not in OTHERS
)
ISSUE_ITSELF = frozenset({rule.id for rule in writing.RULES} | {"preheader", "unknown-field"})

#: True alarms, each looked at by a person.
EXPECTED = {
    "09-mkdocs-admonitions": ["link-text-vague 21:1"],
    "17-raw-html-allowed": ["contrast 8:1", "table-heading 15:1"],
    "26-japanese": ["link-text-vague 12:12"],
    "27-chinese": ["alt-missing 22:1"],
    "30-autolinks": ["link-http 6:38", "link-scheme 8:50"],
    "31-images": ["alt-missing 12:1", "client-support 18:1"],
    "34-emoji": ["link-http 11:19"],
    "44-empty-sections": ["heading-empty 8:1"],
    "45-crlf-and-bom": ["link-text-vague 9:8"],
    "46-relative-links": ["link-anchor 6:77"],
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(CORPUS).stem)
def test_the_checks_find_what_is_there_and_nothing_else(path: Path) -> None:
    """Whoever is alarmed for nothing stops reading."""
    notes = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))

    checked = check_file(path, rendering={"allow_html": notes.get("allow_html", False)})

    alarms = [
        f"{each.rule} {each.line}:{each.column}"
        for each in checked.findings
        if each.severity is not Severity.NOTE and each.rule not in ISSUE_ITSELF
    ]
    assert alarms == EXPECTED.get(path.stem, [])


def test_the_corpus_is_there() -> None:
    """An empty folder would raise no alarm."""
    assert len(FILES) >= 40
