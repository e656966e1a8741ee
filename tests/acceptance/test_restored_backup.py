"""A database that was restored from a backup is noticed: nobody gets an issue again for it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.acceptance.weekly import SLUG, Weekly, check_sum


def back_up(weekly: Weekly) -> Path:
    """Copy the database as SQLite's own backup does."""
    copy = weekly.folder.parent / "backup.db"
    with closing(sqlite3.connect(weekly.database)) as source, closing(sqlite3.connect(copy)) as to:
        source.backup(to)
    return copy


def restore(weekly: Weekly, copy: Path) -> None:
    """Put a backup in the database's place."""
    for file in weekly.folder.glob("newsletter.db-*"):
        file.unlink()
    shutil.copy(copy, weekly.database)


@contextmanager
def restored_after_all_was_sent(weekly: Weekly, *before: str) -> Iterator[None]:
    """Send a part, make a backup, send the rest, restore the backup."""
    assert weekly.send(*before).code == 0
    copy = back_up(weekly)
    assert weekly.send().code == 0
    assert len(weekly.messages()) == 3
    restore(weekly, copy)
    yield


def test_a_backup_of_an_issue_under_way_sends_nothing(weekly: Weekly) -> None:
    """Without the notice the ledger would send two messages again."""
    with restored_after_all_was_sent(weekly, "--limit", "1"):
        refused = weekly.send()

    status = weekly.status()
    assert refused.code == 6
    assert "restored from a backup" in refused.err
    assert "newsletter db accept-restore" in refused.err
    assert (status["state"], status["in_doubt"], status["remaining"]) == ("paused", 2, 0)
    assert "restored from a backup" in status["pause_reason"]
    check_sum(status)
    assert len(weekly.messages()) == 3


def test_a_backup_from_before_the_issue_names_it(weekly: Weekly) -> None:
    """The database does not know it, so everybody would get it again."""
    weekly.write_issue("+++\ntitle = 'Early'\ndate = 2026-01-01\n+++\n\nHello.\n", "2026-01-early")
    assert weekly.run("send", "2026-01-early", "--yes").code == 0
    copy = back_up(weekly)
    assert weekly.send().code == 0
    restore(weekly, copy)

    refused = weekly.send("--json")

    assert refused.code == 6
    assert refused.error["problems"] == [
        f"{SLUG} was sent from this machine, and the database does not know it"
    ]


def test_serve_refuses_a_restored_database(weekly: Weekly) -> None:
    """Whoever left since would be on the list again."""
    with restored_after_all_was_sent(weekly, "--limit", "1"):
        refused = weekly.run("serve", "--port", "0")

    assert refused.code == 6
    assert "restored from a backup" in refused.err


@pytest.mark.parametrize("decision", ["write-off", "hold"])
def test_after_the_operator_accepted_it_nobody_gets_it_twice(weekly: Weekly, decision: str) -> None:
    """What is in doubt is decided as after any crash."""
    with restored_after_all_was_sent(weekly, "--limit", "1"):
        weekly.send()

    accepted = weekly.run("db", "accept-restore", "--json")
    again = weekly.run("db", "accept-restore", "--json")
    resumed = weekly.run("resume", SLUG)
    weekly.send("--in-doubt", decision)

    assert accepted.document == {"has_changed": True, "forgotten": []}
    assert again.document["has_changed"] is False
    assert resumed.code == 0
    assert "nothing but 2 messages in doubt" in resumed.out
    # `messages` fails when somebody got two.
    assert len(weekly.messages()) == 3


def test_a_database_that_only_went_on_is_no_restored_one(weekly: Weekly) -> None:
    """A false alarm would stop a newsletter for nothing."""
    first = weekly.send("--limit", "1")
    (weekly.folder / "newsletter.db.mark").unlink()
    second = weekly.send("--limit", "1")
    third = weekly.send()

    assert [first.code, second.code, third.code] == [0, 0, 0]
    assert len(weekly.messages()) == 3


def test_a_new_database_is_no_restored_one(weekly: Weekly) -> None:
    """Whoever begins anew with the same key has another database, not an older one."""
    assert weekly.send().code == 0
    shutil.rmtree(weekly.folder / "maildir")
    for file in weekly.folder.glob("newsletter.db*"):
        if file.suffix != ".mark":
            file.unlink()

    weekly.import_people(b"email\nkim@example.org\n")
    sent = weekly.send()

    assert sent.code == 0
    assert list(weekly.messages()) == ["kim@example.org"]


def test_a_folder_that_cannot_be_written_stops_nobody(weekly: Weekly) -> None:
    """The mark is a safety net; where it cannot hang, it is told, and messages leave."""
    (weekly.folder / "newsletter.db.mark").mkdir()

    sent = weekly.send()

    assert sent.code == 0
    assert len(weekly.messages()) == 3
