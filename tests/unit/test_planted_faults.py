"""Faults planted in small issues are found, each at its place, and nothing else is.

Each file in tests/faults is a good issue with one fault. Its front matter says what is to be found,
`expect = "rule line:column"`, or several in a list; line 0 is the whole issue.
"""

from pathlib import Path

import pytest

from newsletter.issues.load import load_issue
from tests.unit.checked import FAULTS, check_file, list_places, make_settings

FILES = sorted(FAULTS.glob("*.md"))


def list_names(expected: object) -> list[object]:
    """Take one expectation or a list of them."""
    return expected if isinstance(expected, list) else [expected]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_planted_fault_is_found_at_its_place_and_nothing_else(path: Path) -> None:
    """A finding at the wrong line costs a search; one too many is not read the next time."""
    issue = load_issue(path, newsletter=make_settings().newsletter)

    checked = check_file(path)

    assert list_places(checked) == list_names(issue.extra["expect"])


def test_there_are_at_least_thirty_planted_faults() -> None:
    """An empty folder would prove nothing."""
    assert len(FILES) >= 30
