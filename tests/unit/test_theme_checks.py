"""The themes that come with the program give a writer nothing to mend."""

from pathlib import Path

import pytest

from newsletter.checks.baseline import ONE_OF_EVERYTHING
from newsletter.rendering.finding import Severity
from newsletter.rendering.theme_folder import list_themes
from tests.unit.checked import check_file

THEMES = [theme.name for theme in list_themes()]
HEAD = '+++\ntitle = "Everything"\npreheader = "One of each"\nlanguage = "{}"\n+++\n\n'


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["en", "ko", "he"])
def test_a_theme_is_clean_with_one_of_everything(tmp_path: Path, theme: str, language: str) -> None:
    """Gmail, Outlook, Apple Mail, Yahoo and Samsung: what they lack was reviewed."""
    path = tmp_path / "everything.md"
    path.write_text(HEAD.format(language) + ONE_OF_EVERYTHING, encoding="utf-8")

    checked = check_file(path, newsletter={"theme": theme})

    told = [each for each in checked.findings if each.severity is not Severity.NOTE]
    assert told == []
    assert [each for each in checked.findings if each.rule == "theme-support"] == []


def test_all_four_themes_are_looked_at() -> None:
    """One that is added is looked at, too."""
    assert {"plain", "weekly", "digest", "letter"} <= set(THEMES)
