"""Invariants 1 to 3 over SMTP: a sender that is killed with -9, and a server at its worst.

The defaults suit every run of the suite. The figures of the documents come from
``TEST_KILLS=20 TEST_RECIPIENTS=5000 pytest -s tests/acceptance/test_killed_smtp_sends.py``.
"""

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.killed import MAX_IN_FLIGHT, Newsletter, make_newsletter
from tests.acceptance.weekly import check_sum
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer

KILLS = int(os.environ.get("TEST_KILLS", "4"))
RECIPIENTS = int(os.environ.get("TEST_RECIPIENTS", "500"))
#: Runs until nothing remains although many replies are 4yz.
MOST_RUNS = 25
TROUBLED = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT")


class SlowServer:
    """Takes its time for each message, and makes trouble as often as it is told."""

    def __init__(self, *, deferred: float = 0.0, dropped: float = 0.0) -> None:
        self._chance = random.Random(20260124)
        self._deferred = deferred
        self._dropped = dropped
        #: Messages whose final dot came, and whose answer never left.
        self.unanswered = 0

    async def __call__(self, said: Said) -> bytes | Act | None:
        """Answer one command."""
        if said.verb == "CONTENT":
            await asyncio.sleep(self._chance.uniform(0, 0.04))
        if said.verb not in TROUBLED:
            return None
        luck = self._chance.random()
        if luck < self._deferred:
            return b"451 4.3.0 try later\r\n"
        if luck < self._deferred + self._dropped:
            self.unanswered += said.verb == "CONTENT"
            return self._chance.choice([Act.DROP, Act.DO_AND_DROP])
        return None


@pytest.fixture(
    params=[{}, {"deferred": 0.05, "dropped": 0.01}], ids=["slow", "slow, 4yz and dropped"]
)
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedSmtpServer]:
    """Yield a server that counts what it took."""
    made = ScriptedSmtpServer(script=SlowServer(**request.param))
    with made.serving():
        yield made


@pytest.fixture
def newsletter(tmp_path: Path, server: ScriptedSmtpServer) -> Newsletter:
    """Make a newsletter that is sent to that server."""
    environ = {"NEWSLETTER_TRANSPORT__URL": server.url}
    return make_newsletter(tmp_path / "weekly", RECIPIENTS, environ)


def test_a_sender_killed_at_random_moments_neither_doubles_nor_loses(
    newsletter: Newsletter, server: ScriptedSmtpServer
) -> None:
    """The server's counts against the ledger's, after kill -9 and whatever the server did."""
    chance = random.Random(20260125)

    for _ in range(KILLS):
        newsletter.kill_in_sending(
            chance, lambda: len(server.messages), within_seconds=RECIPIENTS / 500 / KILLS
        )
        status = newsletter.find_status()
        assert status
        check_sum(status)
        assert status["in_flight"] <= MAX_IN_FLIGHT
    runs = finish(newsletter)

    status = newsletter.find_status()
    assert status
    check_sum(status)
    assert isinstance(server.script, SlowServer)
    sent, doubtful, unanswered = status["sent"], status["in_doubt"], server.script.unanswered
    assert (status["planned"], status["failed"]) == (RECIPIENTS, 0)
    assert status["remaining"] == 0
    assert max(server.taken.values()) == 1
    assert doubtful <= MAX_IN_FLIGHT * KILLS + unanswered
    # Whoever the ledger calls sent was taken; whoever was not is in doubt, by name.
    assert sent <= len(server.taken) <= sent + doubtful
    print(
        f"\n{KILLS} kills, {runs} runs more, {RECIPIENTS} recipients: {sent} sent, {doubtful} in"
        f" doubt ({len(server.taken) - sent} of them arrived; {unanswered} messages were never"
        f" answered), 0 twice, 0 lost"
    )


def finish(newsletter: Newsletter) -> int:
    """Send until nothing remains; tell how many runs that took."""
    for run in range(1, MOST_RUNS + 1):
        newsletter.let_time_pass()
        newsletter.send_once()
        status = newsletter.find_status()
        if status and not status["remaining"]:
            return run
    return MOST_RUNS
