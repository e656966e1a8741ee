"""The doctor on keys and domains as the settings name them, before a name server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from newsletter.doctor.dkim_record import PublishedKey, examine_dkim_record
from newsletter.doctor.names import Names, NameServer
from newsletter.key_file import create_private
from newsletter.sending.message.private_key import (
    RsaKey,
    build_dns_record,
    generate_ed25519,
    generate_rsa,
    write_pem,
)
from newsletter.settings import Settings, parse_settings
from newsletter.usecases.examine_names import examine_names
from tests.contracts.name_server import serving_zone

RSA, ED25519 = generate_rsa(), generate_ed25519()
SHORT = RsaKey(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - it is the fault
ZONE = f"""\
kim.dev. MX 10 mail.kim.dev.
kim.dev. TXT "v=spf1 redirect=_spf.kim.dev"
_spf.kim.dev. TXT "v=spf1 mx -all"
mail.kim.dev. A 203.0.113.25
lee.dev. A 203.0.113.26
_dmarc.kim.dev. TXT "v=DMARC1; p=reject; rua=mailto:a@kim.dev"
_dmarc.lee.dev. TXT "v=DMARC1; p=reject; rua=mailto:a@lee.dev"
short._domainkey.kim.dev. TXT "{build_dns_record(SHORT)}"
ed._domainkey.kim.dev. TXT "{build_dns_record(ED25519)}"
s1._domainkey.kim.dev. TXT "k=rsa; p=AAAA"
"""


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    """Yield what knows the zone."""
    with serving_zone(ZONE) as port:
        yield Names(NameServer("127.0.0.1", port))


def build_settings(folder: Path, more: str = "", transport: str = "memory:") -> Settings:
    """Make settings of a newsletter at kim.dev."""
    create_private(folder / "ed.pem", write_pem(ED25519))
    create_private(folder / "rsa.pem", write_pem(RSA))
    text = f"""\
[newsletter]
name = "Weekly"
from = "weekly@kim.dev"
base_url = "https://weekly.kim.dev"
[transport]
url = "{transport}"
{more}
"""
    return parse_settings(text, path=folder / "newsletter.toml")


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ("", ["dkim-none"]),
        ('[dkim]\ned25519_selector = "ed"\ned25519_key_file = "ed.pem"', ["dkim-alone"]),
        (
            '[dkim]\ndomain = "lee.dev"\nrsa_selector = "one"\nrsa_key_file = "rsa.pem"',
            ["dkim-missing", "dmarc-signature"],
        ),
        ('[dkim]\nrsa_selector = "one"\nrsa_key_file = "gone.pem"', []),
        ('bounce_domain = "lee.dev"', ["spf-missing", "dkim-none", "dmarc-return-path"]),
    ],
    ids=["no key", "ed25519 alone", "another domain", "a key that is gone", "bounces elsewhere"],
)
def test_what_the_settings_name_is_held_against_dns(
    tmp_path: Path, names: Names, more: str, rules: list[str]
) -> None:
    """A redirect of SPF is followed; a key whose file is gone is told with the key files."""
    examinations = list(examine_names(build_settings(tmp_path, more), names))

    assert [finding.rule for each in examinations for finding in each.findings] == rules


def test_with_sendgrid_its_own_records_are_looked_for(tmp_path: Path, names: Names) -> None:
    """The return path, and so SPF, is SendGrid's."""
    settings = build_settings(tmp_path, transport="sendgrid:")

    examinations = {each.subject: each for each in examine_names(settings, names)}

    assert examinations["SPF"].is_skipped
    assert examinations["SendGrid's domain authentication of kim.dev"].verdict == "ok"
    assert not any(each.findings for each in examinations.values())


def test_a_short_key_is_told(names: Names) -> None:
    """Receivers still take it, and not for long."""
    key = PublishedKey(domain="kim.dev", selector="short", private_key=SHORT)

    [finding] = examine_dkim_record(names, key).findings

    assert (finding.rule, finding.message) == ("dkim-short", "the key short has 1024 bits")
