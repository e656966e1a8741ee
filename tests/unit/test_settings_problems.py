"""Each way settings can be wrong, with the words a person reads about it."""

from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.settings import load_settings, parse_settings

GOOD = {
    "newsletter.name": "The Weekly",
    "newsletter.from": "The Weekly <weekly@example.org>",
    "newsletter.base_url": "https://weekly.example.org",
    "transport.url": "memory:",
}


def problems_of(
    text: str, *, environ: dict[str, str] | None = None, overrides: dict[str, str] | None = None
) -> list[str]:
    """Return the problems of a newsletter.toml in /news; what it leaves out is set by flags."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(
            text,
            path=Path("/news/newsletter.toml"),
            environ=environ or {},
            overrides=GOOD if overrides is None else overrides,
        )
    return list(caught.value.problems)


#: Value of a key → what is said about it after its label.
BAD_VALUES = [
    ("newsletter.name", "", "is empty, expected the name that readers see"),
    ("newsletter.name", "  ", "is empty, expected the name that readers see"),
    (
        "newsletter.name",
        "Weekly\r\nBcc: kim@example.org",
        "holds a line break or a control character, expected one line of text",
    ),
    (
        "newsletter.name",
        "Week\u2028ly",
        "holds a line break or a control character, expected one line of text",
    ),
    ("newsletter.name", "a" * 201, "is too long, expected at most 200 characters"),
    (
        "newsletter.from",
        "Weekly",
        (
            'holds no usable address, expected "Name <name@example.org>":'
            " An email address must have an @-sign."
        ),
    ),
    ("newsletter.from", "Weekly <>", 'holds no address, expected "Name <name@example.org>"'),
    (
        "newsletter.from",
        "Weekly\n <weekly@example.org>",
        "holds a line break or a control character, expected one line of text",
    ),
    (
        "newsletter.reply_to",
        "weekly@",
        (
            'holds no usable address, expected "Name <name@example.org>":'
            " There must be something after the @-sign."
        ),
    ),
    (
        "newsletter.base_url",
        "weekly.example.org",
        (
            "expected a URL that begins with https:// or http://"
            " (did you mean https://weekly.example.org?)"
        ),
    ),
    (
        "newsletter.base_url",
        "ftp://example.org",
        "expected a URL that begins with https:// or http://",
    ),
    (
        "newsletter.base_url",
        "https:///path",
        "names no host, expected one such as https://news.example.org",
    ),
    (
        "newsletter.base_url",
        "https://example.org/?a=b",
        "holds a ? or a #, expected a URL that paths can be added to",
    ),
    (
        "newsletter.base_url",
        "https://example.org/#top",
        "holds a ? or a #, expected a URL that paths can be added to",
    ),
    (
        "newsletter.base_url",
        "https://kim:hunter2@example.org",
        "holds a user name, expected a URL that every reader may see",
    ),
    (
        "newsletter.base_url",
        "https://exa mple.org",
        "names a host that cannot be, expected one such as https://news.example.org",
    ),
    (
        "newsletter.base_url",
        "https://example.org:99999",
        "is no URL, expected one such as https://news.example.org",
    ),
    ("newsletter.base_url", "https://example.org:0", "names port 0, expected 1 to 65535"),
    (
        "newsletter.base_url",
        "https://[::1",
        "is no URL, expected one such as https://news.example.org",
    ),
    (
        "newsletter.base_url",
        "https://example.org/\nx",
        "holds a line break or a control character, expected one line of text",
    ),
    (
        "newsletter.base_url",
        f"https://example.org/{'a' * 250}",
        "is too long, expected at most 255 characters",
    ),
    (
        "newsletter.language",
        "korean",
        'is no language tag, expected one such as "en", "ko" or "pt-BR"',
    ),
    (
        "newsletter.language",
        "ko_KR",
        'is no language tag, expected one such as "en", "ko" or "pt-BR" (did you mean "ko-KR"?)',
    ),
    (
        "newsletter.list_id",
        "<weekly.example.org>",
        'expected no angle brackets, such as "weekly.example.org"',
    ),
    (
        "newsletter.list_id",
        "the weekly",
        (
            "is no list name, expected at most 255 ASCII letters, digits and hyphens with dots"
            ' between them, such as "weekly.example.org"'
        ),
    ),
    (
        "newsletter.timezone",
        "Europe/Berln",
        'is no time zone, expected one such as "Europe/Berlin" (did you mean Europe/Berlin?)',
    ),
    (
        "newsletter.timezone",
        "../../etc/passwd",
        'is no time zone, expected one such as "Europe/Berlin"',
    ),
    (
        "newsletter.timezone",
        "Europe",
        'is no time zone, expected one such as "Europe/Berlin" (did you mean Europe/Rome?)',
    ),
    (
        "newsletter.theme",
        "../weekly",
        'is no name of a theme, expected lower-case letters, digits and hyphens, such as "weekly"',
    ),
    (
        "newsletter.postal_address",
        "Street 1\x07",
        "holds a control character, expected lines of text",
    ),
    ("newsletter.require_clean_tree", "perhaps", "expected true or false"),
    (
        "database.url",
        "sqlite:///",
        "would be forgotten with the process that sends, expected sqlite:///FILE",
    ),
    (
        "database.url",
        "sqlite:///:memory:",
        "would be forgotten with the process that sends, expected sqlite:///FILE",
    ),
    (
        "database.url",
        "sqlite://newsletter.db",
        "expected three slashes, or four before an absolute path: sqlite:///FILE",
    ),
    (
        "database.url",
        "postgresql+psycopg://me@db.example.org:port/weekly",
        "names no port of a server, expected 1 to 65535 behind the host, or none",
    ),
    (
        "database.url",
        "sqlite:///a.db?timeout=1",
        "holds options, expected only a file: sqlite:///FILE",
    ),
    ("database.url", "sqlite:///data/", "names a folder, expected a file: sqlite:///FILE"),
    (
        "database.url",
        "sqlite:///~/newsletter.db",
        "begins with ~, which only a shell understands; write the whole path",
    ),
    (
        "database.url",
        "postgres://example.org/news",
        (
            'names no database that can be used, expected "sqlite:///FILE" or'
            ' "postgresql+psycopg://USER@HOST/NAME" (did you mean postgresql+psycopg://?)'
        ),
    ),
    (
        "database.url",
        "newsletter.db",
        (
            'names no database that can be used, expected "sqlite:///FILE" or'
            ' "postgresql+psycopg://USER@HOST/NAME"'
        ),
    ),
    (
        "transport.url",
        "smtp://mail.example.org?tls=off",
        (
            "has tls=off, which would show every reader's address to whoever listens; it is for"
            " servers on this machine only (localhost, 127.0.0.1)"
        ),
    ),
    (
        "transport.url",
        "mialdir:x",
        (
            'names no transport, expected "smtp://USER@HOST", "sendgrid:", "maildir:PATH" or'
            ' "memory:" (did you mean maildir:?)'
        ),
    ),
    (
        "transport.url",
        "maildir",
        (
            'names no transport, expected "smtp://USER@HOST", "sendgrid:", "maildir:PATH" or'
            ' "memory:" (did you mean maildir:?)'
        ),
    ),
    ("transport.url", "maildir:", 'names no folder, expected one as in "maildir:maildir"'),
    (
        "transport.url",
        "maildir:~/mail",
        "begins with ~, which only a shell understands; write the whole path",
    ),
    ("transport.url", "memory:x", 'expected nothing after "memory:"'),
    (
        "transport.rate_per_second",
        "-1",
        "is -1, expected messages per second from 0 (no limit) to 1000000",
    ),
    (
        "transport.rate_per_second",
        "nan",
        "is nan, expected messages per second from 0 (no limit) to 1000000",
    ),
    ("transport.rate_per_second", "fast", "expected a number"),
    ("transport.max_in_flight", "0", "is 0, expected 1 to 10000"),
    ("transport.max_in_flight", "1.5", "expected a whole number"),
    ("transport.connections", "0", "is 0, expected 1 to 1000"),
    ("transport.messages_per_connection", "0", "is 0, expected 1 to 1000000"),
    ("transport.timeout_seconds", "0.5", "is 0.5, expected seconds from 1 to 3600"),
    ("transport.retry_after_minutes", "", "has 0 numbers, expected 1 to 20 waits"),
    (
        "transport.retry_after_minutes",
        "1, 0",
        "holds 0, expected minutes above 0, at most 1440",
    ),
    ("transport.retry_after_minutes", "1, soon", "expected a number"),
    ("transport.give_up_after_hours", "0.5", "is 0.5, expected hours from 1 to 168"),
    ("transport.give_up_after_hours", "nan", "is nan, expected hours from 1 to 168"),
    ("transport.timeout_seconds", "nan", "is nan, expected seconds from 1 to 3600"),
    (
        "transport.bounce_domain",
        "bounces",
        "is no domain, expected one such as bounces.example.org",
    ),
    (
        "transport.bounce_domain",
        "b@example.org",
        "names a host that cannot be, expected one such as bounces.example.org",
    ),
    ("transport.ca_file", "", "is empty, expected the path of a file"),
    (
        "transport.ca_file",
        "~/ca.pem",
        "begins with ~, which only a shell understands; write the whole path",
    ),
]


@pytest.mark.parametrize(("name", "value", "what"), BAD_VALUES)
def test_a_bad_value_is_refused_with_a_reason(name: str, value: str, what: str) -> None:
    """The message says what is wrong and what is expected."""
    section, key = name.split(".")

    problems = problems_of("", overrides=GOOD | {name: value})

    assert problems == [f"[{section}] {key}: {what} (flag)"]


#: newsletter.toml → the only problem it has.
BAD_DOCUMENTS = [
    (
        "[transport]\nrate_per_second = '3'",
        (
            "[transport] rate_per_second: is text, expected a number without quotes"
            " (newsletter.toml:2)"
        ),
    ),
    (
        "[transport]\nmax_in_flight = 1.0",
        (
            "[transport] max_in_flight: is a number, expected a whole number without quotes"
            " (newsletter.toml:2)"
        ),
    ),
    (
        "[transport]\nmax_in_flight = true",
        (
            "[transport] max_in_flight: is true or false, expected a whole number without quotes"
            " (newsletter.toml:2)"
        ),
    ),
    (
        "[newsletter]\nrequire_clean_tree = 1",
        (
            "[newsletter] require_clean_tree: is a whole number, expected true or false"
            " without quotes (newsletter.toml:2)"
        ),
    ),
    (
        "[newsletter]\npostal_address = ['Street', 'City']",
        "[newsletter] postal_address: is a list, expected text in quotes (newsletter.toml:2)",
    ),
    (
        "[newsletter]\nlanguage = 2026-01-01",
        "[newsletter] language: is a date or time, expected text in quotes (newsletter.toml:2)",
    ),
    (
        "[newsletter.theme]\nname = 'weekly'",
        "[newsletter] theme: is a table, expected text in quotes (newsletter.toml:1)",
    ),
    (
        "\n[newsletter]\nlangauge = 'ko'",
        "[newsletter] langauge: there is no such key (did you mean language?) (newsletter.toml:3)",
    ),
    (
        "[newsletter]\nBase-URL = 'https://example.org'",
        "[newsletter] Base-URL: there is no such key (did you mean base_url?) (newsletter.toml:2)",
    ),
    (
        "[newsletter]\nrate_per_second = 1",
        (
            "[newsletter] rate_per_second: there is no such key here"
            " (did you mean [transport] rate_per_second?) (newsletter.toml:2)"
        ),
    ),
    (
        "[tansport]\nrate_per_second = 1",
        "[tansport]: there is no such section (did you mean [transport]?) (newsletter.toml:1)",
    ),
    ("[zzz]", "[zzz]: there is no such section (newsletter.toml:1)"),
    pytest.param(
        f"[newsletter]\n{'a.' * 3000}b = 1",
        "[newsletter] a: there is no such key (newsletter.toml:2)",
        id="a name of 3,000 parts",
    ),
    (
        "language = 'ko'",
        (
            "language: stands outside of every section (did you mean [newsletter] language?)"
            " (newsletter.toml:1)"
        ),
    ),
    (
        "newsletter = 'weekly'",
        "newsletter: expected a section that begins with the line [newsletter] (newsletter.toml:1)",
    ),
    (
        "[[newsletter]]",
        "newsletter: expected a section that begins with the line [newsletter] (newsletter.toml:1)",
    ),
]


@pytest.mark.parametrize(("text", "problem"), BAD_DOCUMENTS)
def test_a_bad_document_is_refused_with_its_line(text: str, problem: str) -> None:
    """The message leads to the line."""
    problems = problems_of(text)

    assert problems == [problem]


#: No TOML → where its first mistake is.
BAD_TOML = [
    ("[newsletter]\nname = ", "2:8"),
    ("[newsletter]\nname = 'a\nfrom = 'b'", "2:10"),
    ("[newsletter]\n[newsletter]", "2:12"),
    ("[newsletter", "1:12"),
    ('[newsletter]\nname = """a\nbcd\n', "3:4"),
    pytest.param(f"a = {'9' * 5000}", "1:5005", id="a number of 5,000 digits"),
    pytest.param("a = " + "[" * 100_000, "1:1", id="100,000 brackets"),
]


@pytest.mark.parametrize(("text", "place"), BAD_TOML)
def test_a_syntax_mistake_is_told_with_line_and_column(text: str, place: str) -> None:
    """What the file sets is unknown then, so nothing is said to be missing."""
    problems = problems_of(text, overrides={})

    assert len(problems) == 1
    assert problems[0].startswith(f"newsletter.toml:{place}: ")


IN_FILE = "a secret does not belong in newsletter.toml, which goes into git"
#: newsletter.toml → what is said about the secret in it.
SECRETS_IN_FILE = [
    (
        "[transport]\nurl = 'smtp://kim:hunter2@mail.example.org'",
        (
            f"[transport] url: {IN_FILE}; set NEWSLETTER_TRANSPORT__PASSWORD or"
            " NEWSLETTER_TRANSPORT__PASSWORD_FILE instead (newsletter.toml:2)"
        ),
    ),
    (
        "[database]\nurl = 'postgresql+psycopg://kim:hunter2@example.org/news'",
        (
            f"[database] url: {IN_FILE}; set NEWSLETTER_DATABASE__PASSWORD or"
            " NEWSLETTER_DATABASE__PASSWORD_FILE instead (newsletter.toml:2)"
        ),
    ),
    (
        "[database]\nurl = 'postgresql+psycopg://kim@example.org/news?password=hunter2'",
        (
            f"[database] url: {IN_FILE}; set NEWSLETTER_DATABASE__PASSWORD or"
            " NEWSLETTER_DATABASE__PASSWORD_FILE instead (newsletter.toml:2)"
        ),
    ),
    (
        "[database]\npassword = 'hunter2'",
        (
            f"[database] password: {IN_FILE}; set NEWSLETTER_DATABASE__PASSWORD or"
            " NEWSLETTER_DATABASE__PASSWORD_FILE instead (newsletter.toml:2)"
        ),
    ),
    (
        "[transport]\napi_key = 'hunter2'",
        (
            f"[transport] api_key: there is no such key, and {IN_FILE};"
            " secrets come from the environment (newsletter.toml:2)"
        ),
    ),
    (
        "secret_key = 'hunter2'",
        (
            f"secret_key: there is no such key, and {IN_FILE};"
            " secrets come from the environment (newsletter.toml:1)"
        ),
    ),
]


@pytest.mark.parametrize(("text", "problem"), SECRETS_IN_FILE)
def test_a_secret_in_the_file_is_refused_though_a_flag_sets_the_key_too(
    text: str, problem: str
) -> None:
    """It is in git already, whichever value holds in the end; and it is not repeated."""
    problems = problems_of(text)

    assert problems == [problem]
    assert "hunter2" not in problem


def test_a_secret_in_an_unknown_section_is_pointed_out_too() -> None:
    """A section of a later version may be unknown; its secret is in git all the same."""
    problems = problems_of("[sendgird]\nsandbox = true\napi_key = 'hunter2'")

    assert problems == [
        "[sendgird]: there is no such section (did you mean [sendgrid]?) (newsletter.toml:1)",
        (
            f"[sendgird] api_key: there is no such key, and {IN_FILE};"
            " secrets come from the environment (newsletter.toml:3)"
        ),
    ]


def test_a_secret_on_the_command_line_is_refused() -> None:
    """Every user of the machine sees the arguments of a process."""
    problems = problems_of("", overrides=GOOD | {"database.password": "hunter2"})

    assert problems == [
        (
            "[database] password: a secret does not belong in a command, which others on this"
            " machine can see; set NEWSLETTER_DATABASE__PASSWORD or"
            " NEWSLETTER_DATABASE__PASSWORD_FILE instead (flag)"
        )
    ]


def test_what_must_be_set_is_named_with_an_example() -> None:
    """A newcomer sees what to write."""
    problems = problems_of("", overrides={})

    assert problems == [
        '[newsletter] name: is not set, expected one such as "The Weekly"',
        '[newsletter] from: is not set, expected one such as "The Weekly <weekly@example.org>"',
        '[newsletter] base_url: is not set, expected one such as "https://weekly.example.org"',
        '[transport] url: is not set, expected one such as "maildir:maildir"',
    ]


def test_every_problem_of_every_source_is_told_at_once() -> None:
    """Nobody wants to mend one mistake a run."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(
            "[newsletter]\nnam = 'Weekly'\ntimezone = 'Mars'\n",
            path=Path("/news/newsletter.toml"),
            environ={
                "NEWSLETTER_TRANSPORT_URL": "memory:",
                "NEWSLETTER_DATABASE__PASSWORD": "hunter2",
                "NEWSLETTER_NEWSLETTER__LANGUAGE": "korean",
            },
            overrides={"transport.rate": "1", "newsletter.base_url": "https://example.org"},
        )

    assert str(caught.value).splitlines() == [
        "/news/newsletter.toml: these settings cannot be used",
        "  - [newsletter] nam: there is no such key (did you mean name?) (newsletter.toml:2)",
        (
            "  - NEWSLETTER_TRANSPORT_URL: there is no such setting"
            " (did you mean NEWSLETTER_TRANSPORT__URL?)"
        ),
        "  - transport.rate: there is no such setting (did you mean transport.url?) (flag)",
        (
            '  - [newsletter] language: is no language tag, expected one such as "en", "ko"'
            ' or "pt-BR" (environment NEWSLETTER_NEWSLETTER__LANGUAGE)'
        ),
        (
            '  - [newsletter] timezone: is no time zone, expected one such as "Europe/Berlin"'
            " (newsletter.toml:3)"
        ),
        '  - [newsletter] name: is not set, expected one such as "The Weekly"',
        '  - [newsletter] from: is not set, expected one such as "The Weekly <weekly@example.org>"',
        "  - [database] password: is set, but an SQLite file takes none",
        '  - [transport] url: is not set, expected one such as "maildir:maildir"',
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("newsletter.from", "kim..lee@example.org"),
        ("newsletter.base_url", "kim@example.org"),
        ("newsletter.base_url", "https://kim:hunter2@[example.org"),
        ("newsletter.list_id", "kim@example.org"),
    ],
)
def test_a_problem_does_not_repeat_an_address_or_a_password(name: str, value: str) -> None:
    """Errors may be logged, these must not be."""
    (problem,) = problems_of("", overrides=GOOD | {name: value})

    assert "kim" not in problem
    assert "hunter2" not in problem


def test_a_problem_with_a_url_from_the_environment_does_not_repeat_its_password() -> None:
    """There it may hold one, and its scheme may still be wrong."""
    problems = problems_of(
        "",
        environ={"NEWSLETTER_DATABASE__URL": "mysql://kim:hunter2@example.org/news"},
    )

    assert len(problems) == 1
    assert "hunter2" not in problems[0]


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    """The first thing a newcomer meets."""
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environ={})

    assert str(caught.value) == (
        f"{tmp_path}/newsletter.toml: there is no such file."
        " Make a newsletter with: newsletter init"
    )


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    """Some editors on Windows save Korean text as CP949."""
    file = tmp_path / "newsletter.toml"
    file.write_bytes("[newsletter]\nname = '주간'\n".encode("cp949"))

    with pytest.raises(SettingsError) as caught:
        load_settings(file, environ={})

    assert str(caught.value) == f"{file}:2: not UTF-8; save the file as UTF-8"


#: Transport URL and password → what is wrong with the two together.
LOGINS = [
    (
        "smtp://kim@mail.example.org",
        "",
        (
            "[transport] password: is not set, but the URL names a user; set"
            " NEWSLETTER_TRANSPORT__PASSWORD or NEWSLETTER_TRANSPORT__PASSWORD_FILE"
        ),
    ),
    (
        "smtp://mail.example.org",
        "hunter2",
        "[transport] password: is set, but the URL names no user, as in smtp://USER@HOST",
    ),
    ("memory:", "hunter2", "[transport] password: is set, but memory: takes none"),
]


@pytest.mark.parametrize(("url", "password", "problem"), LOGINS)
def test_a_user_and_a_password_come_together(url: str, password: str, problem: str) -> None:
    """Half a login is a slip: messages might leave without the one that was meant."""
    problems = problems_of(
        "",
        environ={"NEWSLETTER_TRANSPORT__PASSWORD": password},
        overrides=GOOD | {"transport.url": url},
    )

    assert problems == [problem]


def test_a_password_in_a_transport_url_is_refused_in_the_environment_too() -> None:
    """URLs are shown and told of in messages; a password has a place of its own."""
    environ = {"NEWSLETTER_TRANSPORT__URL": "smtp://kim:hunter2@mail.example.org"}
    others = {name: value for name, value in GOOD.items() if name != "transport.url"}

    [problem] = problems_of("", environ=environ, overrides=others)

    assert problem == (
        "[transport] url: holds a password; set NEWSLETTER_TRANSPORT__PASSWORD or"
        " NEWSLETTER_TRANSPORT__PASSWORD_FILE instead (environment NEWSLETTER_TRANSPORT__URL)"
    )
