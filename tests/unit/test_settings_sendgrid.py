from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.sending.transports.sendgrid.fake_events import EventSender
from newsletter.settings import SendGridSettings, Settings, describe_settings, parse_settings
from newsletter.web.webhooks.signature import SignatureCheck

FILE = Path("/news/newsletter.toml")
WEEKLY = """\
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://weekly.example.org"

[transport]
url = "sendgrid:"

[sendgrid]
"""


def parse(lines: str = "", **environ: str) -> Settings:
    """Parse the weekly with lines in its section of SendGrid."""
    return parse_settings(WEEKLY + lines, path=FILE, environ=environ)


def test_the_key_alone_is_enough() -> None:
    """Everything else has a default."""
    settings = parse(NEWSLETTER_SENDGRID__API_KEY="SG.secret")

    assert settings.transport.url == "sendgrid:"
    assert settings.sendgrid == SendGridSettings(
        api_key="SG.secret",
        host="https://api.sendgrid.com",
        batch_size=250,
        calls=4,
        sandbox=False,
    )


def test_everything_can_be_set() -> None:
    """Accounts in the European Union have another host."""
    settings = parse(
        'host = "https://api.eu.sendgrid.com/"\nbatch_size = 1000\ncalls = 8\nsandbox = true'
    )

    assert settings.sendgrid == SendGridSettings(
        host="https://api.eu.sendgrid.com", batch_size=1000, calls=8, sandbox=True
    )


def test_the_key_is_never_shown(tmp_path: Path) -> None:
    """Neither where settings are listed nor where one of them is printed."""
    (tmp_path / "newsletter.toml").write_text(WEEKLY, encoding="utf-8")
    environ = {"NEWSLETTER_SENDGRID__API_KEY": "SG.secret"}

    lines = describe_settings(tmp_path, environ=environ)
    settings = parse("", **environ)

    assert ("api_key", "***") in [(line.key, line.shown_value) for line in lines]
    assert "SG.secret" not in repr(lines) + repr(settings)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('api_key = "SG.secret"', "set NEWSLETTER_SENDGRID__API_KEY or NEWSLETTER_SENDGRID__API"),
        ("batch_size = 1001", "[sendgrid] batch_size: is 1001, expected 1 to 1000"),
        ("calls = 0", "[sendgrid] calls: is 0, expected 1 to 64"),
        ('host = "http://api.sendgrid.com"', "would show the key to others on the way"),
    ],
)
def test_a_bad_value_is_told_without_the_secret(line: str, problem: str) -> None:
    """newsletter.toml goes into git."""
    with pytest.raises(SettingsError) as caught:
        parse(line)

    assert problem in str(caught.value)
    assert "SG.secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["SG.a b", "SG.a\nX: y", "SG.ü"])
def test_a_key_that_breaks_its_header_is_refused(key: str) -> None:
    """The error of the HTTP library would repeat it."""
    with pytest.raises(SettingsError) as caught:
        parse(NEWSLETTER_SENDGRID__API_KEY=key)

    assert "is no key" in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize("host", ["http://127.0.0.1:4011", "http://localhost:1", "http://[::1]:1"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    """A fake listens there."""
    assert parse(f'host = "{host}"').sendgrid.host == host


def test_the_transport_takes_nothing_after_its_name() -> None:
    """Its settings stand in a section of their own."""
    with pytest.raises(SettingsError, match="expected nothing after"):
        parse_settings(WEEKLY.replace("sendgrid:", "sendgrid:key"), path=FILE)


#: A key of the curve P-256, as SendGrid shows one.
WEBHOOK_KEY = EventSender().public_key
IN_PEM = (
    f"-----BEGIN PUBLIC KEY-----\n{WEBHOOK_KEY[:64]}\n{WEBHOOK_KEY[64:]}\n"
    "-----END PUBLIC KEY-----\n"
)


@pytest.mark.parametrize("written", [WEBHOOK_KEY, f" {WEBHOOK_KEY} ", IN_PEM])
def test_a_webhook_key_is_taken_as_it_is_shown_or_in_pem(written: str) -> None:
    """It is public, and may stand in the file."""
    settings = parse(f"webhook_public_key = '''{written}'''")

    assert settings.sendgrid.webhook_public_key == WEBHOOK_KEY


@pytest.mark.parametrize(
    "written", ["SG.key", WEBHOOK_KEY[:-4], WEBHOOK_KEY + "AAAA", "M" + WEBHOOK_KEY[:-1], "é"]
)
def test_what_is_no_webhook_key_is_told_at_the_start(written: str) -> None:
    """With what to copy from where."""
    with pytest.raises(SettingsError, match=r"webhook_public_key.*no verification key"):
        parse(f'webhook_public_key = "{written}"')


def test_a_webhook_key_off_the_curve_is_told_when_the_pages_start() -> None:
    """It looks like one; only arithmetic tells."""
    off_the_curve = b64encode(b64decode(WEBHOOK_KEY)[:-2] + b"\0\0").decode()

    with pytest.raises(SettingsError, match="no key of the curve"):
        SignatureCheck(off_the_curve)
