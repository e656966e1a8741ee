"""A worker that is killed with -9 during sign-ups: no confirmation is lost, and none comes twice.

Over SMTP nobody can know whether the last message arrived: it is sent once more, the same to the
last letter, and counted. The defaults suit every run of the suite; more kills with
``TEST_KILLS=20 TEST_SIGN_UPS=500 pytest -s tests/acceptance/test_killed_worker.py``.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from newsletter.bootstrap import open_installation
from newsletter.cli import run
from newsletter.outbox.entry import Status
from newsletter.settings import load_settings
from newsletter.usecases.confirm import find_confirmation
from newsletter.usecases.installation import Installation
from newsletter.usecases.show_outbox import show_outbox
from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.usecases.work import Worker
from subscribers.address import EmailAddress
from tests.contracts.readers import read_link
from tests.contracts.scripted_smtp import Act, Said, ScriptedSmtpServer

KILLS = int(os.environ.get("TEST_KILLS", "4"))
SIGN_UPS = int(os.environ.get("TEST_SIGN_UPS", "60"))
PATIENCE_SECONDS = 60.0

#: What `newsletter serve` runs in its thread.
WORKER = """
import sys, threading
from pathlib import Path
from newsletter.bootstrap import open_installation
from newsletter.settings import load_settings
from newsletter.usecases.work import Worker
Worker(open_installation(load_settings(Path(sys.argv[1])))).run(threading.Event())
"""
#: The same, but it dies when its next hop has the messages and before it can write that down.
DYING_WORKER = (
    """
import os, signal
from newsletter.sending.transports.maildir import MaildirTransport
deliver = MaildirTransport.deliver
async def deliver_and_die(self, *arguments):
    await deliver(self, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)
MaildirTransport.deliver = deliver_and_die
"""
    + WORKER
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a newsletter that sends into a maildir."""
    made = tmp_path / "weekly"
    options = ("--name", "Weekly", "--from", "weekly@example.org")
    assert run(["init", str(made), *options, "--base-url", "https://example.org"]) == 0
    return made


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    """Open it, as the web pages' processes do."""
    opened = open_installation(load_settings(folder / "newsletter.toml"))
    yield opened
    opened.database.close()


@contextmanager
def working(folder: Path, program: str = WORKER) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in a process of its own; kill it at the end."""
    command = [sys.executable, "-c", program, str(folder / "newsletter.toml")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def ask_for_all(installation: Installation) -> None:
    """Send the form for everybody, at the pace of a busy day."""
    for number in range(SIGN_UPS):
        ask(installation, number)
        time.sleep(0.02)


def ask(installation: Installation, number: int) -> None:
    """Sign up one of many."""
    request = SignUp(
        address=EmailAddress.parse(f"reader{number}@example.org"), form="page", wording="Yes."
    )
    sign_up(installation, request)


def list_files(folder: Path) -> list[Path]:
    """List the messages in the maildir."""
    return sorted((folder / "maildir" / "new").glob("*"))


def test_into_a_maildir_each_gets_one_confirmation(
    folder: Path, installation: Installation
) -> None:
    """Killed at random moments, while the form goes on being sent."""
    chance = random.Random(20260126)
    forms = threading.Thread(target=ask_for_all, args=[installation])
    forms.start()

    for _ in range(KILLS):
        before = len(list_files(folder))
        with working(folder) as process:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(list_files(folder)) == before and time.monotonic() < deadline:
                if not forms.is_alive() and process.poll() is None:
                    break
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.02))
    forms.join()
    Worker(installation).work_off()

    messages = [
        message_from_bytes(file.read_bytes(), policy=default) for file in list_files(folder)
    ]
    addresses = [message["To"].addresses[0].addr_spec for message in messages]
    assert sorted(addresses) == sorted(f"reader{number}@example.org" for number in range(SIGN_UPS))
    links = [read_link(message, "confirm") for message in messages]
    assert all(find_confirmation(installation, link) for link in links)
    status = show_outbox(installation)
    assert status.by_status[Status.SENT] == SIGN_UPS
    print(f"\n{KILLS} kills: {SIGN_UPS} confirmations, {status.repeated} repeated, 0 twice, 0 lost")


def test_killed_between_the_message_and_its_outcome_it_takes_its_own_place(
    folder: Path, installation: Installation
) -> None:
    """Again and again: the file has the same name, and the link in it is the same."""
    ask(installation, 1)
    links = set()
    for _ in range(3):
        with working(folder, DYING_WORKER) as process:
            process.wait(PATIENCE_SECONDS)
        [file] = list_files(folder)
        links.add(read_link(message_from_bytes(file.read_bytes(), policy=default), "confirm"))

    Worker(installation).work_off()

    assert len(list_files(folder)) == 1
    [link] = links
    assert find_confirmation(installation, link) is not None
    assert show_outbox(installation).repeated == 1


def message_id(raw: bytes) -> str:
    """Read a message's Message-ID."""
    return str(message_from_bytes(raw)["Message-ID"])


def test_over_smtp_one_in_doubt_is_sent_once_more_the_same_and_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server had it, and the worker died before it heard so; the second time as well."""
    workers: list[subprocess.Popen[bytes]] = []

    async def take_it_and_kill(said: Said) -> Act | None:
        if said.verb != "CONTENT":
            return None
        workers[-1].send_signal(signal.SIGKILL)
        return Act.DO_AND_DROP

    server = ScriptedSmtpServer(script=take_it_and_kill)
    with server.serving():
        monkeypatch.setenv("NEWSLETTER_TRANSPORT__URL", server.url)
        installation = open_installation(load_settings(folder / "newsletter.toml"))
        ask(installation, 1)
        for _ in range(2):
            with working(folder) as process:
                workers.append(process)
                process.wait(PATIENCE_SECONDS)
        counted = show_outbox(installation)
        Worker(installation).work_off()
        after = show_outbox(installation)
        installation.database.close()

    first, second = server.messages
    assert first == second
    assert message_id(first) == message_id(second) != "None"
    assert counted.repeated == 1
    assert (after.by_status[Status.IN_DOUBT], after.by_status[Status.WAITING]) == (1, 0)
