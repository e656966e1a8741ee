"""A newsletter moves: into a file, out of it, to PostgreSQL in the middle of a send."""

import gzip
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.key_file import create_key_file
from newsletter.tables.digest import Digest, encode_row
from tests.acceptance.conftest import move
from tests.acceptance.weekly import SLUG, Weekly, check_sum


def start_afresh(weekly: Weekly) -> None:
    """Lose the database; key file and mark stay."""
    weekly.database.unlink()
    for file in weekly.folder.glob("newsletter.db-*"):
        file.unlink()


def make_older(file: Path, revision: str, folder: Path) -> None:
    """Make of a backup what the release of that revision would have made."""
    known = list_columns(revision, folder)
    older: list[str] = []
    kept: list[int] = []
    digest = Digest()
    for line in map(json.loads, gzip.decompress(file.read_bytes()).splitlines()):
        if "format" in line:
            older.append(json.dumps(line | {"revision": revision}))
        elif "table" in line:
            names = known.get(line["table"], set())
            kept = [n for n, name in enumerate(line["columns"]) if name in names]
            line["columns"] = {
                name: line["columns"][name] for name in line["columns"] if name in names
            }
            digest = Digest()
            older += [json.dumps(line)] if kept else []
        elif "rows" in line:
            older += [json.dumps(line | {"digest": digest.hexadecimal})] if kept else []
        elif "tables" in line:
            older.append(json.dumps({"tables": sum('"table"' in each for each in older)}))
        elif kept:
            older.append(encode_row([line[n] for n in kept]))
            digest.add(older[-1:])
    file.write_bytes(gzip.compress("".join(f"{line}\n" for line in older).encode()))


def list_columns(revision: str, folder: Path) -> dict[str, set[str]]:
    """List the columns that the tables of a revision had."""
    with closing(Database(f"sqlite:///{folder / 'older.db'}")) as database:
        migrations.make_tables(database, revision)
        with database.read() as connection:
            found = sa.inspect(connection).get_multi_columns()
    return {table: {each["name"] for each in columns} for (_, table), columns in found.items()}


def test_a_paused_send_is_finished_on_postgresql_and_everyone_gets_it_once(
    weekly: Weekly, empty_server_url: str
) -> None:
    """What had left on SQLite is known there, and what had not leaves there."""
    assert weekly.send("--limit", "1").code == 0
    assert weekly.run("pause", SLUG).code == 0
    assert len(weekly.messages()) == 1

    moved = move(weekly, empty_server_url)
    assert moved.status()["state"] == "paused"
    assert moved.run("resume", SLUG).code == 0
    assert moved.send().code == 0

    status = moved.status()
    assert set(moved.messages()) == {"kim@example.org", "lee@example.org", "park@example.org"}
    assert (status["state"], status["sent"], status["remaining"]) == ("sent", 3, 0)
    check_sum(status)


def test_the_database_that_was_left_sends_nothing_once_the_other_was_used(
    weekly: Weekly, empty_server_url: str
) -> None:
    """Two databases that both believe the rest is theirs would send it twice."""
    assert weekly.send("--limit", "1").code == 0
    settings = weekly.folder / "newsletter.toml"
    before = settings.read_bytes()
    assert move(weekly, empty_server_url).send("--limit", "1").code == 0
    settings.write_bytes(before)

    refused = weekly.send()

    assert refused.code == 6
    assert "behind what this newsletter has sent" in refused.err
    assert len(weekly.messages()) == 2


def test_a_database_that_holds_a_newsletter_is_not_written_over(
    weekly: Weekly, empty_server_url: str
) -> None:
    """A copy that is repeated, or aimed at the wrong database, changes nothing."""
    assert weekly.run("db", "copy", "--to", empty_server_url).code == 0
    there = Weekly(weekly.folder, weekly.capsys, empty_server_url).list_rows()

    again = weekly.run("db", "copy", "--to", empty_server_url)

    assert again.code == 6
    assert "holds a newsletter already" in again.err
    assert Weekly(weekly.folder, weekly.capsys, empty_server_url).list_rows() == there


@pytest.mark.databases("sqlite", "postgresql")
def test_a_backup_restores_into_either_database(weekly: Weekly, tmp_path: Path) -> None:
    """And the newsletter that is restored is the one that was backed up."""
    assert weekly.send("--limit", "1").code == 0
    file = tmp_path / "weekly.backup"
    made = weekly.run("db", "backup", str(file), "--json")
    assert made.code == 0, made.err
    assert file.stat().st_mode & 0o777 == 0o600

    url = f"sqlite:///{tmp_path / 'restored.db'}"
    settings = weekly.folder / "newsletter.toml"
    text = settings.read_text(encoding="utf-8").replace(weekly.server_url or "nothing", url)
    settings.write_text(
        text if weekly.server_url else f'{text}\n[database]\nurl = "{url}"\n', encoding="utf-8"
    )
    restored = weekly.run("db", "restore", str(file), "--json")

    assert restored.code == 0, restored.err
    assert restored.document["tables"] == made.document["tables"]
    assert weekly.send().code == 0
    assert len(weekly.messages()) == 3


def test_a_restored_backup_that_is_behind_sends_nothing(weekly: Weekly, tmp_path: Path) -> None:
    """The mark beside the key file knows that more has left."""
    file = tmp_path / "weekly.backup"
    assert weekly.send("--limit", "1").code == 0
    assert weekly.run("db", "backup", str(file)).code == 0
    assert weekly.send().code == 0
    start_afresh(weekly)

    assert weekly.run("db", "restore", str(file)).code == 0
    refused = weekly.send()

    assert refused.code == 6
    assert "newsletter db accept-restore" in refused.err
    assert len(weekly.messages()) == 3


def test_a_backup_of_an_older_release_is_restored_and_upgraded(
    weekly: Weekly, tmp_path: Path
) -> None:
    """A disk may break after the program was upgraded."""
    file = tmp_path / "weekly.backup"
    assert weekly.run("db", "backup", str(file)).code == 0
    make_older(file, "0010", tmp_path)
    start_afresh(weekly)

    assert weekly.run("db", "restore", str(file)).code == 0

    assert weekly.run("db", "status", "--json").document["revision"] == migrations.NEWEST_REVISION
    assert weekly.run("subscribers", "stats", "--json").document["confirmed"] == 3


def test_tables_that_an_older_backup_left_behind_are_upgraded_for_a_newer_one(
    weekly: Weekly, tmp_path: Path
) -> None:
    """The older one was damaged, and a server's tables are not upgraded by themselves."""
    file = tmp_path / "weekly.backup"
    assert weekly.run("db", "backup", str(file)).code == 0
    start_afresh(weekly)
    with closing(Database(weekly.url)) as database:
        migrations.make_tables(database, "0010")

    refused = weekly.run("db", "restore", str(file))
    assert weekly.run("db", "upgrade").code == 0

    assert refused.code == 6
    assert "or run `newsletter db upgrade` first" in refused.err
    assert weekly.run("db", "restore", str(file)).code == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: whole[:-40], "damaged or cut off"),
        (lambda _: b"", "damaged or cut off"),
        (lambda _: b"PK\x03\x04 something else", "no backup"),
        (lambda _: gzip.compress(b'{"format": "other"}\n'), "no backup"),
        (
            lambda whole: gzip.compress(gzip.decompress(whole).replace(b'"Kim"', b'"Ken"')),
            "damaged or changed",
        ),
    ],
    ids=["cut off", "empty", "another file", "another format", "changed"],
)
def test_a_damaged_backup_changes_nothing(
    weekly: Weekly, tmp_path: Path, spoil: Callable[[bytes], bytes], said: str
) -> None:
    """Half a newsletter would look like a whole one."""
    file = tmp_path / "weekly.backup"
    assert weekly.run("db", "backup", str(file)).code == 0
    file.write_bytes(spoil(file.read_bytes()))
    start_afresh(weekly)

    refused = weekly.run("db", "restore", str(file))

    assert refused.code == 1
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert weekly.run("subscribers", "stats", "--json").document["confirmed"] == 0


def test_a_backup_of_a_newer_release_changes_nothing(weekly: Weekly, tmp_path: Path) -> None:
    """What this release does not know it would lose."""
    file = tmp_path / "weekly.backup"
    assert weekly.run("db", "backup", str(file)).code == 0
    ours = f'"revision": "{migrations.NEWEST_REVISION}"'.encode()
    newer = gzip.decompress(file.read_bytes()).replace(ours, b'"revision": "9999"')
    file.write_bytes(gzip.compress(newer))
    start_afresh(weekly)

    refused = weekly.run("db", "restore", str(file))

    assert refused.code == 1
    assert "made by a newer one" in refused.err
    assert not weekly.database.exists()


def test_a_backup_is_not_restored_over_a_newsletter_or_with_another_key(
    weekly: Weekly, tmp_path: Path
) -> None:
    """With another key everybody who left would be taken for new."""
    file = tmp_path / "weekly.backup"
    assert weekly.run("db", "backup", str(file)).code == 0
    over = weekly.run("db", "restore", str(file))
    again = weekly.run("db", "backup", str(file))
    start_afresh(weekly)
    (weekly.folder / "newsletter.key").unlink()
    create_key_file(weekly.folder, os.urandom)

    other_key = weekly.run("db", "restore", str(file))

    assert (over.code, again.code) == (6, 6)
    assert "holds a newsletter already" in over.err
    assert other_key.code == 2
    assert "put the key file" in other_key.err


def test_nothing_is_copied_while_an_issue_is_being_sent(
    weekly: Weekly, empty_server_url: str
) -> None:
    """What leaves meanwhile would be unknown in the copy."""
    database = Database(weekly.url)
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO lease (name, epoch, owner, until_ms) VALUES ('issue:1', 1, 'x', 9e15)"
        )
    database.close()

    refused = weekly.run("db", "copy", "--to", empty_server_url)

    assert refused.code == 8
    assert "is being sent just now" in refused.err


def test_db_status_tells_kind_revision_and_rows(weekly: Weekly) -> None:
    """What an operator asks before and after an upgrade."""
    said = weekly.run("db", "status")
    document = weekly.run("db", "status", "--json").document

    assert "sqlite 3." in said.out
    assert (document["kind"], document["is_current"]) == ("sqlite", True)
    assert document["rows"]["subscriber"] == 4
