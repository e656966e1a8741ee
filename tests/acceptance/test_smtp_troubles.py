"""What an operator sees when his SMTP server does not take messages, and how he goes on."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.acceptance.weekly import SLUG, Weekly
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer
from tests.contracts.smtp_tls import LONG_AGO, Authority
from tests.contracts.test_smtp_misfortunes import answer_always, answer_once


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    """Yield a server that does what the test will say."""
    with ScriptedSmtpServer().serving() as made:
        yield made


@pytest.fixture
def weekly(weekly: Weekly, server: ScriptedSmtpServer, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Let the newsletter be sent to that server, on one connection."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", "1")
    return weekly


def test_a_refusal_of_ours_pauses_the_issue(weekly: Weekly, server: ScriptedSmtpServer) -> None:
    """Nobody's delivery fails; the operator is told what to mend and how to go on."""
    server.script = answer_always("MAIL", b"530 5.7.0 authentication required\r\n")

    answer = weekly.send()

    status = weekly.status()
    assert answer.code == 7
    assert "530 5.7.0 authentication required" in answer.err
    assert f"newsletter resume {SLUG}" in answer.err
    assert (status["state"], status["failed"], status["in_doubt"]) == ("paused", 0, 0)
    assert status["remaining"] == 3
    assert "530 5.7.0 authentication required" in status["pause_reason"]
    assert "530 5.7.0 authentication required" in weekly.run("status", SLUG).out


def test_a_paused_issue_goes_on_when_it_is_mended(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """Whoever was refused is due at once."""
    server.script = answer_always("RCPT", b"554 5.7.1 relay access denied\r\n")
    weekly.send()
    server.script = answer_once("RCPT", b"250 ok\r\n")

    is_refused = weekly.send().code
    weekly.run("resume", SLUG)
    answer = weekly.send()

    assert (is_refused, answer.code) == (6, 0)
    assert (weekly.status()["sent"], weekly.status()["pause_reason"]) == (3, None)
    assert sorted(server.taken.values()) == [1, 1, 1]


def test_a_server_that_is_down_is_asked_again_later(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, nothing paused: the same command goes on."""
    with ScriptedSmtpServer().serving() as gone:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", gone.url)

    answer = weekly.send()

    status = weekly.status()
    assert answer.code == 8
    assert "Connection refused" in answer.err
    assert (status["state"], status["remaining"], status["in_doubt"]) == ("sending", 3, 0)


def test_what_the_server_puts_off_remains(weekly: Weekly, server: ScriptedSmtpServer) -> None:
    """The operator is told when to come back."""
    server.script = answer_once("RCPT", b"450 4.2.0 greylisted\r\n", count=2)

    answer = weekly.send()

    status = weekly.status()
    assert answer.code == 7
    assert "1 deferred, the next is due at" in answer.out
    assert (status["sent"], status["remaining"]) == (2, 1)


def test_the_operator_reads_why_a_delivery_failed_and_whose_it_is(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """The server's words, and the address only where it was asked for."""
    server.script = answer_once("RCPT", b"550 5.1.1 <lee@example.org>: no such user\r\n", count=2)

    sent = weekly.send()
    listed = weekly.run("status", SLUG, "--list", "failed")
    document = weekly.run("status", SLUG, "--list", "failed", "--json").document

    assert "1 × 550 5.1.1 <***>: no such user" in sent.out
    assert f"newsletter status {SLUG} --list failed" in sent.out
    assert "lee@example.org" not in sent.out + sent.err
    assert "lee@example.org  550 5.1.1 <***>: no such user" in listed.out
    assert weekly.status()["failed_by_reason"] == {"550 5.1.1 <***>: no such user": 1}
    [line] = document["deliveries"]
    assert (line["address"], line["attempts"]) == ("lee@example.org", 1)


def test_an_issue_too_big_for_the_server_is_paused_and_fails_nobody(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """Whoever shortens it wants to send it to all of them."""
    server.extensions = (b"PIPELINING", b"SIZE 2000")

    refused = weekly.send()
    server.extensions = (b"PIPELINING", b"SIZE 2000000")
    weekly.run("resume", SLUG)
    answer = weekly.send()

    assert (refused.code, answer.code) == (7, 0)
    assert "takes messages of 2,000 bytes at most" in refused.err
    assert weekly.status()["sent"] == 3


def test_nobody_is_listed_without_an_issue(weekly: Weekly) -> None:
    """There may be many."""
    answer = weekly.run("status", "--list", "failed")

    assert (answer.code, "--list needs an ISSUE" in answer.err) == (2, True)


def test_a_message_that_was_never_answered_is_in_doubt(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """It is held until the operator decides; the others got theirs."""
    server.script = answer_once("CONTENT", Act.DO_AND_DROP)

    answer = weekly.send()
    again = weekly.send()

    assert (answer.code, again.code) == (7, 7)
    assert (weekly.status()["sent"], weekly.status()["in_doubt"]) == (2, 1)
    assert max(server.taken.values()) == 1


def test_an_expired_certificate_pauses_the_issue(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address leaves for a server that cannot say who it is."""
    tls = Authority().serve("localhost", until=LONG_AGO)
    with ScriptedSmtpServer(tls=tls).serving() as server:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", f"smtp://localhost:{server.port}")
        answer = weekly.send()

    assert answer.code == 7
    assert "certificate is not to be trusted" in answer.err
    assert weekly.status()["state"] == "paused"


def test_a_test_send_over_smtp_tells_what_the_server_said(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """It is how an operator tries his settings."""

    async def script(said: Said) -> bytes | None:
        await asyncio.sleep(0)
        return b"550 5.1.1 unknown\r\n" if b"<nobody@" in said.octets else None

    server.script = script

    answer = weekly.run("send", SLUG, "--test", "kim@example.org", "--test", "nobody@example.org")

    assert answer.code == 7
    assert "250 2.0.0 taken" in answer.out
    assert "550 5.1.1 unknown" in answer.out


def test_no_setting_and_no_message_shows_the_password(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not when all is well, and not when it is refused."""
    tls = Authority()
    ca_file = tls.write_trust(weekly.folder / "ca.pem")
    refuse = answer_always("AUTH", b"535 5.7.8 no\r\n")
    with ScriptedSmtpServer(
        script=refuse, extensions=(b"AUTH PLAIN",), tls=tls.serve("localhost")
    ).serving() as server:
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", f"smtp://kim@localhost:{server.port}")
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__PASSWORD", "hunter2")
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__CA_FILE", str(ca_file))
        shown, sent = weekly.run("config", "show"), weekly.send()

    assert "hunter2" not in shown.out + shown.err + sent.out + sent.err
    assert (sent.code, weekly.status()["state"]) == (7, "paused")
    assert "NEWSLETTER_TRANSPORT__PASSWORD" in sent.err


def test_without_a_domain_for_bounces_they_go_to_the_sender(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """A null return path would lose them."""
    weekly.send()

    paths = {said.octets.split()[1] for said in server.heard if said.verb == "MAIL"}
    assert paths == {b"FROM:<weekly@example.org>"}
