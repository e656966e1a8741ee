"""What the file system and the database may do to a command: clear words, nothing lost."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from newsletter.database import Database
from newsletter.usecases.look_at_health import look_at_health
from tests.acceptance.weekly import SLUG, Weekly, check_sum

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mount something at a folder or file until the test ends."""
    mounted: dict[Path, None] = {}

    def mount_at(target: Path, *options: str) -> None:
        done = subprocess.run(
            ["mount", *options, str(target)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"this user may not mount: {done.stderr.strip()}")
        mounted[target] = None

    yield mount_at
    for target in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(target)], check=True)


@pytest.fixture
def make_read_only(mount: Mount) -> Callable[[Path], None]:
    """Make a file or folder read-only, also for root, who may write everywhere else."""

    def make(path: Path) -> None:
        if os.geteuid():
            path.chmod(0o555 if path.is_dir() else 0o444)
            return
        mount(path, "--bind", str(path))
        mount(path, "-o", "remount,bind,ro")

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let writers wait for a tenth of a second instead of half a minute."""
    quick = partial(Database, busy_timeout_seconds=0.1)
    monkeypatch.setattr("newsletter.bootstrap.Database", quick)


def lock(database: Path) -> sqlite3.Connection:
    """Begin to write, as another process would, until the connection is closed."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def move_to_small_disk(weekly: Weekly, mount: Mount, kilobytes: int) -> Weekly:
    """Put the newsletter on a disk of its own that is nearly full."""
    disk = weekly.folder.parent / "disk"
    disk.mkdir()
    mount(disk, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs")
    shutil.copytree(weekly.folder, disk / "weekly")
    return Weekly(disk / "weekly", weekly.capsys)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "command",
    [
        f"send {SLUG} --yes",
        "subscribers unsubscribe kim@example.org",
        "subscribers add a@b.example",
    ],
)
def test_a_locked_database_is_a_temporary_hindrance(weekly: Weekly, command: str) -> None:
    """A script waits and calls the same command again."""
    before = weekly.contents()
    other = lock(weekly.database)

    hindered = weekly.run(*command.split(), "--json")
    other.close()

    assert (hindered.code, hindered.out) == (8, "")
    assert "another process is writing to the database" in hindered.error["error"]
    assert weekly.contents() == before
    assert weekly.run(*command.split()).code == 0


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_can_be_read(weekly: Weekly) -> None:
    """Status and statistics wait for nobody."""
    other = lock(weekly.database)

    answer = weekly.run("subscribers", "stats", "--json")
    other.close()

    assert (answer.code, answer.document["mailable"]) == (0, 3)


def _damage(weekly: Weekly) -> None:
    content = weekly.database.read_bytes()
    weekly.database.write_bytes(content[: len(content) // 2])


def _write_other_revision(weekly: Weekly) -> None:
    connection = sqlite3.connect(weekly.database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def _put_folder_in_place(weekly: Weekly) -> None:
    weekly.database.unlink()
    weekly.database.mkdir()


#: What may have become of the database file → what is told.
BAD_DATABASES: dict[str, tuple[Callable[[Weekly], object], str]] = {
    "another kind of file": (
        lambda weekly: weekly.database.write_text("no database at all " * 100),
        "this file is not an SQLite database",
    ),
    "a folder": (_put_folder_in_place, "the database file cannot be opened or made"),
    "half a file": (_damage, "the database file is damaged. Restore it from a backup."),
    "one of a newer release": (_write_other_revision, "used by a newer release"),
    "in a folder that is not there": (
        lambda weekly: weekly.change_settings(
            "[transport]", '[database]\nurl = "sqlite:///nowhere/x.db"\n[transport]'
        ),
        "Check that its folder exists",
    ),
}


@pytest.mark.parametrize(("change", "words"), BAD_DATABASES.values(), ids=BAD_DATABASES)
@pytest.mark.parametrize("command", ["subscribers list", f"send {SLUG} --yes"])
def test_a_database_that_cannot_be_used_is_left_alone(
    weekly: Weekly, change: Callable[[Weekly], object], words: str, command: str
) -> None:
    """Whatever it is, it may be the only copy."""
    change(weekly)
    before = weekly.database.read_bytes() if weekly.database.is_file() else b""

    answer = weekly.run(*command.split(), "--json")

    assert (answer.code, answer.out) == (1, "")
    assert words in answer.error["error"]
    assert weekly.messages() == {}
    assert (weekly.database.read_bytes() if weekly.database.is_file() else b"") == before


def test_a_read_only_database_is_read_and_not_written(
    weekly: Weekly, make_read_only: Callable[[Path], None]
) -> None:
    """Nothing leaves that could not be recorded."""
    make_read_only(weekly.database)

    sent = weekly.send("--json")
    found = look_at_health(Database(f"sqlite:///{weekly.database}"), is_worker_alive=None)
    listed = weekly.run("subscribers", "list", "--json")

    assert (sent.code, sent.out) == (1, "")
    assert "the database is read-only" in sent.error["error"]
    assert weekly.messages() == {}
    assert (listed.code, len(listed.document["subscribers"])) == (0, 4)
    assert found == {"database": "is read-only", "tables": "ok"}


def test_a_read_only_folder_is_told(weekly: Weekly, make_read_only: Callable[[Path], None]) -> None:
    """SQLite needs to write beside its file even to read it."""
    make_read_only(weekly.folder)

    answer = weekly.send("--json")

    assert (answer.code, answer.out) == (1, "")
    assert "this user" in answer.error["error"]


def test_a_new_newsletter_in_a_read_only_folder_is_told(
    weekly: Weekly, make_read_only: Callable[[Path], None]
) -> None:
    """The same command can be repeated elsewhere."""
    make_read_only(weekly.folder)
    options = ("--name", "New", "--from", "new@example.org", "--base-url", "https://example.org")

    answer = weekly.run("init", "new", *options)

    assert answer.code == 1
    assert "cannot be written" in answer.err


def test_a_full_disk_stops_an_import_and_loses_nobody(weekly: Weekly, mount: Mount) -> None:
    """Once there is space the same import takes the rest."""
    small = move_to_small_disk(weekly, mount, 600)
    people = "email\n" + "".join(f"somebody-{n}@example.org\n" for n in range(6000))
    list_elsewhere = weekly.folder / "many.csv"
    list_elsewhere.write_text(people, encoding="utf-8")
    command = ("subscribers", "import", str(list_elsewhere), "--status", "confirmed")
    evidence = ("--consent-basis", "asked", "--source", "list", "--json")

    full = small.run(*command, *evidence)
    before = small.run("subscribers", "stats", "--json").document["confirmed"]
    mount(small.folder.parent, "-o", "remount,size=20m")
    again = small.run(*command, *evidence)

    assert (full.code, full.out) == (1, "")
    assert "the disk is full" in full.error["error"]
    assert before < 6003
    assert again.code == 0
    assert small.run("subscribers", "stats", "--json").document["confirmed"] == 6003


def test_a_full_disk_stops_a_send_and_the_next_run_goes_on(weekly: Weekly, mount: Mount) -> None:
    """Messages that could not be written are as if they had never been tried."""
    weekly.import_people(b"email\n" + b"".join(b"p%d@example.org\n" % n for n in range(40)))
    (weekly.folder / "maildir").mkdir()
    mount(weekly.folder / "maildir", "-t", "tmpfs", "-o", "size=64k", "tmpfs")

    full = weekly.send("--json")
    status = weekly.status()
    mount(weekly.folder / "maildir", "-o", "remount,size=20m")
    again = weekly.send("--json")

    assert (full.code, full.out) == (8, "")
    assert "No space left on device" in full.error["error"]
    check_sum(status)
    assert 0 < status["sent"] < 43
    assert status["in_doubt"] == 0
    assert (again.code, again.document["sent"]) == (0, 43)
    assert len(weekly.messages()) == 43


def test_a_maildir_that_is_a_file_stops_the_send(weekly: Weekly) -> None:
    """The plan stays; mend it, and the same command goes on."""
    (weekly.folder / "maildir").write_text("a file", encoding="utf-8")

    stopped = weekly.send("--json")
    (weekly.folder / "maildir").unlink()
    again = weekly.send("--json")

    assert (stopped.code, stopped.out) == (8, "")
    assert "messages cannot be written there" in stopped.error["error"]
    assert "0 messages handed over" in stopped.error["notes"][0]
    assert (again.code, again.document["sent"]) == (0, 3)


def test_a_read_only_maildir_stops_the_send(
    weekly: Weekly, make_read_only: Callable[[Path], None]
) -> None:
    """A transport that nobody can use sends nothing and doubts nothing."""
    for name in ("tmp", "new", "cur"):
        (weekly.folder / "maildir" / name).mkdir(parents=True)
        make_read_only(weekly.folder / "maildir" / name)

    answer = weekly.send("--json")

    status = weekly.status()
    assert (answer.code, answer.out) == (8, "")
    assert (status["remaining"], status["in_doubt"]) == (3, 0)


@pytest.mark.parametrize(
    "command",
    ["subscribers export {}", "render 2026-01-spring --out {}/x"],
)
def test_a_file_that_cannot_be_written_is_named(weekly: Weekly, command: str) -> None:
    """The name is repeated as it was typed."""
    file = weekly.folder / "newsletter.toml" / "x"

    answer = weekly.run(*command.format(file).split(), "--json")

    assert (answer.code, answer.out) == (1, "")
    assert f"{file}" in answer.error["error"]
    assert "cannot be written" in answer.error["error"]


def test_a_report_that_cannot_be_written_does_not_hide_what_was_taken(weekly: Weekly) -> None:
    """The import is done when the disk of its report is full."""
    answer = weekly.import_people(b"email\nnew@example.org\n", "--report", "/dev/full", "--json")

    assert (answer.code, answer.out) == (1, "")
    assert "/dev/full: cannot be written: No space left" in answer.error["error"]
    assert "1 taken, 0 known, 0 refused" in answer.error["notes"][0]


def test_a_database_of_another_program_is_left_alone(weekly: Weekly) -> None:
    """Its tables may bear our names."""
    file = weekly.folder / "newsletter.db"
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE issue (title TEXT)")
        other.commit()

    answer = weekly.run("status", "--json")

    assert answer.code == 1
    assert "belongs to another program" in answer.error["error"]
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("issue",)]
