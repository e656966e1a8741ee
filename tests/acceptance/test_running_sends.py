"""What others may do while an issue is being sent: another sender, Ctrl-C, pause, a reader's no."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.weekly import SLUG, Weekly, check_sum

PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
PEOPLE = 30
#: A send takes long enough to do something meanwhile, and not longer.
RATE = "20"


class Sender:
    """`newsletter send --yes --json`, slow, in a process of its own."""

    def __init__(self, weekly: Weekly, rate: str) -> None:
        arguments = ("-C", str(weekly.folder), "send", SLUG, "--yes", "--json")
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            env={**os.environ, "NEWSLETTER_TRANSPORT__RATE_PER_SECOND": rate},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._arrived = weekly.folder / "maildir" / "new"

    def wait_for_first_message(self) -> None:
        """Wait until the run has begun."""
        deadline = time.monotonic() + 60
        while not (self._arrived.exists() and any(self._arrived.iterdir())):
            assert time.monotonic() < deadline, "no message came"
            time.sleep(0.01)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, dict[str, Any], str]:
        """Wait for the end; return exit code, document and standard error."""
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, json.loads(out), err.decode()

    def kill(self) -> None:
        """Leave no process behind."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def start(weekly: Weekly) -> Iterator[Callable[..., Sender]]:
    """Start senders of an issue to thirty people."""
    names = b"".join(b"reader%d@example.org\n" % number for number in range(PEOPLE - 3))
    weekly.import_people(b"email\n" + names)
    senders = []

    def start_one(rate: str = RATE) -> Sender:
        senders.append(Sender(weekly, rate))
        senders[-1].wait_for_first_message()
        return senders[-1]

    yield start_one
    for sender in senders:
        sender.kill()


def test_a_second_sender_is_turned_away(weekly: Weekly, start: Callable[..., Sender]) -> None:
    """One sender per issue: the second may try again later.

    The first has a message left for as long as the second may take, and then no rate any more.
    """
    first = start(rate="0.1")

    second = weekly.send("--json")
    status = weekly.status()
    weekly.run("rate", SLUG, "0")
    code, document, _ = first.end()

    assert (second.code, second.out) == (8, "")
    assert "is sending this issue already" in second.error["error"]
    check_sum(status)
    assert status["sender"] is not None
    assert (code, document["sent"]) == (0, PEOPLE)
    assert len(weekly.messages()) == PEOPLE


def test_the_first_interrupt_finishes_what_is_in_flight(
    weekly: Weekly, start: Callable[[], Sender]
) -> None:
    """Nothing is in doubt, and the next run sends the rest."""
    sender = start()

    sender.interrupt()
    code, document, err = sender.end()
    again = weekly.send("--json")

    assert (code, document["ending"], err) == (130, "interrupted", "")
    check_sum(document)
    assert (document["in_doubt"], document["in_flight"]) == (0, 0)
    assert 0 < document["remaining"] < PEOPLE
    assert (again.code, again.document["sent"]) == (0, PEOPLE)
    assert len(weekly.messages()) == PEOPLE


def test_the_second_interrupt_stops_at_once(weekly: Weekly, start: Callable[[], Sender]) -> None:
    """The ledger still tells where every delivery stands."""
    sender = start()

    sender.interrupt()
    sender.interrupt()
    code, document, _ = sender.end()

    assert (code, document["ending"]) == (130, "interrupted")
    check_sum(document)
    assert document["in_flight"] == 0
    assert len(weekly.messages()) >= document["sent"]


@pytest.mark.parametrize(
    ("control", "ending", "rest"),
    [("pause", "paused", "remaining"), ("cancel", "cancelled", "cancelled")],
)
def test_a_running_send_hears_of_a_control(
    weekly: Weekly, start: Callable[[], Sender], control: str, ending: str, rest: str
) -> None:
    """Another terminal is enough to stop it; what is in flight is finished."""
    sender = start()

    answer = weekly.run(control, SLUG)
    code, document, _ = sender.end()

    assert answer.code == 0
    assert (code, document["ending"], document["state"]) == (7, ending, ending)
    check_sum(document)
    assert 0 < document[rest] < PEOPLE
    assert document["sent"] + document[rest] == PEOPLE


def test_whoever_leaves_while_an_issue_is_sent_gets_nothing(
    weekly: Weekly, start: Callable[[], Sender]
) -> None:
    """The audience is asked again with each intent."""
    sender = start()

    weekly.run("subscribers", "unsubscribe", f"reader{PEOPLE - 4}@example.org")
    code, document, _ = sender.end()

    assert (code, document["skipped_by_reason"]) == (0, {"unsubscribed": 1})
    assert document["sent"] == PEOPLE - 1
    assert f"reader{PEOPLE - 4}@example.org" not in weekly.messages()
