"""A whole newsletter is taken elsewhere in one file, and goes on there as if nothing had been."""

import hashlib
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newsletter.bootstrap import open_installation
from newsletter.cli import run
from newsletter.database import Database
from newsletter.migrations import find_revision
from newsletter.parcel.carried import TABLES
from newsletter.settings import load_settings
from newsletter.tables.rows import has_rows
from newsletter.usecases.import_newsletter import Arrival, Watcher, import_newsletter
from newsletter.usecases.leave import find_leaver
from tests.acceptance.weekly import SLUG, Weekly, check_sum
from tests.databases import empty_database_url, postgresql_server  # noqa: F401

#: What operators did on the way, and who had sent, is all that differs after a journey.
OWN = {"tables/operator_action.jsonl", "tables/lease.jsonl"}


def export(weekly: Weekly, *options: str) -> Path:
    """Write the newsletter into a file beside its folder."""
    parcel = weekly.folder.parent / "weekly.zip"
    assert weekly.run("export", str(parcel), *options).code == 0
    return parcel


def arrive(weekly: Weekly, parcel: Path, *options: str) -> tuple[int, Weekly, str]:
    """Import a parcel into a folder; return the code, the newsletter there, and what was said."""
    there = Weekly(weekly.folder.parent / "there", weekly.capsys)
    weekly.capsys.readouterr()
    code = run(["import", str(parcel), "--into", str(there.folder), *options])
    return code, there, weekly.capsys.readouterr().err


def read_manifest(parcel: Path) -> dict[str, Any]:
    """Read what a parcel says of itself."""
    with zipfile.ZipFile(parcel) as file:
        found: dict[str, Any] = json.loads(file.read("manifest.json"))
    return found


def rewrite(parcel: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the files in a parcel."""
    with zipfile.ZipFile(parcel) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    with zipfile.ZipFile(parcel, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)


def find_token(weekly: Weekly, address: str) -> str:
    """Find the token of the unsubscribe link in the message somebody got."""
    link = str(weekly.messages()[address]["List-Unsubscribe"])
    return link.partition("/u/")[2].partition(">")[0]


def test_an_issue_under_way_is_finished_elsewhere(
    weekly: Weekly,
    empty_database_url: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everyone gets it exactly once over both, on either database; old links still work."""
    assert weekly.send("--limit", "1").code == 0
    assert weekly.run("pause", SLUG).code == 0
    [first] = weekly.messages()

    code, there, _ = arrive(
        weekly, export(weekly, "--with-key"), "--database-url", empty_database_url
    )

    monkeypatch.setenv("NEWSLETTER_DATABASE__URL", empty_database_url)
    held, refused = there.status(), there.send("--in-doubt", "retry")
    accepted = there.run("db", "accept-restore")
    assert (code, held["state"], held["in_doubt"], refused.code) == (0, "paused", 2, 6)
    assert [accepted.code, there.run("resume", SLUG).code] == [0, 0]
    assert there.send("--in-doubt", "retry").code == 0
    check_sum(there.status())
    assert (there.status()["sent"], there.status()["state"]) == (3, "sent")
    assert sorted([first, *there.messages()]) == [
        f"{name}@example.org" for name in ("kim", "lee", "park")
    ]
    told = there.run("why", first, SLUG, "--json").document
    assert told["issues"][0]["status"] == "sent"
    assert there.run("report", SLUG, "--json").document["sent"] == 3
    assert there.run("archive", "build", str(there.folder / "public")).code == 0
    assert (there.folder / "public" / "archive" / SLUG / "index.html").is_file()
    installation = open_installation(load_settings(there.folder))
    leaver = find_leaver(installation, find_token(weekly, first))
    installation.database.close()
    assert leaver is not None


def test_nothing_is_lost_on_the_way(weekly: Weekly) -> None:
    """A second parcel, made of what has arrived, holds the same files with the same digests."""
    assert weekly.send().code == 0
    assert weekly.run("subscribers", "suppress", "add", "nobody@example.org").code == 0
    parcel = export(weekly, "--with-key")

    code, there, _ = arrive(weekly, parcel)

    again = there.folder.parent / "again.zip"
    assert (code, there.run("export", str(again), "--with-key").code) == (0, 0)
    before, after = read_manifest(parcel), read_manifest(again)
    assert [each for each in before["members"] if each["name"] not in OWN] == [
        each for each in after["members"] if each["name"] not in OWN
    ]
    assert before["key_fingerprint"] == after["key_fingerprint"]
    refused = there.import_people(b"email\nnobody@example.org\n", "--json")
    assert refused.document["refused"] == 1


def test_no_secret_and_no_list_of_people_is_among_the_files(weekly: Weekly) -> None:
    """A parcel without the key may be kept where backups are."""
    (weekly.folder / "keys").mkdir()
    for name in ("keys/dkim.pem", "newsletter.local.toml", "old.csv", "issues/people.json"):
        (weekly.folder / name).write_text("private")
    (weekly.folder / "issues" / "out").symlink_to("/etc/passwd")

    names = [each["name"] for each in read_manifest(export(weekly))["members"]]

    assert [name for name in names if not name.startswith("tables/")] == [
        "files/.gitignore",
        f"files/issues/{SLUG}.md",
        "files/newsletter.toml",
    ]


def test_the_key_is_asked_for_when_it_is_not_in_the_parcel(weekly: Weekly) -> None:
    """Without it suppressions and links would be lost quietly."""
    parcel = export(weekly)
    other = weekly.folder.parent / "other.key"
    other.write_text("1:" + "A" * 43)
    other.chmod(0o600)

    missing, there, said = arrive(weekly, parcel)
    wrong, _, told = arrive(weekly, parcel, "--key-file", str(other))
    right, _, _ = arrive(weekly, parcel, "--key-file", str(weekly.folder / "newsletter.key"))

    assert (missing, wrong, right) == (2, 2, 0)
    assert "--key-file" in said
    assert "not the one of this newsletter" in told
    assert (there.folder / "newsletter.key").stat().st_mode & 0o777 == 0o600


def _flip(members: dict[str, bytes]) -> None:
    members["tables/subscriber.jsonl"] = members["tables/subscriber.jsonl"].replace(b"kim", b"kin")


def _add(members: dict[str, bytes]) -> None:
    members["files/../../evil"] = b"x"


def _lose(members: dict[str, bytes]) -> None:
    del members["tables/consent.jsonl"]


def _name_outside(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["members"][0]["name"] = "files/../../evil"
    members["manifest.json"] = json.dumps(manifest).encode()


def _make_huge(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["members"][0]["size_bytes"] = 10**18
    members["manifest.json"] = json.dumps(manifest).encode()


def _make_newer(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "version": 2}).encode()


def _rewrite(members: dict[str, bytes], name: str, content: bytes) -> None:
    """Change a file, and the manifest with it, as somebody with a text editor would."""
    members[name] = content
    manifest = json.loads(members["manifest.json"])
    for member in manifest["members"]:
        if member["name"] == name:
            member |= {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    members["manifest.json"] = json.dumps(manifest).encode()


def _rewrite_people(members: dict[str, bytes], old: bytes, new: bytes) -> None:
    name = "tables/subscriber.jsonl"
    _rewrite(members, name, members[name].replace(old, new))


def _number_alike(members: dict[str, bytes]) -> None:
    _rewrite_people(members, b"[2,", b"[1,")


def _number_hugely(members: dict[str, bytes]) -> None:
    _rewrite_people(members, b"[1,", b"[" + b"9" * 30 + b",")


def _spell_in_halves(members: dict[str, bytes]) -> None:
    _rewrite_people(members, b'"kim', b'"\\ud800')


def _colour(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, "made_at": "\x1b[31m"}).encode()


def _count_too_far(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    last = {"last_numbers": {"subscriber": 10**40}}
    members["manifest.json"] = json.dumps({**manifest, **last}).encode()


def _empty(members: dict[str, bytes]) -> None:
    members["manifest.json"] = b"[]"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_flip, "tables/subscriber.jsonl in it was changed or damaged"),
        (_add, "does not hold the files that its manifest tells of"),
        (_lose, "does not hold the files that its manifest tells of"),
        (_name_outside, "which no parcel of ours does"),
        (_make_huge, "has room for"),
        (_make_newer, "version 2"),
        (_empty, "cannot be understood"),
        (_colour, "cannot be understood"),
        (_count_too_far, "cannot be understood"),
        (_number_alike, "its rows contradict each other"),
        (_number_hugely, "does not take one of its rows"),
        (_spell_in_halves, "does not take one of its rows"),
    ],
)
def test_a_parcel_that_is_not_as_it_was_made_changes_nothing(
    weekly: Weekly, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    """Every byte is compared before anything is made, and rows that contradict it are undone."""
    parcel = export(weekly, "--with-key")
    rewrite(parcel, change)

    code, there, said = arrive(weekly, parcel)

    assert code == 1
    assert words in said
    assert sorted(path.name for path in there.folder.parent.iterdir()) == ["weekly", "weekly.zip"]


def test_settings_that_cannot_be_read_are_told_to_be_the_parcels(weekly: Weekly) -> None:
    """The folder that the error names was there for a moment only."""
    parcel = export(weekly, "--with-key")
    rewrite(parcel, lambda members: _rewrite(members, "files/newsletter.toml", b"\xff"))

    code, there, said = arrive(weekly, parcel)

    assert code == 2
    assert "newsletter.toml:1: not UTF-8" in said
    assert "held what is in the parcel, and is gone again" in said
    assert not there.folder.exists()


def test_a_parcel_is_not_written_to_standard_output(weekly: Weekly) -> None:
    """As for other commands a dash is no file's name, and a zip file is nothing for a terminal."""
    answer = weekly.run("export", "-")

    assert (answer.code, answer.out) == (2, "")
    assert "name FILE.zip" in answer.err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"email\nkim@example.org\n"])
def test_another_file_is_told_from_a_parcel(weekly: Weekly, content: bytes) -> None:
    """Without a traceback, whatever it is."""
    parcel = weekly.folder.parent / "weekly.zip"
    parcel.write_bytes(content)

    code, there, said = arrive(weekly, parcel)

    assert code == 1
    assert f"{parcel}: it is no parcel" in said
    assert not there.folder.exists()


def test_what_is_there_already_is_not_touched(weekly: Weekly) -> None:
    """Neither a folder with something in it nor a database that is in use."""
    parcel = export(weekly, "--with-key")
    before = weekly.contents()

    into = run(["import", str(parcel), "--into", str(weekly.folder)])
    code, there, said = arrive(weekly, parcel, "--database-url", f"sqlite:///{weekly.database}")

    assert (into, code) == (6, 6)
    assert "holds a newsletter already" in said
    assert weekly.contents() == before
    assert not there.folder.exists()


def test_an_import_that_is_stopped_leaves_nothing(
    weekly: Weekly,
    empty_database_url: str,  # noqa: F811
) -> None:
    """Neither half a folder nor half a database; it can be called again."""
    parcel = export(weekly, "--with-key")
    there = weekly.folder.parent / "there"
    arrival = Arrival(folder=there, database_url=empty_database_url, actor="me", now_ms=1)

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_newsletter(parcel, arrival, environ={}, watcher=Watcher(on_rows=stop))

    database = Database(empty_database_url)
    with database.read() as connection:
        assert find_revision(connection)
        assert not any(has_rows(connection, table) for table in TABLES)
    database.close()
    assert not [path for path in there.parent.iterdir() if "there" in path.name]
    assert import_newsletter(parcel, arrival, environ={}).rows["subscriber"] == 4


def test_a_newsletter_in_git_takes_its_tracked_files_along(weekly: Weekly) -> None:
    """And those that git would track; what it ignores, and its own folder, stay."""
    (weekly.folder / "notes.md").write_text("mine")
    (weekly.folder / "build").mkdir()
    (weekly.folder / "build" / "page.html").write_text("made")
    with (weekly.folder / ".gitignore").open("a") as stream:
        stream.write("build/\n")
    subprocess.run(["git", "init", "-q", weekly.folder], check=True)

    names = [each["name"] for each in read_manifest(export(weekly))["members"]]

    assert "files/notes.md" in names
    assert not [name for name in names if "build" in name or ".git/" in name]
