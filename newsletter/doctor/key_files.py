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
    findings = list(_judge_mode(file)) if file.exists() else []
    # A key that others may read is refused for that alone, and told above.
    if problem and not any(each.rule == rules.KEY_SHARED.id for each in findings):
        findings.append(build_finding(rules.KEY_UNUSABLE, problem))
    if file.exists():
        findings += _judge_git(file)
    return Examination(
        subject=f"{what} {file.name}",
        seen=f"private, {_describe_git(file)}",
        findings=tuple(findings),
    )


def is_shared(file: Path) -> bool:
    """Tell whether others on this machine may use a file."""
    return bool(file.stat().st_mode & _OTHERS)


def is_in_git(file: Path) -> bool:
    """Tell whether a file is in the index of the repository around it."""
    return bool(ask_git(file.parent, "ls-files", "--", file.name))


def is_unignored(file: Path) -> bool:
    """Tell whether a file is in a repository's folder and git would add it."""
    return _has_repository(file) and not ask_git(file.parent, "check-ignore", "--", file.name)


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
