"""Questions to git about a folder; no hook or helper that a repository configures is ever run."""

import os
from pathlib import Path

#: git answers within milliseconds; a network file system that hangs must not hang a send.
TIMEOUT_SECONDS = 5.0


def ask_git(folder: Path, *question: str) -> str:
    """Ask git in a folder.

    Returns:
        What it writes to standard output, also when it ends with an error; empty when there is no
        git, no answer in time, or no repository that git trusts.
    """
    import shutil
    import subprocess

    git = shutil.which("git")
    if not git:
        return ""
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program; the path is an argument of -C
            [
                *(git, "--no-optional-locks", "--no-replace-objects", "-C", str(folder)),
                *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
                *question,
            ],
            env=_build_environment(Path(git).parent),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,  # a file outside the commit is an answer: its first line still holds
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(answer.stdout)


def _build_environment(folder_of_git: Path) -> dict[str, str]:
    """Build the whole environment of git: inside a hook, GIT_DIR would name another repository."""
    return {
        "PATH": os.pathsep.join([str(folder_of_git), os.defpath]),
        "HOME": str(Path.home()),  # where the user's safe.directory is kept
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
