"""Where values come from, which one holds, and how that is shown."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import SettingsError
from newsletter.settings import (
    SettingLine,
    describe_settings,
    find_settings_file,
    load_settings,
)

WEEKLY = """\
# A comment
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://weekly.example.org/"

[transport]
url = "maildir:mail"
rate_per_second = 1
max_in_flight = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the settings of the weekly."""
    tmp_path.joinpath("newsletter.toml").write_text(WEEKLY, encoding="utf-8")
    return tmp_path


def problems_of(folder: Path, environ: dict[str, str]) -> tuple[str, ...]:
    """Return the problems of an environment."""
    with pytest.raises(SettingsError) as caught:
        load_settings(folder, environ=environ)
    return caught.value.problems


def test_the_environment_goes_before_the_file_and_a_flag_before_both(folder: Path) -> None:
    """The nearer to the command, the stronger."""
    environ = {
        "NEWSLETTER_TRANSPORT__RATE_PER_SECOND": "2.5",
        "NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT": "2",
    }

    settings = load_settings(folder, environ=environ, overrides={"transport.max_in_flight": "3"})

    assert settings.transport.url == f"maildir:{folder}/mail"
    assert settings.transport.rate_per_second == 2.5
    assert settings.transport.max_in_flight == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("true", True), ("Yes", True), ("on", True), ("1", True)],
        *[("false", False), ("no", False), ("OFF", False), ("0", False)],
    ],
)
def test_a_switch_is_written_in_the_usual_words(folder: Path, text: str, value: bool) -> None:
    """An environment knows no types."""
    environ = {"NEWSLETTER_NEWSLETTER__REQUIRE_CLEAN_TREE": text}

    settings = load_settings(folder, environ=environ)

    assert settings.newsletter.require_clean_tree is value


def test_an_empty_variable_counts_as_not_set(folder: Path) -> None:
    """Compose files and CI systems set what they do not know to nothing."""
    environ = {
        "NEWSLETTER_NEWSLETTER__NAME": "",
        "NEWSLETTER_DATABASE__PASSWORD_FILE": "",
        "NEWSLETTER_NO_SUCH_THING": "",
    }

    settings = load_settings(folder, environ=environ)

    assert settings.newsletter.name == "The Weekly"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("NEWSLETTER_TRANSPORT_URL", " (did you mean NEWSLETTER_TRANSPORT__URL?)"),
        ("NEWSLETTER_BASE_URL", " (did you mean NEWSLETTER_NEWSLETTER__BASE_URL?)"),
        ("NEWSLETTER_SECRETKEY", " (did you mean NEWSLETTER_SECRET_KEY?)"),
        (
            "NEWSLETTER_TRANSPORT__RATE_PER_SECOND_FILE",
            " (did you mean NEWSLETTER_TRANSPORT__RATE_PER_SECOND?)",
        ),
    ],
)
def test_an_unknown_variable_is_a_problem(folder: Path, name: str, hint: str) -> None:
    """A slip in its name would leave a default in force without a word."""
    problems = problems_of(folder, {name: "x", "HOME": "/home/kim"})

    assert problems == (f"{name}: there is no such setting{hint}",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEWSLETTER_SERVICE_HOST", "10.0.0.1"),
        ("NEWSLETTER_SERVICE_PORT_HTTP", "80"),
        ("NEWSLETTER_PORT", "tcp://10.0.0.1:80"),
        ("NEWSLETTER_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("NEWSLETTER_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("NEWSLETTER_WEB_PORT_8000_TCP_PROTO", "tcp"),
    ],
)
def test_the_variables_of_a_kubernetes_service_are_no_settings(
    folder: Path, name: str, value: str
) -> None:
    """A cluster sets them in every container beside a service called newsletter."""
    settings = load_settings(folder, environ={name: value})

    assert settings.newsletter.name == "The Weekly"


def test_a_port_set_by_a_person_is_not_taken_for_a_kubernetes_service(folder: Path) -> None:
    """It would be ignored without a word."""
    problems = problems_of(folder, {"NEWSLETTER_PORT": "8000"})

    assert len(problems) == 1
    assert problems[0].startswith("NEWSLETTER_PORT: there is no such setting")


@pytest.mark.parametrize("password", ["hunter2", "a@b/c:d?e#f%20", "비밀 번호"])
def test_a_database_password_may_come_by_itself(folder: Path, password: str) -> None:
    """The URL may stand in the file then."""
    environ = {
        "NEWSLETTER_DATABASE__URL": "postgresql+psycopg://kim@example.org:5432/news?sslmode=require",
        "NEWSLETTER_DATABASE__PASSWORD": password,
    }

    url = sa.make_url(load_settings(folder, environ=environ).database.url)

    assert (url.username, url.password, url.host, url.port) == (
        "kim",
        password,
        "example.org",
        5432,
    )
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "what"),
    [
        (
            "postgresql+psycopg://kim:hunter1@example.org/news",
            "the URL holds a password too; keep one of them",
        ),
        (
            "postgresql+psycopg://example.org/news",
            "the URL names no user, as in postgresql+psycopg://USER@HOST",
        ),
        ("sqlite:///newsletter.db", "an SQLite file takes none"),
    ],
)
def test_a_password_that_fits_no_url_is_a_problem(folder: Path, url: str, what: str) -> None:
    """It was set for a purpose that is not served."""
    problems = problems_of(
        folder, {"NEWSLETTER_DATABASE__URL": url, "NEWSLETTER_DATABASE__PASSWORD": "hunter2"}
    )

    assert problems == (f"[database] password: is set, but {what}",)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"hunter2\n\n", "hunter2\n"),
        (b" hunter2 ", " hunter2 "),
    ],
)
def test_a_secret_is_read_from_a_file_without_one_line_end(
    folder: Path, content: bytes, password: str
) -> None:
    """Editors add a line end; anything else may belong to the password."""
    secret = folder / "secret"
    secret.write_bytes(content)
    environ = {
        "NEWSLETTER_DATABASE__URL": "postgresql+psycopg://kim@example.org/news",
        "NEWSLETTER_DATABASE__PASSWORD_FILE": str(secret),
    }

    url = sa.make_url(load_settings(folder, environ=environ).database.url)

    assert url.password == password


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\n", "is empty"),
        (b"a" * 65_537, "is too long for a secret"),
        (b"\xff", "is not text in UTF-8"),
    ],
)
def test_a_file_that_holds_no_secret_is_a_problem(folder: Path, content: bytes, what: str) -> None:
    """A wrong path must not become an empty password."""
    secret = folder / "secret"
    secret.write_bytes(content)

    problems = problems_of(folder, {"NEWSLETTER_DATABASE__PASSWORD_FILE": str(secret)})

    assert problems == (f"NEWSLETTER_DATABASE__PASSWORD_FILE: {secret} {what}",)


def test_a_secret_file_that_cannot_be_read_is_a_problem(folder: Path) -> None:
    """The operator sees which path was tried."""
    problems = problems_of(folder, {"NEWSLETTER_SECRET_KEY_FILE": "/nowhere/secret"})

    assert problems == (
        "NEWSLETTER_SECRET_KEY_FILE: /nowhere/secret cannot be read: No such file or directory",
    )


def test_a_secret_is_given_in_one_way_only(folder: Path) -> None:
    """Nobody should have to know which one wins."""
    problems = problems_of(
        folder,
        {
            "NEWSLETTER_SECRET_KEY": f"1:{'A' * 43}",
            "NEWSLETTER_SECRET_KEY_FILE": "/run/secrets/newsletter",
        },
    )

    assert problems == (
        "NEWSLETTER_SECRET_KEY_FILE: NEWSLETTER_SECRET_KEY is set too; keep one of them",
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (",", "holds no secret, expected 1:SECRET"),
        ("A" * 43, "secret 1 does not begin with its number, expected 1:"),
        (f"2:{'A' * 43}", "secret 1 does not begin with its number, expected 1:"),
        (f"1:{'A' * 43},3:{'A' * 43}", "secret 2 does not begin with its number, expected 2:"),
        ("1:!!!", "secret 1 is not written in base64url; was it copied in full?"),
        ("1:한글", "secret 1 is not written in base64url; was it copied in full?"),
        (
            f"1:{'A' * 40}",
            "secret 1 has 30 bytes, expected 32 or more; was it copied in full?",
        ),
    ],
)
def test_a_malformed_secret_key_is_a_problem(folder: Path, text: str, what: str) -> None:
    """It is never repeated: a part of it may be right."""
    problems = problems_of(folder, {"NEWSLETTER_SECRET_KEY": text})

    assert problems == (f"NEWSLETTER_SECRET_KEY: {what} (environment NEWSLETTER_SECRET_KEY)",)


def test_a_variable_that_is_not_text_is_refused(folder: Path) -> None:
    """Bytes that are no UTF-8 reach Python as halves of surrogate pairs."""
    problems = problems_of(folder, {"NEWSLETTER_NEWSLETTER__NAME": "W\udcf6chentlich"})

    assert problems == (
        (
            "[newsletter] name: holds a line break or a control character, expected one line of"
            " text (environment NEWSLETTER_NEWSLETTER__NAME)"
        ),
    )


def test_every_setting_is_shown_with_its_origin_and_without_secrets(folder: Path) -> None:
    """`config show --origin` answers why a value holds, also to somebody who looks on."""
    lines = describe_settings(
        folder,
        environ={
            "NEWSLETTER_DATABASE__URL": "postgresql+psycopg://kim@example.org/news?password=hunter1",
            "NEWSLETTER_SECRET_KEY": f"1:{'A' * 43}",
        },
        overrides={"transport.rate_per_second": "0.5"},
    )

    assert lines == [
        SettingLine(section=section, key=key, shown_value=value, origin=origin)
        for section, key, value, origin in [
            ("newsletter", "name", "The Weekly", "newsletter.toml:3"),
            ("newsletter", "from", "The Weekly <weekly@example.org>", "newsletter.toml:4"),
            ("newsletter", "reply_to", "", "default"),
            ("newsletter", "base_url", "https://weekly.example.org", "newsletter.toml:5"),
            ("newsletter", "language", "en", "default"),
            ("newsletter", "postal_address", "", "default"),
            ("newsletter", "list_id", "the-weekly.example.org", "default"),
            ("newsletter", "timezone", "UTC", "default"),
            ("newsletter", "late_after_minutes", "60", "default"),
            ("newsletter", "theme", "weekly", "default"),
            ("newsletter", "require_clean_tree", "false", "default"),
            (
                "database",
                "url",
                "postgresql+psycopg://kim@example.org/news?password=***",
                "environment NEWSLETTER_DATABASE__URL",
            ),
            ("database", "password", "", "default"),
            ("transport", "url", f"maildir:{folder}/mail", "newsletter.toml:8"),
            ("transport", "password", "", "default"),
            ("transport", "rate_per_second", "0.5", "flag"),
            ("transport", "max_in_flight", "1", "newsletter.toml:10"),
            ("transport", "retry_after_minutes", "1, 5, 15, 60, 240", "default"),
            ("transport", "give_up_after_hours", "48", "default"),
            ("transport", "connections", "8", "default"),
            ("transport", "messages_per_connection", "100", "default"),
            ("transport", "bounce_domain", "", "default"),
            ("transport", "timeout_seconds", "", "default"),
            ("transport", "ca_file", "", "default"),
            ("warm_up", "began_on", "", "default"),
            ("warm_up", "first_day", "500", "default"),
            ("warm_up", "growth", "1.5", "default"),
            ("warm_up", "until", "50000", "default"),
            ("warm_up", "per_day", "", "default"),
            ("brand", "color", "#1d4ed8", "default"),
            ("brand", "color_dark", "#8fb4ff", "default"),
            ("brand", "logo", "", "default"),
            ("brand", "font", "", "default"),
            ("brand", "width", "640", "default"),
            ("dkim", "domain", "", "default"),
            ("dkim", "rsa_selector", "", "default"),
            ("dkim", "rsa_key_file", "", "default"),
            ("dkim", "ed25519_selector", "", "default"),
            ("dkim", "ed25519_key_file", "", "default"),
            ("rendering", "allow_html", "false", "default"),
            ("checks", "ignore", "", "default"),
            ("sendgrid", "api_key", "", "default"),
            ("sendgrid", "host", "https://api.sendgrid.com", "default"),
            ("sendgrid", "batch_size", "250", "default"),
            ("sendgrid", "calls", "4", "default"),
            ("sendgrid", "sandbox", "false", "default"),
            ("sendgrid", "webhook_public_key", "", "default"),
            ("web", "trusted_proxies", "", "default"),
            ("web", "proof_of_work", "auto", "default"),
            ("web", "offered_tags", "", "default"),
            ("web", "embed_origins", "", "default"),
            ("web", "hsts", "false", "default"),
            ("web", "api_rate_per_second", "20", "default"),
            ("bounces", "mailbox", "", "default"),
            ("bounces", "password", "", "default"),
            ("bounces", "every_minutes", "5", "default"),
            ("bounces", "ca_file", "", "default"),
            ("log", "format", "console", "default"),
            ("log", "level", "info", "default"),
            ("metrics", "listen", "", "default"),
            ("", "secret_key", "***", "environment NEWSLETTER_SECRET_KEY"),
        ]
    ]


def test_without_a_secret_in_the_environment_the_key_file_is_shown(folder: Path) -> None:
    """The operator sees which file to back up."""
    *_, line = describe_settings(folder, environ={})

    assert (line.key, line.shown_value, line.origin) == (
        "secret_key",
        f"in {folder}/newsletter.key",
        "default",
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("kim:hunter2@example.org/news", "kim:***@example.org/news"),
        ("kim:hun@ter2@example.org/news", "kim:***@example.org/news"),
        ("kim:hun/ter2@example.org/news", "kim:***@example.org/news"),
        (
            "kim@example.org/news?sslpassword=hunter2&a=b",
            "kim@example.org/news?sslpassword=***&a=b",
        ),
    ],
)
def test_the_password_of_a_url_is_masked(folder: Path, url: str, shown: str) -> None:
    """Even one that somebody forgot to encode."""
    scheme = "postgresql+psycopg://"

    lines = describe_settings(folder, environ={"NEWSLETTER_DATABASE__URL": scheme + url})

    assert [line.shown_value for line in lines if line.section == "database"] == [
        scheme + shown,
        "",
    ]


def test_the_settings_of_the_nearest_folder_above_are_found(folder: Path) -> None:
    """Commands work from inside of issues/, and with the path of an issue."""
    issues = folder / "issues"
    issues.mkdir()
    issue = issues / "first.md"
    issue.touch()

    found = [find_settings_file(start) for start in (folder, issues, issue)]

    assert found == [folder / "newsletter.toml"] * 3


def test_a_folder_without_settings_names_the_command_that_makes_them(tmp_path: Path) -> None:
    """The first thing a newcomer meets."""
    with pytest.raises(SettingsError) as caught:
        find_settings_file(tmp_path)

    assert str(caught.value) == (
        f"{tmp_path}: no newsletter.toml here or in a folder above."
        " Make a newsletter with: newsletter init"
    )
