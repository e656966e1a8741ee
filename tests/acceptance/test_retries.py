"""A mail server that says "not now": who tries again, when, and what the operator is told."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.served import wait_for
from tests.acceptance.weekly import SLUG, Weekly, check_sum
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer

PROGRAM = (sys.executable, "-c", "from newsletter.cli import main; main()")
#: Instead of minutes; each test waits for whatever it waits for, however long that takes.
SOON = "0.02,0.03"
GREY = b"450 4.2.0 greylisted, come back later\r\n"


class Greylisting:
    """Defers the first so many attempts at each recipient."""

    def __init__(self, times: int, *, only: bytes = b"") -> None:
        self.times = times
        self._only = only
        self._seen: Counter[bytes] = Counter()

    async def __call__(self, said: Said) -> bytes | Act | None:
        """Answer RCPT."""
        if said.verb != "RCPT" or self._only not in said.octets:
            return None
        self._seen[said.octets] += 1
        return GREY if self._seen[said.octets] <= self.times else None


class Closed:
    """Turns away the first so many connections."""

    def __init__(self, times: int) -> None:
        self._left = times

    async def __call__(self, said: Said) -> bytes | Act | None:
        """Answer a new connection."""
        if said.verb != "CONNECT" or not self._left:
            return None
        self._left -= 1
        return b"421 4.3.2 not now\r\n"


@pytest.fixture
def server() -> Iterator[ScriptedSmtpServer]:
    """Yield a server that greylists: nobody is accepted at the first attempt."""
    with ScriptedSmtpServer(script=Greylisting(1)).serving() as made:
        yield made


@pytest.fixture
def weekly(weekly: Weekly, server: ScriptedSmtpServer, monkeypatch: pytest.MonkeyPatch) -> Weekly:
    """Let the newsletter be sent to that server."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__CONNECTIONS", "1")
    return weekly


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow each other in seconds."""
    monkeypatch.setenv("NEWSLETTER_TRANSPORT__RETRY_AFTER_MINUTES", SOON)


@pytest.fixture
def start(weekly: Weekly) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start commands in processes of their own; what they say goes into files."""
    started = []

    def start_one(*arguments: str) -> subprocess.Popen[str]:
        with (weekly.folder / "out").open("a") as out, (weekly.folder / "err").open("a") as err:
            command = [*PROGRAM, "-C", str(weekly.folder), *arguments]
            started.append(subprocess.Popen(command, stdout=out, stderr=err, text=True))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.wait()


def read(folder: Path, name: str) -> str:
    """Read what was said so far."""
    file = folder / name
    return file.read_text(encoding="utf-8") if file.exists() else ""


def let_time_pass(weekly: Weekly) -> None:
    """Make everything due that is deferred."""
    with closing(sqlite3.connect(weekly.database, timeout=10)) as connection, connection:
        connection.execute("UPDATE delivery SET next_at_ms = 1 WHERE status = 'deferred'")


def test_send_tells_when_it_is_tried_again_and_by_whom(weekly: Weekly) -> None:
    """Exit code 7 is no failure: the operator need not do anything but wait."""
    answer = weekly.send()

    status = weekly.run("status", SLUG)
    told = weekly.status()
    assert answer.code == 7
    for out in (answer.out, status.out):
        assert "3 deferred, the next is due at" in out
        assert f"by `newsletter serve` or the next `newsletter send {SLUG}`" in out
    assert "sending, but only what is deferred is left" in status.out
    assert told["deferred_by_reason"] == {GREY.decode().strip(): 3}
    assert told["next_attempt_at"] is not None


def test_the_next_send_takes_what_is_due_and_asks_about_nothing_else(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """Before its time a deferred delivery is no message of this run."""
    weekly.send()
    early = weekly.run("send", SLUG)
    forecast = weekly.run("send", SLUG, "--dry-run", "--json").document
    let_time_pass(weekly)

    due = weekly.send("--json")

    assert early.code == 7
    assert "3, 0 of them due" in early.out
    assert forecast["messages"] == 0
    assert forecast["next_attempt_at"] is not None
    assert (due.code, due.document["sent"], due.document["state"]) == (0, 3, "sent")
    assert sorted(server.taken.values()) == [1, 1, 1]


@pytest.mark.usefixtures("soon")
def test_send_with_wait_stays_until_everyone_is_settled(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """One command, started once; a cron job needs no second."""
    server.script = Greylisting(3, only=b"kim@")

    answer = weekly.send("--wait")

    assert answer.code == 0
    assert "Waiting for the next attempt at" in answer.err
    assert weekly.status()["sent"] == 3
    assert sorted(server.taken.values()) == [1, 1, 1]


@pytest.mark.usefixtures("soon")
def test_a_server_that_is_down_is_waited_for_too(
    weekly: Weekly, server: ScriptedSmtpServer
) -> None:
    """Deferred means "not now", and also that nobody answers."""
    server.script = Closed(8)

    answer = weekly.send("--wait")

    assert (answer.code, weekly.status()["sent"]) == (0, 3)
    assert sorted(server.taken.values()) == [1, 1, 1]


def test_a_wait_is_ended_by_one_interrupt(
    weekly: Weekly, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """Nothing is in flight: there is nothing to finish."""
    process = start("send", SLUG, "--yes", "--wait")
    wait_for(lambda: "Waiting for" in read(weekly.folder, "err"))

    process.send_signal(signal.SIGINT)

    status = weekly.status()
    assert process.wait(timeout=30) == 130
    check_sum(status)
    assert (status["deferred"], status["in_doubt"]) == (3, 0)
    assert f"by `newsletter serve` or the next `newsletter send {SLUG}`" in read(
        weekly.folder, "out"
    )


@pytest.mark.parametrize(("control", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_wait_hears_of_a_control(
    weekly: Weekly, start: Callable[..., subprocess.Popen[str]], control: str, state: str
) -> None:
    """Another terminal is enough, as during a run."""
    process = start("send", SLUG, "--yes", "--wait")
    wait_for(lambda: "Waiting for" in read(weekly.folder, "err"))

    answer = weekly.run(control, SLUG)

    assert answer.code == 0
    assert process.wait(timeout=30) == 7
    assert f"the issue was {state}" in read(weekly.folder, "out")


def test_whoever_waits_keeps_nobody_from_sending(
    weekly: Weekly, server: ScriptedSmtpServer, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """The lease is free meanwhile; the one who waits sees that nothing is left."""
    process = start("send", SLUG, "--yes", "--wait")
    wait_for(lambda: "Waiting for" in read(weekly.folder, "err"))
    let_time_pass(weekly)

    wait_for(lambda: weekly.send().code == 0)

    assert process.wait(timeout=30) == 0
    assert sorted(server.taken.values()) == [1, 1, 1]


def test_a_wait_that_is_killed_costs_nothing(
    weekly: Weekly, server: ScriptedSmtpServer, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """Nobody is in doubt, nobody gets two."""
    process = start("send", SLUG, "--yes", "--wait")
    wait_for(lambda: "Waiting for" in read(weekly.folder, "err"))

    process.kill()
    process.wait()
    let_time_pass(weekly)
    answer = weekly.send("--json")

    assert (answer.code, answer.document["sent"], answer.document["in_doubt"]) == (0, 3, 0)
    assert sorted(server.taken.values()) == [1, 1, 1]


@pytest.mark.usefixtures("soon")
def test_serve_tries_again_what_is_due(
    weekly: Weekly, server: ScriptedSmtpServer, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """Nobody has to run a command for it."""
    assert weekly.send().code == 7

    process = start("serve", "--port", "0")
    wait_for(lambda: weekly.status()["state"] == "sent", what=lambda: read(weekly.folder, "err"))
    process.terminate()

    assert process.wait(timeout=60) == 0
    assert weekly.status()["sent"] == 3
    assert sorted(server.taken.values()) == [1, 1, 1]


@pytest.mark.usefixtures("soon")
def test_serve_outlives_a_server_that_is_down(
    weekly: Weekly, server: ScriptedSmtpServer, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """It says so and comes back; nobody is given up for it."""
    weekly.send()
    server.script = Closed(8)

    start("serve", "--port", "0")
    wait_for(lambda: weekly.status()["state"] == "sent", what=lambda: read(weekly.folder, "err"))

    assert f"the next hop takes nothing issue={SLUG} reason=" in read(weekly.folder, "err")
    assert sorted(server.taken.values()) == [1, 1, 1]


@pytest.mark.usefixtures("soon")
def test_serve_does_not_send_what_an_operator_left(
    weekly: Weekly, server: ScriptedSmtpServer, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """He stopped by hand, or by a limit: going on is his decision."""
    weekly.send("--limit", "1")

    start("serve", "--port", "0")
    wait_for(lambda: weekly.status()["sent"] == 1, what=lambda: read(weekly.folder, "err"))

    status = weekly.status()
    assert (status["state"], status["remaining"], status["deferred"]) == ("sending", 2, 0)
    assert sum(server.taken.values()) == 1


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda weekly: weekly.write_issue("# Summer\n\nAnother text."), "has changed since"),
        (lambda weekly: weekly.change_settings('name = "Weekly"', 'name = "Daily"'), "settings"),
        (lambda weekly: (weekly.folder / "issues" / f"{SLUG}.md").unlink(), "no such issue"),
    ],
    ids=["file", "settings", "gone"],
)
def test_serve_sends_nobody_another_text(
    weekly: Weekly,
    server: ScriptedSmtpServer,
    start: Callable[..., subprocess.Popen[str]],
    change: Callable[[Weekly], object],
    reason: str,
) -> None:
    """The issue is paused, and status and log say why, once."""
    weekly.send()
    change(weekly)

    process = start("serve", "--port", "0")
    wait_for(lambda: weekly.status()["state"] == "paused", what=lambda: read(weekly.folder, "err"))
    time.sleep(5)
    process.terminate()
    process.wait(timeout=60)

    status = weekly.run("status", SLUG).out
    assert reason in status
    assert f"newsletter resume {SLUG}" in status
    assert read(weekly.folder, "err").count(f"an issue is paused issue={SLUG} reason=") == 1
    assert sum(server.taken.values()) == 0
