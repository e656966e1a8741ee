import base64
import ssl

import pytest

from newsletter.errors import NextHopDownError, NextHopRefusesError, TransportError
from newsletter.sending.transports.transport import Accepted
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer
from tests.contracts.smtp_tls import LONG_AGO, Authority
from tests.contracts.test_smtp_misfortunes import answer_always, make_transport
from tests.contracts.transport_contract import deliver, deliver_until_failure, make_recipients

AUTHORITY = Authority()
WITH_LOGIN = (b"PIPELINING", b"AUTH PLAIN LOGIN")


@pytest.fixture
def server() -> ScriptedSmtpServer:
    """Return a server with STARTTLS and a good certificate."""
    return ScriptedSmtpServer(tls=AUTHORITY.serve("localhost"))


def url_of(server: ScriptedSmtpServer, user: str = "") -> str:
    """Return the server's URL, with STARTTLS."""
    return f"smtp://{user}{'@' if user else ''}localhost:{server.port}"


def fail(
    server: ScriptedSmtpServer, *, user: str = "", tls: ssl.SSLContext | None = None
) -> TransportError:
    """Hand over to a server that must get nothing, and return what is said of it."""
    with server.serving():
        transport = make_transport(
            url_of(server, user), password="hunter2", tls=tls or AUTHORITY.trust()
        )
        failure, reports, left = deliver_until_failure(transport, make_recipients(2))
    assert (reports, len(left), server.messages) == ([], 2, [])
    assert "hunter2" not in str(failure)
    assert "MAIL" not in [said.verb for said in server.heard]
    return failure


def test_ehlo_is_said_again_after_starttls(server: ScriptedSmtpServer) -> None:
    """What was announced before may have been announced by anybody (RFC 3207 section 4.2)."""
    with server.serving():
        [(_, outcome)] = deliver(
            make_transport(url_of(server), tls=AUTHORITY.trust()), make_recipients(1)
        )

    assert isinstance(outcome, Accepted)
    assert server.verbs()[:4] == ["CONNECT", "EHLO", "STARTTLS", "EHLO"]


def test_without_an_offer_of_starttls_nothing_is_sent() -> None:
    """Somebody on the way may have stripped it."""
    failure = fail(ScriptedSmtpServer())

    assert isinstance(failure, NextHopRefusesError)
    assert "does not offer STARTTLS" in str(failure)


def test_replies_injected_before_tls_are_forgotten(server: ScriptedSmtpServer) -> None:
    """Else a man in the middle answers the first encrypted EHLO, without login and size."""

    async def script(said: Said) -> bytes | None:
        injected = b"250-injected\r\n250 SIZE 1\r\n250 2.1.0 ok\r\n"
        return b"220 2.0.0 ready\r\n" + injected if said.verb == "STARTTLS" else None

    server.script = script

    with server.serving():
        [(_, outcome)] = deliver(
            make_transport(url_of(server), tls=AUTHORITY.trust()), make_recipients(1)
        )

    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize(
    ("names", "authority", "until", "why"),
    [
        (["localhost"], AUTHORITY, LONG_AGO, "expired"),
        (["elsewhere.example"], AUTHORITY, None, "Hostname mismatch"),
        (["localhost"], Authority(), None, "unable to get local issuer certificate"),
    ],
    ids=["expired", "another name", "unknown authority"],
)
def test_a_certificate_that_cannot_be_trusted_ends_the_run(
    names: list[str], authority: Authority, until: None, why: str
) -> None:
    """Without a check of it TLS protects from nobody; the operator is told what is wrong."""
    failure = fail(ScriptedSmtpServer(tls=authority.serve(*names, until=until)))

    assert isinstance(failure, NextHopRefusesError)
    assert why in str(failure)


def test_starttls_that_is_refused_just_now_is_temporary(server: ScriptedSmtpServer) -> None:
    """RFC 3207 section 4: 454, TLS not available due to temporary reason."""
    server.script = answer_always("STARTTLS", b"454 4.7.0 no TLS now\r\n")

    assert isinstance(fail(server), NextHopDownError)


def test_a_connection_lost_when_tls_begins_is_temporary(server: ScriptedSmtpServer) -> None:
    """It may have been anybody's reset."""
    server.script = answer_always("STARTTLS", Act.DO_AND_DROP)

    assert isinstance(fail(server), NextHopDownError)


def test_plain_is_preferred_and_said_after_tls(server: ScriptedSmtpServer) -> None:
    """RFC 4616: nothing, user and password, each after a NUL but the first."""
    server.extensions = WITH_LOGIN

    with server.serving():
        deliver(
            make_transport(
                url_of(server, "kim%40example.org"), password="päss", tls=AUTHORITY.trust()
            ),
            make_recipients(1),
        )

    assert server.verbs()[:5] == ["CONNECT", "EHLO", "STARTTLS", "EHLO", "AUTH"]
    [auth] = [said.octets for said in server.heard if said.verb == "AUTH"]
    assert auth.startswith(b"AUTH PLAIN ")
    assert base64.b64decode(auth.split()[2]) == "\0kim@example.org\0päss".encode()


def test_login_is_said_where_plain_is_not_offered(server: ScriptedSmtpServer) -> None:
    """Some old servers know nothing else."""
    server.extensions = (b"AUTH=LOGIN",)
    user, password = base64.b64encode(b"kim"), base64.b64encode(b"pw")
    replies = {
        b"AUTH LOGIN": b"334 VXNlcm5hbWU6\r\n",
        user: b"334 UGFzc3dvcmQ6\r\n",
        password: b"235 welcome\r\n",
    }

    async def script(said: Said) -> bytes | None:
        return replies.get(said.octets.strip())

    server.script = script

    with server.serving():
        transport = make_transport(url_of(server, "kim"), password="pw", tls=AUTHORITY.trust())
        [(_, outcome)] = deliver(transport, make_recipients(1))

    assert isinstance(outcome, Accepted)
    assert [said.octets.strip() for said in server.heard][4:7] == [b"AUTH LOGIN", user, password]


def test_a_wrong_password_ends_the_run(server: ScriptedSmtpServer) -> None:
    """Nobody's delivery fails for it, and the advice names the setting."""
    server.extensions = WITH_LOGIN
    server.script = answer_always("AUTH", b"535 5.7.8 authentication failed\r\n")

    failure = fail(server, user="kim")

    assert isinstance(failure, NextHopRefusesError)
    assert "535 5.7.8" in str(failure)
    assert "NEWSLETTER_TRANSPORT__PASSWORD" in str(failure)


def test_a_login_put_off_is_temporary(server: ScriptedSmtpServer) -> None:
    """RFC 4954 section 6: 454, temporary authentication failure."""
    server.extensions = WITH_LOGIN
    server.script = answer_always("AUTH", b"454 4.7.0 later\r\n")

    assert isinstance(fail(server, user="kim"), NextHopDownError)


def test_a_user_where_no_login_is_offered_ends_the_run(server: ScriptedSmtpServer) -> None:
    """Messages without the login that was meant might leave as somebody else's."""
    assert "offers no login" in str(fail(server, user="kim"))


def test_a_server_that_wants_tls_at_once_is_recognised(server: ScriptedSmtpServer) -> None:
    """And the other way round: the advice names the other URL."""
    with server.serving():
        transport = make_transport(f"smtps://localhost:{server.port}", tls=AUTHORITY.trust())
        failure, _, _ = deliver_until_failure(transport, make_recipients(1))

    assert isinstance(failure, NextHopRefusesError)
    assert "set [transport] url to smtp://" in str(failure)
