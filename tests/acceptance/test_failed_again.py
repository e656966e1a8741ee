"""`newsletter send --retry-failed`: told before, agreed to, and nobody gets the issue twice."""

from collections.abc import Iterator

import pytest

from tests.acceptance.weekly import SLUG, Weekly, check_sum
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer

FULL = b"552 5.2.2 mailbox full\r\n"
NOBODY = b"550 5.1.1 no such user here\r\n"


async def refuse_two(said: Said) -> bytes | Act | None:
    """Know nobody called Kim, and have no room for Lee."""
    if said.verb != "RCPT":
        return None
    return NOBODY if b"kim@" in said.octets else FULL if b"lee@" in said.octets else None


async def know_nobody_called_kim(said: Said) -> bytes | Act | None:
    """Have room again."""
    return NOBODY if said.verb == "RCPT" and b"kim@" in said.octets else None


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    """Yield a server that refuses two of three."""
    with ScriptedSmtpServer(script=refuse_two).serving() as made:
        yield made


@pytest.fixture
def weekly(weekly: Weekly, server: ScriptedSmtpServer, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Let the newsletter be sent to that server."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", "1")
    return weekly


def test_failed_ones_are_tried_again_when_the_operator_says_so(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """A full mailbox may have room; a bounced reader is left alone, and still counts as failed."""
    first = weekly.send("--json")
    server.script = know_nobody_called_kim

    without = weekly.send("--json")
    again = weekly.send("--retry-failed", "--json")

    for answer in (first, without, again):
        check_sum(answer.document)
    assert (first.document["failed"], without.document["failed"]) == (2, 2)
    assert without.document["messages"] == 0
    assert (again.code, again.document["messages"]) == (7, 1)
    assert (again.document["sent"], again.document["failed"]) == (2, 1)
    assert again.document["state"] == "sent"
    assert sorted(server.taken.values()) == [1, 1]


def test_the_forecast_tells_how_many_and_they_have_to_be_agreed_to(weekly: Weekly) -> None:
    """They are messages like any other."""
    weekly.send()
    before = weekly.contents()

    shown = weekly.run("send", SLUG, "--retry-failed", "--dry-run")
    told = weekly.run("send", SLUG, "--retry-failed", "--dry-run", "--json").document
    status = weekly.run("status", SLUG)
    wrong = weekly.run("send", SLUG, "--retry-failed", "--confirm-count", "2")
    unasked = weekly.run("send", SLUG, "--retry-failed")

    assert "Failed     2, 1 of them tried again" in shown.out
    assert (told["messages"], told["to_retry"]) == (1, 1)
    assert (wrong.code, unasked.code) == (6, 6)
    assert f"newsletter send {SLUG} --retry-failed" in status.out
    assert "--confirm-count 2: it would be 1 message." in wrong.err
    assert weekly.contents() == before


def test_the_count_that_was_agreed_to_is_sent(weekly: Weekly, server: ScriptedSmtpServer) -> None:
    """For scripts."""
    weekly.send()
    server.script = know_nobody_called_kim

    answer = weekly.run("send", SLUG, "--retry-failed", "--confirm-count", "1", "--json")

    assert answer.document["sent"] == 2


def test_what_makes_no_sense_is_refused(weekly: Weekly) -> None:
    """Nothing has failed of what was never sent, and what was cancelled stays so."""
    never_sent = weekly.send("--retry-failed")
    with_test = weekly.run("send", SLUG, "--test", "me@example.org", "--retry-failed")
    weekly.send("--limit", "1")
    weekly.run("cancel", SLUG)
    cancelled = weekly.send("--retry-failed", "--in-doubt", "write-off")

    assert (never_sent.code, with_test.code, cancelled.code) == (6, 2, 6)
    assert "Leave --retry-failed out to send it." in never_sent.err
    assert "was cancelled: nothing more of it will be sent" in cancelled.err


def test_a_changed_file_is_not_sent_to_the_failed_ones_by_mistake(weekly: Weekly) -> None:
    """They would read another text than the others."""
    weekly.send()
    weekly.write_issue("# Another text\n\nFor those who failed.\n")

    answer = weekly.send("--retry-failed")

    assert answer.code == 6
    assert "has changed since the issue was planned" in answer.err
