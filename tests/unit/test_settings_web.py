"""Section [web]: lists, and values that decide whom the pages believe."""

from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.settings import Settings, WebSettings, describe_settings, parse_settings

FILE = Path("/news/newsletter.toml")
WEEKLY = """\
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://weekly.example.org"

[transport]
url = "memory:"

[web]
"""


def parse(lines: str, environ: dict[str, str] | None = None) -> Settings:
    """Parse the weekly with lines in its section of the pages."""
    return parse_settings(WEEKLY + lines, path=FILE, environ=environ or {})


def problem_of(lines: str, environ: dict[str, str] | None = None) -> str:
    """Return the one problem of these lines."""
    with pytest.raises(SettingsError) as caught:
        parse(lines, environ)
    [problem] = caught.value.problems
    return problem


def test_a_list_is_an_array_in_the_file() -> None:
    """Each entry is spelled in one way, and none comes twice."""
    settings = parse(
        """
        trusted_proxies = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "10.0.0.0/8"]
        proof_of_work = "always"
        offered_tags = ["Python", "python", "릴리스"]
        embed_origins = ["https://Blog.example.org", "https://blog.example.org:443/"]
        hsts = true
        """
    )

    assert settings.web == WebSettings(
        trusted_proxies=("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"),
        proof_of_work="always",
        offered_tags=("python", "릴리스"),
        embed_origins=("https://blog.example.org",),
        hsts=True,
    )


def test_a_list_in_the_environment_has_commas_between_its_entries() -> None:
    """An environment knows text only."""
    settings = parse("", {"NEWSLETTER_WEB__OFFERED_TAGS": " python, ,rust ,"})

    assert settings.web.offered_tags == ("python", "rust")


def test_a_list_is_shown_with_commas_between_its_entries(tmp_path: Path) -> None:
    """As it would stand in the environment."""
    file = tmp_path / "newsletter.toml"
    file.write_text(f'{WEEKLY}offered_tags = ["python", "rust"]', encoding="utf-8")

    lines = describe_settings(file, environ={})

    assert [line.shown_value for line in lines if line.key == "offered_tags"] == ["python, rust"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            'offered_tags = "python"',
            (
                "[web] offered_tags: is text, expected a list of words in quotes"
                " (newsletter.toml:10)"
            ),
        ),
        (
            "offered_tags = [1]",
            ("[web] offered_tags: is a whole number, expected text in quotes (newsletter.toml:10)"),
        ),
        (
            'offered_tags = ["a;b"]',
            (
                "[web] offered_tags: a tag must not be empty or contain a comma or a semicolon"
                " (newsletter.toml:10)"
            ),
        ),
        (
            'trusted_proxies = ["10.0.0.1/8"]',
            (
                "[web] trusted_proxies: holds what is no address or network, expected such as"
                ' "127.0.0.1" or "10.0.0.0/8" (newsletter.toml:10)'
            ),
        ),
        (
            'embed_origins = ["https://blog.example.org/about"]',
            (
                "[web] embed_origins: holds a path, expected a site alone, such as"
                ' "https://blog.example.org" (newsletter.toml:10)'
            ),
        ),
        (
            'proof_of_work = "allways"',
            (
                '[web] proof_of_work: is none of "off", "auto", "always" (did you mean always?)'
                " (newsletter.toml:10)"
            ),
        ),
    ],
)
def test_a_wrong_entry_is_a_problem(line: str, what: str) -> None:
    """Whoever is believed by mistake can write any address into the limits."""
    assert problem_of(line) == what


def test_a_site_with_a_port_keeps_it() -> None:
    """Browsers leave out a scheme's own port and send every other one."""
    settings = parse('embed_origins = ["http://localhost:80", "http://localhost:8080"]')

    assert settings.web.embed_origins == ("http://localhost", "http://localhost:8080")
