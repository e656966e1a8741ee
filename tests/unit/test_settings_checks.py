"""Section [checks]: rules are left out by name, and only rules there are."""

from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.settings import Settings, parse_settings

MINIMAL = """\
[newsletter]
name = "Weekly"
from = "Weekly <weekly@example.org>"
base_url = "https://weekly.example.org"
[transport]
url = "memory:"
"""
PATH = Path("newsletter.toml")


def read(lines: str = "", **environ: str) -> Settings:
    """Read settings with some more lines."""
    return parse_settings(MINIMAL + lines, path=PATH, environ=environ)


def test_rules_are_left_out_by_their_names() -> None:
    """A list in the file, commas in the environment."""
    from_file = read('[checks]\nignore = ["link-http", "preheader", "link-http"]')
    from_environment = read(NEWSLETTER_CHECKS__IGNORE="link-http, preheader")

    assert from_file.checks.ignore == ("link-http", "preheader")
    assert from_environment.checks.ignore == ("link-http", "preheader")


def test_nothing_is_left_out_by_itself() -> None:
    """Silence is asked for."""
    settings = read()

    assert settings.checks.ignore == ()


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('["link-htp"]', 'there is no rule "link-htp" (did you mean "link-http"?)'),
        ('["everything"]', 'there is no rule "everything", see docs/reference/checks.md'),
        ('"link-http"', "is text, expected a list of words in quotes"),
        ("[1]", "is a whole number, expected text in quotes"),
    ],
)
def test_a_rule_that_does_not_exist_is_a_problem_of_the_settings(value: str, problem: str) -> None:
    """A typing error must not silence nothing, unnoticed."""
    with pytest.raises(SettingsError) as caught:
        read(f"[checks]\nignore = {value}")

    assert caught.value.problems == (f"[checks] ignore: {problem} (newsletter.toml:8)",)
