"""Pause, cancel, another rate and a reader's no while an issue leaves: counted at the server."""

import asyncio
import email.policy
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from email.parser import BytesParser
from http.client import HTTPConnection

import pytest

from tests.acceptance.served import Served
from tests.acceptance.weekly import SLUG, TEXT, Weekly, check_sum
from tests.contracts.scripted_smtp import Said, ScriptedSmtpServer

PROGRAM = "import sys; from newsletter.cli import run; sys.exit(run(sys.argv[1:]))"
PEOPLE = 200
CONNECTIONS = 4
#: Intents open at once.
MOST_OPEN = 16
ANSWER_SECONDS = 0.15
PATIENCE_SECONDS = 60
SECOND = "2026-02-summer"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Host": "example.org"}
LAST = f"reader{PEOPLE - 4}@example.org"


async def answer_slowly(said: Said) -> None:
    """Think about each message."""
    if said.verb == "CONTENT":
        await asyncio.sleep(ANSWER_SECONDS)


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    """Yield a server that is slow: an issue to two hundred people takes some ten seconds."""
    with ScriptedSmtpServer(script=answer_slowly).serving() as made:
        yield made


@pytest.fixture
def weekly(weekly: Weekly, server: ScriptedSmtpServer, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Return a newsletter with two hundred subscribers that is sent to that server."""
    people = b"".join(b"reader%d@example.org\n" % number for number in range(PEOPLE - 3))
    weekly.import_people(b"email\n" + people)
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", str(CONNECTIONS))
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT", str(MOST_OPEN))
    return weekly


@pytest.fixture
def sender(weekly: Weekly, server: ScriptedSmtpServer) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that is sending the issue; ten messages have left."""
    process = start(weekly, SLUG)
    wait_for_messages(server, 10)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def served(weekly: Weekly) -> Iterator[Served]:
    """Yield the newsletter's pages, served by a process of their own."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    made = Served(weekly.folder, port)
    made.start()
    yield made
    made.stop()


def start(weekly: Weekly, slug: str) -> subprocess.Popen[bytes]:
    """Start to send an issue in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, "-C", str(weekly.folder), "send", slug, "--yes"]
    return subprocess.Popen(
        command, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def wait_for_messages(server: ScriptedSmtpServer, count: int) -> None:
    """Wait until so many were taken."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(server.messages) < count:
        assert time.monotonic() < until, f"{len(server.messages)} messages came"
        time.sleep(0.01)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize(("control", "rest"), [("pause", "remaining"), ("cancel", "cancelled")])
@pytest.mark.usefixtures("sender")
def test_no_message_leaves_after_a_control_has_told_its_effect(
    weekly: Weekly, server: ScriptedSmtpServer, control: str, rest: str
) -> None:
    """What it tells is what the server counted, to the last message."""
    said = weekly.run(control, SLUG, "--json")
    taken = len(server.messages)
    time.sleep(1)

    told = said.document
    flying = told["were_in_flight"]
    assert (said.code, told["was_being_sent"], told["is_over"]) == (0, True, True)
    assert told["sent"] == taken == len(server.messages)
    assert told[rest] == PEOPLE - taken
    assert (told["in_doubt"], told["in_flight"]) == (0, 0)
    assert flying["total"] == flying["sent"] + flying["never_left"] <= MOST_OPEN
    check_sum(told)


@pytest.mark.usefixtures("sender")
def test_a_pause_is_told_in_a_sentence(weekly: Weekly, server: ScriptedSmtpServer) -> None:
    """Stopped after how many, how many were in flight, how many are in doubt."""
    said = weekly.run("pause", SLUG)

    assert f"{SLUG} is paused: stopped after {len(server.messages)}; " in said.out
    assert "were in flight (" in said.out
    assert "; 0 in doubt." in said.out


@pytest.mark.usefixtures("sender")
def test_whoever_does_not_wait_gets_his_answer_at_once(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """No more than the open intents leave after it, and a second pause tells the end."""
    said = weekly.run("pause", SLUG, "--no-wait", "--json").document
    before = len(server.messages)
    ended = weekly.run("pause", SLUG, "--json").document

    assert said["state"] == "paused"
    assert (ended["has_changed"], ended["is_over"], ended["in_flight"]) == (False, True, 0)
    assert ended["sent"] == len(server.messages) <= before + MOST_OPEN


@pytest.mark.databases("sqlite", "postgresql")
def test_a_paused_send_goes_on_to_the_last_reader(
    weekly: Weekly, server: ScriptedSmtpServer, sender: subprocess.Popen[bytes]
) -> None:
    """Nobody is left out, and nobody gets two."""
    weekly.run("pause", SLUG)
    code = sender.wait(PATIENCE_SECONDS)
    resumed = weekly.run("resume", SLUG)
    again = weekly.send("--json")

    assert code == 7
    assert f"newsletter send {SLUG} does." in resumed.out
    assert (again.code, again.document["sent"]) == (0, PEOPLE)
    assert len(server.taken) == PEOPLE
    assert set(server.taken.values()) == {1}


@pytest.mark.usefixtures("sender")
def test_another_rate_holds_for_all_but_the_open_intents(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """And no limit lets it end at once."""
    slower = weekly.run("rate", SLUG, "1", "--json")
    began, before = time.monotonic(), len(server.messages)
    time.sleep(4)
    seconds, slow = time.monotonic() - began, len(server.messages) - before
    shown = weekly.run("status", SLUG).out
    faster = weekly.run("rate", SLUG, "0")
    wait_for_messages(server, PEOPLE)

    assert (slower.code, slower.document["rate_per_second"]) == (0, 1)
    # A heartbeat may pass before it is heard of; what has left is not called back.
    assert 0 < slow <= MOST_OPEN + 25 + seconds
    assert "1 a second, for this issue" in shown
    assert "no limit, for this issue" in faster.out


@pytest.mark.usefixtures("sender")
def test_whoever_leaves_meanwhile_gets_nothing(weekly: Weekly, server: ScriptedSmtpServer) -> None:
    """His was the last turn, so no intent of his was open."""
    weekly.run("subscribers", "unsubscribe", LAST)
    wait_for_messages(server, PEOPLE - 1)
    weekly.run("pause", SLUG)

    assert LAST not in server.taken
    assert len(server.messages) == PEOPLE - 1


def test_one_click_stops_all_but_the_open_intents(
    weekly: Weekly, server: ScriptedSmtpServer, served: Served
) -> None:
    """Thirty readers press it while the send is about to reach them; RFC 8058, over real HTTP."""
    server.script = answer_at_once
    weekly.send()
    links = find_links(server)
    server.script = answer_slowly
    weekly.write_issue(TEXT, name=SECOND)
    sender = start(weekly, SECOND)
    wait_for_messages(server, PEOPLE + 10)
    waiting = [address for address in links if server.taken[address] == 1]

    # From the last to the next, so that those whose intents are open meanwhile have pressed.
    pressed = waiting[29::-1]
    had_it = [address for address in pressed if press(served, links[address], server, address)]
    code = sender.wait(PATIENCE_SECONDS)

    got_it = [address for address in pressed if server.taken[address] == 2]
    late = set(got_it) - set(had_it)
    assert code == 0
    assert len(server.messages) == 2 * PEOPLE - len(pressed) + len(got_it)
    assert len(late) <= MOST_OPEN
    assert len(got_it) < len(pressed)


def find_links(server: ScriptedSmtpServer) -> dict[str, str]:
    """Find the path of everybody's link for one click, in the order of the messages."""
    parser = BytesParser(policy=email.policy.default)
    links = {}
    for octets in server.messages:
        message = parser.parsebytes(octets, headersonly=True)
        link = message["List-Unsubscribe"].partition("<https://")[2].partition(">")[0]
        links[message["To"].addresses[0].addr_spec] = f"/{link.partition('/')[2]}"
    return links


def press(served: Served, path: str, server: ScriptedSmtpServer, address: str) -> bool:
    """Press one click; tell whether the message had come when that was answered."""
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
        connection.request("POST", path, "List-Unsubscribe=One-Click", FORM)
        assert connection.getresponse().read() == b"You are unsubscribed.\n"
    return server.taken[address] == 2


def test_a_pause_of_what_nobody_sends_says_so(weekly: Weekly) -> None:
    """There is nothing to wait for."""
    weekly.send("--limit", "1")

    said = weekly.run("pause", SLUG)

    assert "stopped after 1; nobody was sending it; 0 in doubt." in said.out


@pytest.mark.parametrize("text", ["fast", "-1", "nan", "1e9"])
def test_a_rate_that_is_none_is_refused(weekly: Weekly, text: str) -> None:
    """The usual words, and what would do."""
    weekly.send("--limit", "1")

    answer = weekly.run("rate", SLUG, "--", text)

    assert (answer.code, "default" in answer.err) == (2, True)
    assert weekly.status()["rate_per_second"] is None


def test_an_issue_forgets_its_own_rate_by_default(weekly: Weekly) -> None:
    """Then the settings' holds again, also in what a run foretells."""
    weekly.send("--limit", "1")

    weekly.run("rate", SLUG, "5")
    own = weekly.run("send", SLUG, "--dry-run", "--json").document["rate_per_second"]
    weekly.run("rate", SLUG, "default")
    usual = weekly.run("send", SLUG, "--dry-run", "--json").document["rate_per_second"]

    assert (own, usual) == (5, None)


def test_a_server_that_refuses_everybody_pauses_the_issue(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """Nobody has failed; the operator reads why, and everyone gets it when it is mended."""

    async def refuse(said: Said) -> bytes | None:
        await asyncio.sleep(0)
        return b"554 5.7.1 content looks like spam\r\n" if said.verb == "CONTENT" else None

    server.script = refuse
    refused = weekly.send()
    paused = weekly.status()
    server.script = answer_at_once
    weekly.run("resume", SLUG)
    sent = weekly.send("--json")

    assert (refused.code, paused["state"], paused["failed"]) == (7, "paused", 0)
    assert "554 5.7.1 content looks like spam" in paused["pause_reason"]
    assert paused["pause_reason"] in refused.out
    assert (sent.code, sent.document["sent"]) == (0, PEOPLE)


def test_an_operator_whose_server_is_slower_than_his_rate_is_told_what_would_help(
    weekly: Weekly, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forecast cannot know how long the server thinks; the report does."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__RATE_PER_SECOND", "200")

    sent = weekly.send()

    assert "the next hop was slower than the 200 allowed." in sent.out
    assert f"{CONNECTIONS} connections were used, and about " in sent.out


async def answer_at_once(_: Said) -> None:
    """Take every message."""
