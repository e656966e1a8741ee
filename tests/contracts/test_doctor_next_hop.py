"""The doctor before a next hop: SMTP servers and a SendGrid that behave, and some that do not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.doctor.examination import Examination
from newsletter.doctor.names import Names, NameServer
from newsletter.doctor.next_hop import examine_next_hop
from newsletter.doctor.next_hop_address import examine_next_hop_address
from newsletter.doctor.sendgrid_account import examine_account, examine_authentication
from newsletter.doctor.spf_tree import SpfTree
from newsletter.sending.transports.sendgrid.fake import FakeSendGrid
from newsletter.settings import SendGridSettings, TransportSettings
from tests.contracts.name_server import serving_zone
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer
from tests.contracts.smtp_servers import PASSWORD, USER, find_free_port, serving_aiosmtpd
from tests.contracts.smtp_tls import Authority

RETURN_PATH = "b@bounce.example.org"
#: 2026-01-31T12:00:00Z
NOON_MS = 1_769_860_800_000
ZONE = """\
example.org. TXT "v=spf1 ip4:203.0.113.0/24 ip6:2001:db8::/32 exists:%{i}.example.net -all"
fixed.example.org. TXT "v=spf1 a:relay.example.net/30 mx ~all"
fixed.example.org. MX 10 mx.example.org.
mx.example.org. A 198.51.100.9
relay.example.net. A 203.0.113.25
other.example.net. A 198.51.100.7
strange.example.net. A 192.0.2.1
25.113.0.203.in-addr.arpa. PTR relay.example.net.
7.100.51.198.in-addr.arpa. PTR somebody.example.net.
"""


def list_rules(examination: Examination) -> list[str]:
    """List the rules of the findings."""
    return [finding.rule for finding in examination.findings]


def now_ms() -> int:
    """Tell the time, which certificates made for a test are good at."""
    return round(datetime.now(UTC).timestamp() * 1000)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("is_implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
def test_a_server_with_tls_and_login_is_visited_and_gets_nothing(
    tmp_path: Path, is_implicit: bool
) -> None:
    """By the same steps as a send takes, up to the return path."""
    authority = Authority()
    trust = authority.write_trust(tmp_path / "ca.pem")
    scheme = "smtps" if is_implicit else "smtp"
    with serving_aiosmtpd(authority.serve("localhost"), is_implicit=is_implicit) as (port, inbox):
        settings = TransportSettings(
            url=f"{scheme}://{USER}@localhost:{port}", password=PASSWORD, ca_file=trust
        )

        good = examine_next_hop(settings, RETURN_PATH, now_ms=now_ms())
        bad = examine_next_hop(replace(settings, password="wrong"), RETURN_PATH, now_ms=now_ms())
        stranger = examine_next_hop(replace(settings, ca_file=None), RETURN_PATH, now_ms=now_ms())

    assert (good.verdict, list_rules(good)) == ("ok", [])
    assert f"localhost:{port}, TLS 1.3, login, takes our return path" == good.seen
    assert list_rules(bad) == ["next-hop-refuses"]
    assert "refuses the login" in bad.findings[0].message
    assert "wrong" not in bad.findings[0].message
    assert list_rules(stranger) == ["next-hop-refuses"]
    assert "certificate is not to be trusted" in stranger.findings[0].message
    assert inbox.messages == []


def test_a_certificate_that_soon_ends_is_told(tmp_path: Path) -> None:
    """On the day it ends nothing would be sent."""
    authority = Authority()
    ends_at = datetime.now(UTC) + timedelta(days=5, hours=1)
    server = ScriptedSmtpServer(tls=authority.serve("localhost", until=ends_at))
    with server.serving():
        settings = TransportSettings(
            url=f"smtp://localhost:{server.port}",
            ca_file=authority.write_trust(tmp_path / "ca.pem"),
        )

        examination = examine_next_hop(settings, RETURN_PATH, now_ms=now_ms())

    assert list_rules(examination) == ["next-hop-certificate"]
    assert "ends in 5 days" in examination.findings[0].message


async def refuse_sender(said: Said) -> bytes | Act | None:
    """Take no message from our return path."""
    return b"550 5.7.1 domain not verified\r\n" if said.verb == "MAIL" else None


def test_a_return_path_that_is_refused_is_told() -> None:
    """Each message of an issue would be."""
    server = ScriptedSmtpServer(script=refuse_sender)
    with server.serving():
        settings = TransportSettings(url=server.url)

        examination = examine_next_hop(settings, RETURN_PATH, now_ms=NOON_MS)

    assert list_rules(examination) == ["next-hop-sender"]
    assert "at bounce.example.org: 550 5.7.1 domain not verified" in examination.findings[0].message
    assert server.verbs() == ["CONNECT", "EHLO", "MAIL", "RSET", "QUIT"]


async def hang_up(said: Said) -> bytes | Act | None:
    """Answer nobody."""
    return Act.DROP if said.verb == "MAIL" else None


def test_a_server_that_is_not_there_or_hangs_up_is_told() -> None:
    """With host and port, which may be wrong."""
    port = find_free_port()
    absent = TransportSettings(url=f"smtp://127.0.0.1:{port}?tls=off")

    nobody = examine_next_hop(absent, RETURN_PATH, now_ms=NOON_MS)
    with ScriptedSmtpServer(script=hang_up).serving() as server:
        present = TransportSettings(url=server.url)
        rude = examine_next_hop(present, RETURN_PATH, now_ms=NOON_MS)

    assert list_rules(nobody) == list_rules(rude) == ["next-hop-down"]
    assert f"127.0.0.1:{port}: Connection refused" in nobody.findings[0].message
    assert f"127.0.0.1:{server.port}: the connection was lost" in rude.findings[0].message


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    """Yield what knows the zone."""
    with serving_zone(ZONE) as port:
        yield Names(NameServer("127.0.0.1", port))


@pytest.mark.parametrize(
    ("domain", "host", "rules"),
    [
        ("example.org", "relay.example.net", []),
        # What a macro stands for depends on the message: nothing is claimed.
        ("example.org", "other.example.net", ["next-hop-pointer"]),
        ("fixed.example.org", "203.0.113.26", ["next-hop-pointer"]),
        ("fixed.example.org", "198.51.100.9", ["next-hop-pointer"]),
        ("fixed.example.org", "other.example.net", ["next-hop-address", "next-hop-pointer"]),
        ("fixed.example.org", "strange.example.net", ["next-hop-address", "next-hop-pointer"]),
    ],
)
def test_the_next_hops_address_is_judged_as_a_receiver_would(
    names: Names, domain: str, host: str, rules: list[str]
) -> None:
    """By SPF and by its name; as a note, since a relay may send from elsewhere."""
    examination = examine_next_hop_address(names, SpfTree(names, domain), host)

    assert list_rules(examination) == rules
    assert examination.verdict in {"ok", "note"}


@pytest.mark.parametrize(
    ("key", "scopes", "rules"),
    [
        ("SG.good", ("mail.send", "alerts.read"), []),
        ("SG.good", ("alerts.read",), ["sendgrid-permission"]),
        ("SG.bad", ("mail.send",), ["sendgrid-key"]),
        ("", ("mail.send",), ["sendgrid-key"]),
    ],
)
def test_sendgrid_is_asked_what_the_key_may_do(
    key: str, scopes: tuple[str, ...], rules: list[str]
) -> None:
    """And nothing else: no message is made."""
    with FakeSendGrid(api_key="SG.good", scopes=scopes) as fake:
        look = examine_account(SendGridSettings(api_key=key, host=fake.url))

    assert list_rules(look.examination) == rules
    assert fake.list_messages() == []
    assert bool(look.date) == bool(key)


def test_a_sendgrid_that_is_not_there_is_told() -> None:
    """The key cannot be judged."""
    host = f"http://127.0.0.1:{find_free_port()}"

    look = examine_account(SendGridSettings(api_key="SG.good", host=host))

    assert list_rules(look.examination) == ["next-hop-down"]


def test_sendgrids_domain_authentication_is_looked_for() -> None:
    """Its records lead to SendGrid by CNAME."""
    zone = """\
s1._domainkey.done.example.org. CNAME s1.domainkey.u1.wl1.example.net.
s1.domainkey.u1.wl1.example.net. TXT "k=rsa; p=AAAA"
"""
    with serving_zone(zone) as port:
        names = Names(NameServer("127.0.0.1", port))

        done = examine_authentication(names, "done.example.org")
        open_ = examine_authentication(names, "open.example.org")

    assert list_rules(done) == []
    assert list_rules(open_) == ["sendgrid-domain"]
