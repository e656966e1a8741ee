"""The git revision of an issue file, wherever the file is and whatever git says."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from newsletter.issues.issue import Revision
from newsletter.issues.revision import read_revision, read_revisions

TEXT = b"# A\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody who has no settings of his own."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    """Make a repository with one committed issue, its name not the simplest."""
    path = tmp_path / "issues" / "소식 #1:a.md"
    path.parent.mkdir()
    path.write_bytes(TEXT)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return path


def test_a_committed_file_has_its_commit(issue: Path) -> None:
    """The ledger can tell for good what was sent."""
    revision = read_revision(issue, TEXT)

    assert revision == Revision(
        commit=git(issue.parent, "rev-parse", "HEAD"),
        is_modified=False,
        content_sha256=hashlib.sha256(TEXT).hexdigest(),
    )


def test_changed_bytes_are_modified(issue: Path) -> None:
    """What counts are the bytes that were read, not those on the disk a moment later."""
    revision = read_revision(issue, b"# B\n")

    assert revision.commit == git(issue.parent, "rev-parse", "HEAD")
    assert revision.is_modified


def test_line_ends_alone_are_no_modification(issue: Path) -> None:
    """On Windows git writes CRLF into the working copy."""
    assert not read_revision(issue, b"# A\r\n").is_modified


def test_an_untracked_file_is_modified(issue: Path) -> None:
    """The commit does not hold it, so it cannot be read again from there."""
    other = issue.with_name("other.md")
    other.write_bytes(TEXT)

    revision = read_revision(other, TEXT)

    assert revision.commit == git(issue.parent, "rev-parse", "HEAD")
    assert revision.is_modified


def test_an_ignored_file_is_modified(issue: Path) -> None:
    """Git ignores it, and so does the commit."""
    (issue.parent / ".gitignore").write_text("*.md\n")
    other = issue.with_name("other.md")
    other.write_bytes(TEXT)

    assert read_revision(other, TEXT).is_modified


def test_before_the_first_commit_there_is_none(tmp_path: Path) -> None:
    """A fresh repository has a HEAD that names nothing."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.md").write_bytes(TEXT)

    revision = read_revision(tmp_path / "a.md", TEXT)

    assert (revision.commit, revision.is_modified) == (None, True)


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    """Git is a help here, never a need."""
    revision = read_revision(tmp_path / "a.md", TEXT)

    assert (revision.commit, revision.is_modified) == (None, True)


def test_without_git_there_is_no_commit(issue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that only sends needs no git."""
    monkeypatch.setenv("PATH", "/nonexistent")

    assert read_revision(issue, TEXT).commit is None


def test_a_git_that_talks_nonsense_is_not_believed(
    issue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the name of an object is taken for one."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf 'warning\\n\\377\\n'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    assert read_revision(issue, TEXT).commit is None


def test_another_repository_in_the_environment_is_not_asked(
    issue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a hook of git, GIT_DIR names the repository of the hook."""
    git(tmp_path, "init", "--quiet", "--bare", "other.git")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other.git"))

    revision = read_revision(issue, TEXT)

    assert revision.commit is not None
    assert not revision.is_modified


def test_no_filter_of_the_repository_is_run(issue: Path, tmp_path: Path) -> None:
    """A repository from elsewhere may configure programs; reading an issue starts none."""
    (issue.parent / ".gitattributes").write_text("*.md filter=trap\n")
    git(issue.parent, "config", "filter.trap.clean", f"touch {tmp_path}/trapped; cat")
    git(issue.parent, "config", "core.fsmonitor", f"touch {tmp_path}/trapped; false")

    read_revision(issue, b"# B\n")

    assert not (tmp_path / "trapped").exists()


def test_a_link_is_followed_to_the_file_it_names(issue: Path, tmp_path: Path) -> None:
    """The text comes from there, and so does its history."""
    link = tmp_path / "link.md"
    link.symlink_to(issue)

    assert not read_revision(link, TEXT).is_modified


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_repository_of_somebody_else_is_not_trusted(issue: Path) -> None:
    """Git refuses it, since its settings could run programs; that is an answer like any other."""
    for path in (issue.parent.parent, issue.parent.parent / ".git"):
        os.chown(path, 12345, 12345)

    revision = read_revision(issue, TEXT)

    assert (revision.commit, revision.is_modified) == (None, True)


def test_many_files_are_told_the_same_as_each_alone(issue: Path, tmp_path: Path) -> None:
    """A list of a hundred issues must not ask git a hundred times."""
    other = issue.with_name("other.md")
    contents = {issue: TEXT, other: TEXT, issue.with_name("gone.md"): b"# B\n"}
    other.write_bytes(TEXT)

    together = read_revisions(tmp_path / "issues", contents.items())

    assert together == {path: read_revision(path, content) for path, content in contents.items()}


def test_many_files_outside_a_repository_have_no_commit(tmp_path: Path) -> None:
    """A newsletter may live without git."""
    told = read_revisions(tmp_path, [(tmp_path / "a.md", TEXT)])

    assert told[tmp_path / "a.md"].commit is None
    assert told[tmp_path / "a.md"].is_modified
