"""What a power cut would leave: no message has left whose intent is not on the disk."""

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.drill.next_hop import NextHop, Temper, make_next_hop
from newsletter.drill.scratch import Scratch
from tests.acceptance.system_calls import Call, Disk, read_calls, trace

RECIPIENTS = 40
SLUG = "traced"
RECIPIENT = re.compile(rb"^To: .*?([\w.]+@example\.org)", re.MULTILINE)


@pytest.fixture
def next_hop() -> Iterator[NextHop]:
    """Yield a fast server."""
    with make_next_hop(Temper.FAST, 1).serving() as server:
        yield server


@pytest.fixture
def scratch(tmp_path: Path, next_hop: NextHop) -> Scratch:
    """Make a newsletter that is sent to that server."""
    folder = tmp_path / "newsletter"
    folder.mkdir()
    made = Scratch(folder, next_hop.url, max_in_flight=8)
    made.begin()
    made.add_people(RECIPIENTS)
    made.write_issue(SLUG)
    return made


def send_traced(scratch: Scratch, **environ: str) -> list[Call]:
    """Send the issue; where the system forbids to look, this is what fails."""
    command = [sys.executable, "-m", "newsletter", "-C", str(scratch.folder), "send", SLUG, "--yes"]
    file = scratch.folder / "calls"
    done = trace(command, file, {**scratch.environ, **environ})
    assert done.returncode == 0, done.stderr
    return list(read_calls(file))


def list_statuses(folder: Path, database: bytes, journal: bytes) -> dict[str, str]:
    """Open what a power cut would have left, and read where each delivery stands."""
    file = folder / "after.db"
    file.write_bytes(database)
    file.with_name("after.db-wal").write_bytes(journal)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = connection.execute(
            "SELECT address, status FROM delivery JOIN subscriber ON id = subscriber_id"
        )
        found = dict(rows.fetchall())
    for each in folder.glob("after.db*"):
        each.unlink()
    return found


def find_messages_that_end(call: Call, tails: dict[str, bytes]) -> list[str]:
    """List whose messages get their final dot by what is written to a socket."""
    said = tails.pop(call.path, b"") + call.octets
    *whole, rest = said.split(b"\r\n.\r\n")
    tails[call.path] = rest
    return [found[1].decode() for part in whole if (found := RECIPIENT.search(part))]


def test_no_final_dot_leaves_before_its_intent_is_on_the_disk(
    scratch: Scratch, next_hop: NextHop
) -> None:
    """At every final dot the power is cut: the ledger that is left knows of the message."""
    database = scratch.database_file.read_bytes()
    journal = f"{scratch.database_file.resolve()}-wal"
    calls = send_traced(scratch)
    disk, tails = Disk(), dict[str, bytes]()
    looked_at, forgotten = [], []
    for call in calls:
        if call.path == str(scratch.database_file.resolve()) and call.name == "pwrite64":
            # The journal is emptied into the file: everything was synced before.
            break
        disk.see(call)
        if "socket:" in call.path and call.has_begun:
            for address in find_messages_that_end(call, tails):
                left = list_statuses(scratch.folder, database, disk.synced[journal])
                looked_at.append(address)
                if left.get(address) != "in_flight":
                    forgotten.append(address)

    assert sorted(looked_at) == sorted(next_hop.accepted)
    assert len(looked_at) == RECIPIENTS
    assert forgotten == []
    # And what the ledger said last is on the disk as well.
    left = list_statuses(scratch.folder, database, disk.synced[journal])
    assert set(left.values()) == {"sent"}


def test_a_message_that_is_on_no_disk_yet_would_be_noticed(
    scratch: Scratch, next_hop: NextHop
) -> None:
    """The disk of these tests forgets what is not synced, as a real one may."""
    calls = send_traced(scratch)
    disk = Disk()
    for call in calls:
        if call.name in {"fsync", "fdatasync"}:
            break
        disk.see(call)

    journal = f"{scratch.database_file.resolve()}-wal"
    assert disk.files[journal] != b""
    assert journal not in disk.synced


def test_a_maildir_keeps_a_message_before_the_ledger_calls_it_sent(scratch: Scratch) -> None:
    """The file is synced, then named, then the name is synced, then the outcome is committed."""
    maildir = (scratch.folder / "maildir").resolve()
    drafts, arrived = maildir / "tmp", maildir / "new"
    calls = send_traced(scratch, NEWSLETTER_TRANSPORT__URL=f"maildir:{maildir}")
    synced_files, unsynced_names, named = set[str](), dict[str, str](), 0
    for call in calls:
        if call.name == "fsync" and call.has_ended:
            if call.path.startswith(f"{drafts}/"):
                synced_files.add(call.path)
            if call.path == str(arrived):
                unsynced_names = {
                    name: thread for name, thread in unsynced_names.items() if thread != call.thread
                }
        if call.name.startswith("rename") and f"{drafts}/".encode() in call.octets:
            old = call.octets.decode().partition(f"{arrived}/")[0]
            assert old in synced_files
            unsynced_names[old] = call.thread
            named += 1

    assert named == RECIPIENTS
    assert unsynced_names == {}


def test_a_key_file_and_its_name_are_on_the_disk_when_init_ends(tmp_path: Path) -> None:
    """Without it no link ever sent works."""
    folder = tmp_path / "made"
    options = ("--name", "A", "--from", "a@example.org", "--base-url", "https://example.org")
    command = [sys.executable, "-m", "newsletter", "init", str(folder), *options, "--no-input"]
    done = trace(command, tmp_path / "calls", os.environ)

    assert done.returncode == 0, done.stderr
    calls = list(read_calls(tmp_path / "calls"))
    names = [number for number, call in enumerate(calls) if call.name.startswith("link")]
    files = [
        number
        for number, call in enumerate(calls)
        if call.name == "fsync" and f"{folder}/newsletter.key." in call.path
    ]
    folders = [
        number
        for number, call in enumerate(calls)
        if call.name == "fsync" and call.path == str(folder)
    ]
    assert len(names) == 1
    assert files[0] < names[0] < folders[0]


def test_strace_is_what_ci_installs() -> None:
    """Else these tests would be skipped where they count."""
    run = Path(__file__).parents[2] / ".ci" / "run"

    assert " strace" in run.read_text(encoding="utf-8")
