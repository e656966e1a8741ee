"""`newsletter doctor` on what is on this machine, and what --fix mends of it."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.weekly import Answer, Weekly

#: Nobody listens there: nothing is said of names.
NOWHERE = ("--nameserver", "127.0.0.1:1")


@pytest.fixture(autouse=True)
def _nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid to wait long for a name server that is not there."""
    monkeypatch.setattr("newsletter.doctor.names.TIMEOUT_SECONDS", 0.1)


def look(weekly: Weekly, *options: str) -> Answer:
    """Run the doctor without DNS."""
    return weekly.run("doctor", "--json", *NOWHERE, *options)


def list_rules_here(answer: Answer) -> list[str]:
    """List the rules of findings about keys, database and settings."""
    examined = answer.document["examined"]
    rules = [finding["rule"] for each in examined for finding in each["findings"]]
    return [rule for rule in rules if rule.startswith(("key-", "database-", "settings-"))]


def use_git(weekly: Weekly, *command: str) -> None:
    """Run git in the newsletter's folder."""
    subprocess.run(["git", "-C", str(weekly.folder), *command], check=True)


def empty_database(weekly: Weekly) -> None:
    """Put an empty file in the database's place."""
    for file in weekly.folder.glob("newsletter.db*"):
        file.unlink()
    weekly.database.touch(mode=0o600)


def spoil_database(weekly: Weekly) -> None:
    """Let the file hold something else."""
    empty_database(weekly)
    weekly.database.write_bytes(b"this is no database" * 100)


def change_secret(weekly: Weekly) -> None:
    """Put another secret in the first one's place."""
    key = weekly.folder / "newsletter.key"
    line = key.read_text(encoding="utf-8").splitlines()[-1]
    key.write_text(f"1:{line[2:][::-1].replace('=', '')}\n", encoding="utf-8")


def age_by_a_release(weekly: Weekly) -> None:
    """Let the tables claim to be those of a release to come."""
    with closing(sqlite3.connect(weekly.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def list_files(weekly: Weekly) -> list[str]:
    """List the newsletter's files, without a database's journals."""
    names = [file.name for file in weekly.folder.iterdir()]
    return sorted(name for name in names if not name.endswith(("-wal", "-shm")))


def test_settings_that_cannot_be_read_are_the_first_finding(weekly: Weekly) -> None:
    """Each problem one, and no crash; the key file is looked at all the same."""
    weekly.change_settings('language = "en"', 'language = "no language"\ncolour = "red"')
    (weekly.folder / "newsletter.key").chmod(0o644)

    answer = look(weekly)

    assert list_rules_here(answer) == ["settings-unusable", "settings-unusable", "key-shared"]
    assert answer.code == 3


def test_outside_of_a_newsletter_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the command that makes one."""
    answer = Weekly(tmp_path, capsys).run("doctor", "--fix")

    assert answer.code == 3
    assert "Make a newsletter with: newsletter init" in answer.out


def test_what_is_safe_is_mended_and_said(weekly: Weekly) -> None:
    """Rights, .gitignore and tables; a second look finds nothing of it."""
    use_git(weekly, "init", "--quiet")
    empty_database(weekly)
    weekly.database.chmod(0o644)
    key, ignore = weekly.folder / "newsletter.key", weekly.folder / ".gitignore"
    key.chmod(0o640)
    ignore.write_text("*.csv", encoding="utf-8")

    before = look(weekly)
    mended = look(weekly, "--fix")
    again = look(weekly, "--fix")

    faults = {"key-shared", "key-not-ignored", "database-shared", "database-old"}
    assert set(list_rules_here(before)) == faults
    assert list_rules_here(mended) == []
    done = "\n".join(mended.document["mended"])
    assert f"{key} is private now" in done
    assert f"{ignore} has the line /newsletter.key*" in done
    assert "the database went from nothing to revision" in done
    assert key.stat().st_mode & 0o777 == 0o600
    assert ignore.read_text(encoding="utf-8") == "*.csv\n/newsletter.key*\n"
    assert again.document["mended"] == []


def test_what_is_not_there_yet_is_not_made(weekly: Weekly) -> None:
    """A database is made by the first command that needs one, and private from the start."""
    empty_database(weekly)
    weekly.database.unlink()

    answer = look(weekly, "--fix")

    assert answer.document["mended"] == []
    assert list_rules_here(answer) == []
    assert not weekly.database.exists()


def test_a_key_in_git_is_told_and_left_as_it_is(weekly: Weekly) -> None:
    """Only its owner can tell what else has to follow."""
    use_git(weekly, "init", "--quiet")
    use_git(weekly, "add", "--force", "newsletter.key")

    answer = look(weekly, "--fix")

    assert list_rules_here(answer) == ["key-tracked"]
    assert answer.document["mended"] == []


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda weekly: (weekly.folder / "newsletter.key").unlink(), "key-unusable"),
        (spoil_database, "database-unusable"),
        (age_by_a_release, "database-new"),
        (change_secret, "database-other-key"),
    ],
    ids=["no key", "no database", "tables of a newer release", "another secret"],
)
def test_what_is_wrong_here_is_told_and_left(
    weekly: Weekly, spoil: Callable[[Weekly], object], rule: str
) -> None:
    """One finding each, and nothing is made anew in its place."""
    spoil(weekly)
    before = list_files(weekly)

    answer = look(weekly)

    assert list_rules_here(answer) == [rule]
    assert answer.code == 3
    assert list_files(weekly) == before


def test_a_key_that_signs_is_looked_at_like_the_secret(weekly: Weekly) -> None:
    """Whoever has it can write in our name."""
    made = weekly.run("keys", "generate", "dkim", "--json").document
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in made["settings"].items())
    file = weekly.folder / "newsletter.toml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n[dkim]\n{lines}\n", encoding="utf-8")
    Path(made["file"]).chmod(0o604)

    told = look(weekly)
    mended = look(weekly, "--fix")

    assert list_rules_here(told) == ["key-shared"]
    assert list_rules_here(mended) == []


def test_a_name_that_no_file_can_have_is_a_finding(weekly: Weekly) -> None:
    """The system refuses even to look; what comes after it is looked at."""
    name = "a" * 300
    with (weekly.folder / "newsletter.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'[dkim]\nrsa_selector = "one"\nrsa_key_file = "{name}"\n')
    weekly.change_settings("maildir:maildir", f"maildir:{name}")

    answer = look(weekly, "--fix")

    assert list_rules_here(answer) == ["key-unusable"]
    assert "File name too long" in answer.out
    assert "base_url" in answer.out


def test_a_key_of_another_user_is_told(weekly: Weekly, monkeypatch: pytest.MonkeyPatch) -> None:
    """He can put another in its place."""
    monkeypatch.setattr("os.geteuid", lambda: 4711)

    assert list_rules_here(look(weekly)) == ["key-owner"]


def test_a_folder_that_cannot_be_written_is_told(weekly: Weekly) -> None:
    """A maildir is made at the first send; a file in its way is met then."""
    (weekly.folder / "maildir").write_text("", encoding="utf-8")

    examined = look(weekly).document["examined"]

    [hop] = [each for each in examined if each["subject"] == "next hop"]
    assert [each["rule"] for each in hop["findings"]] == ["next-hop-local", "maildir-unwritable"]


def test_a_name_server_is_named_by_host_and_port(weekly: Weekly) -> None:
    """What is none is wrong usage."""
    answer = weekly.run("doctor", "--nameserver", "no such host")

    assert answer.code == 2
    assert "is no name server, expected such as 127.0.0.1:5353" in answer.err
