"""What good settings become."""

from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.settings import (
    BouncesSettings,
    BrandSettings,
    ChecksSettings,
    DatabaseSettings,
    DkimSettings,
    LogSettings,
    Mailbox,
    MetricsSettings,
    NewsletterSettings,
    RenderingSettings,
    SendGridSettings,
    Settings,
    TransportSettings,
    WarmUpSettings,
    WebSettings,
    load_settings,
    parse_settings,
)
from newsletter.settings.keys import KEYS, SECTIONS
from subscribers.address import EmailAddress

WEEKLY = """\
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://weekly.example.org/"

[transport]
url = "maildir:mail"
"""
FILE = Path("/news/newsletter.toml")


def settings_with(**overrides: str) -> Settings:
    """Return the settings of the weekly; ``newsletter__name`` sets ``newsletter.name``."""
    named = {name.replace("__", "."): value for name, value in overrides.items()}
    return parse_settings(WEEKLY, path=FILE, overrides=named)


def test_a_small_file_gets_all_the_defaults() -> None:
    """Four lines make a newsletter."""
    settings = settings_with()

    mailbox = Mailbox("The Weekly", EmailAddress.parse("weekly@example.org"))
    assert settings == Settings(
        folder=Path("/news"),
        newsletter=NewsletterSettings(
            name="The Weekly",
            sender=mailbox,
            base_url="https://weekly.example.org",
            list_id="the-weekly.example.org",
            timezone=ZoneInfo("UTC"),
        ),
        database=DatabaseSettings(url="sqlite:////news/newsletter.db"),
        transport=TransportSettings(url="maildir:/news/mail"),
    )


def test_every_key_has_the_values_of_the_file() -> None:
    """A key that is read and lost would be worse than an unknown one."""
    settings = parse_settings(
        """\
        [newsletter]
        name = "주간 소식"
        from = "주간 소식 <weekly@example.org>"
        reply_to = "kim@example.org"
        base_url = "http://localhost:8000/news"
        language = "ko-kr"
        postal_address = '''
            Street 1
            12345 City
        '''
        list_id = "Weekly.example.org"
        timezone = "Asia/Seoul"
        theme = "letter"
        require_clean_tree = true
        [database]
        url = "sqlite:////var/lib/news/all.db"
        [transport]
        url = "memory:"
        rate_per_second = 3
        max_in_flight = 8
        retry_after_minutes = [2, 0.5]
        give_up_after_hours = 24
        connections = 2
        messages_per_connection = 50
        bounce_domain = "Bounces.example.org"
        timeout_seconds = 60
        ca_file = "ca.pem"
        """,
        path=FILE,
    )

    newsletter = settings.newsletter
    assert newsletter.name == "주간 소식"
    assert newsletter.sender == Mailbox("주간 소식", EmailAddress.parse("weekly@example.org"))
    assert newsletter.reply_to == Mailbox("", EmailAddress.parse("kim@example.org"))
    assert newsletter.base_url == "http://localhost:8000/news"
    assert newsletter.language == "ko-KR"
    assert newsletter.postal_address == "Street 1\n12345 City"
    assert newsletter.list_id == "Weekly.example.org"
    assert newsletter.timezone == ZoneInfo("Asia/Seoul")
    assert newsletter.theme == "letter"
    assert newsletter.require_clean_tree is True
    assert settings.database.url == "sqlite:////var/lib/news/all.db"
    assert settings.transport == TransportSettings(
        url="memory:",
        rate_per_second=3.0,
        max_in_flight=8,
        retry_after_minutes=(2, 0.5),
        give_up_after_hours=24.0,
        connections=2,
        messages_per_connection=50,
        bounce_domain="bounces.example.org",
        timeout_seconds=60.0,
        ca_file=FILE.parent / "ca.pem",
    )


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("weekly@example.org", "", "weekly@example.org"),
        ("<weekly@example.org>", "", "weekly@example.org"),
        ("  The Weekly<weekly@example.org> ", "The Weekly", "weekly@example.org"),
        ('"Weekly, \\"the\\"" <weekly@example.org>', 'Weekly, "the"', "weekly@example.org"),
        ("Weekly, the <weekly@example.org>", "Weekly, the", "weekly@example.org"),
        ('The "Weekly" <weekly@example.org>', 'The "Weekly"', "weekly@example.org"),
        ("Weekly <b> <weekly@example.org>", "Weekly <b>", "weekly@example.org"),
        ("주간 <weekly@예시.한국>", "주간", "weekly@예시.한국"),
    ],
)
def test_a_sender_is_a_name_and_an_address(text: str, name: str, address: str) -> None:
    """The name is what readers see: it is meant as it is written."""
    settings = settings_with(newsletter__from=text)

    assert settings.newsletter.sender == Mailbox(name, EmailAddress.parse(address))


@given(name=st.text() | st.text(alphabet='"\\a <').map('"{}"'.format))
def test_a_mailbox_is_read_back_as_it_was_written_or_refused(name: str) -> None:
    """`config show` prints it, and `init` writes it into newsletter.toml."""
    mailbox = Mailbox(name.strip(), EmailAddress.parse("weekly@example.org"))
    try:
        settings = settings_with(newsletter__from=str(mailbox))
    except SettingsError:
        return

    assert settings.newsletter.sender == mailbox


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://Example.ORG", "https://example.org"),
        ("HTTP://example.org:8080//", "http://example.org:8080"),
        ("https://예시.한국/뉴스/", "https://xn--vv4b11d.xn--3e0b707e/%EB%89%B4%EC%8A%A4"),
        ("https://example.org/a b(c),<d>", "https://example.org/a%20b%28c%29%2C%3Cd%3E"),
        ("https://example.org/%EB%89%B4", "https://example.org/%EB%89%B4"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_a_base_url_is_spelled_as_headers_take_it(text: str, url: str) -> None:
    """ASCII, no slash at the end, and nothing that ends a URL in a list header."""
    settings = settings_with(newsletter__base_url=text)

    assert settings.newsletter.base_url == url


@given(text=st.text() | st.text().map("https://example.org/{}".format))
def test_a_base_url_is_usable_in_a_header_or_refused(text: str) -> None:
    """Whatever is typed: no text gets a space, a bracket or a line break into a header."""
    try:
        url = settings_with(newsletter__base_url=text).newsletter.base_url
    except SettingsError:
        return

    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' <>(),"\\?#')
    assert not url.endswith("/")


@pytest.mark.parametrize(
    ("text", "language"),
    [("KO", "ko"), ("zh-hant-tw", "zh-Hant-TW"), ("sl-rozaj", "sl-rozaj"), ("de-1996", "de-1996")],
)
def test_a_language_is_spelled_as_recommended(text: str, language: str) -> None:
    """`lang` attributes and template look-ups see one spelling."""
    settings = settings_with(newsletter__language=text)

    assert settings.newsletter.language == language


@pytest.mark.parametrize(
    ("name", "list_id"),
    [
        ("Wöchentlich & mehr!", "wochentlich-mehr.xn--vv4b11d.xn--3e0b707e"),
        ("주간", "newsletter.xn--vv4b11d.xn--3e0b707e"),
        ("a" * 200, f"{'a' * 63}.xn--vv4b11d.xn--3e0b707e"),
    ],
)
def test_a_list_id_is_made_of_name_and_domain(name: str, list_id: str) -> None:
    """RFC 2919 wants ASCII inside of a domain that the sender owns."""
    settings = settings_with(newsletter__name=name, newsletter__from="weekly@예시.한국")

    assert settings.newsletter.list_id == list_id


@pytest.mark.parametrize("folder_name", ["news", "한글 100% #1?", "a%20b", 'it\'s "quoted"'])
def test_a_relative_database_is_beside_the_file_whatever_the_folder_is_called(
    tmp_path: Path, folder_name: str
) -> None:
    """SQLAlchemy decodes percent signs and ends a path at a question mark."""
    folder = tmp_path / folder_name
    folder.mkdir()
    folder.joinpath("newsletter.toml").write_text(WEEKLY, encoding="utf-8")

    settings = load_settings(folder, environ={})

    assert sa.make_url(settings.database.url).database == str(folder / "newsletter.db")
    assert settings.transport.url == f"maildir:{folder / 'mail'}"


@pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_file_from_a_windows_editor_is_read_like_any_other(
    tmp_path: Path, begin: bytes, line_end: str
) -> None:
    """A byte order mark and CRLF line ends change nothing."""
    file = tmp_path / "newsletter.toml"
    file.write_bytes(begin + WEEKLY.replace("\n", line_end).encode())

    settings = load_settings(file, environ={})

    assert settings.newsletter.name == "The Weekly"


def test_settings_do_not_show_secrets_when_printed() -> None:
    """Values end up in tracebacks and logs."""
    settings = parse_settings(
        WEEKLY,
        path=FILE,
        environ={
            "NEWSLETTER_DATABASE__URL": "postgresql+psycopg://kim:hunter2@example.org/news",
            "NEWSLETTER_SECRET_KEY": f"1:{'c2VjcmV0' * 6}",
        },
    )

    assert "hunter2" not in repr(settings)
    assert "secretsecret" not in repr(settings)


def test_the_table_of_keys_and_the_dataclasses_agree() -> None:
    """A row without a field could not be kept, a field without a row could not be set."""
    sections = {
        "newsletter": NewsletterSettings,
        "database": DatabaseSettings,
        "transport": TransportSettings,
        "warm_up": WarmUpSettings,
        "brand": BrandSettings,
        "dkim": DkimSettings,
        "rendering": RenderingSettings,
        "checks": ChecksSettings,
        "sendgrid": SendGridSettings,
        "web": WebSettings,
        "bounces": BouncesSettings,
        "log": LogSettings,
        "metrics": MetricsSettings,
    }
    declared = {(name, field.name) for name, made in sections.items() for field in fields(made)}

    rows = {(key.section, key.target) for key in KEYS if key.section}

    # The password becomes a part of the URL.
    assert rows == declared | {("database", "password")}
    assert set(sections) == set(SECTIONS)
