"""Key files: private, ours, and out of git."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import installation as rules
from newsletter.git import ask_git
from newsletter.rendering.finding import Finding, build_finding

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine_key_file(file: Path, what: str, *, problem: str = "") -> Examination:
    """Look at one key file.

    Args:
        file: Where it is, or should be.
        what: How people call it, such as ``key file``.
        problem: Why its content cannot be used, if it cannot.
    """
    subject = f"{what} {file.name}"
    try:
        findings = tuple(_judge(file, problem))
        seen = f"private, {_describe_git(file)}"
    except OSError as error:
        words = f"{file} cannot be looked at: {error.strerror}"
        return Examination(subject=subject, findings=(build_finding(rules.KEY_UNUSABLE, words),))
    return Examination(subject=subject, seen=seen, findings=findings)


def is_shared(file: Path) -> bool:
    """Tell whether others on this machine may use a file."""
    return bool(file.stat().st_mode & _OTHERS)


def is_in_git(file: Path) -> bool:
    """Tell whether a file is in the index of the repository around it."""
    return bool(ask_git(file.parent, "ls-files", "--", file.name))


def is_unignored(file: Path) -> bool:
    """Tell whether a file is in a repository's folder and git would add it."""
    return _has_repository(file) and not ask_git(file.parent, "check-ignore", "--", file.name)


def _judge(file: Path, problem: str) -> Iterator[Finding]:
    is_there = file.exists()
    # A key that others may read is refused for that alone.
    if problem and not (is_there and is_shared(file)):
        yield build_finding(rules.KEY_UNUSABLE, problem)
    if is_there:
        yield from _judge_mode(file)
        yield from _judge_git(file)


def _judge_mode(file: Path) -> Iterator[Finding]:
    status = file.stat()
    if status.st_mode & _OTHERS:
        mode = f"{stat.S_IMODE(status.st_mode):03o}"
        yield build_finding(rules.KEY_SHARED, f"{file} may be read by others (mode {mode})")
    # Root, who may look after another user's newsletter, owns none of its files.
    if os.geteuid() not in {status.st_uid, 0}:
        yield build_finding(rules.KEY_OWNER, f"{file} belongs to user {status.st_uid}")


def _judge_git(file: Path) -> Iterator[Finding]:
    if is_in_git(file):
        yield build_finding(rules.KEY_TRACKED, f"{file} is in git")
    elif is_unignored(file):
        yield build_finding(rules.KEY_NOT_IGNORED, f"{file} is not ignored by git")


def _describe_git(file: Path) -> str:
    return "ignored by git" if _has_repository(file) else "in no git repository"


def _has_repository(file: Path) -> bool:
    return ask_git(file.parent, "rev-parse", "--is-inside-work-tree").strip() == "true"
