"""What exactly was read: the git commit an issue file comes from, and the hash of its bytes.

git is only asked for names of objects; whether the file differs is computed here from its
bytes. So no filter that a repository configures is ever run.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.git import ask_git
from newsletter.issues.issue import Revision

_OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def read_revision(path: Path, content: bytes) -> Revision:
    """Tell the commit checked out beside a file, and whether the file is as committed there.

    Args:
        path: The issue file; a symbolic link is followed to the file it names.
        content: Its bytes as they were read. A file that differs from the commit in its line
            ends alone counts as unmodified (git changes them on checkout where told to).

    Returns:
        Without git, outside a repository, before the first commit and in a repository that git
        does not trust (another owner: `safe.directory`), no commit and modified.
    """
    commit, blob = _ask_names(path)
    return _compare(content, commit, blob)


def read_revisions(folder: Path, contents: Iterable[tuple[Path, bytes]]) -> dict[Path, Revision]:
    """Tell the same of many files below one folder, and ask git only twice for all of them."""
    said = ask_git(folder, "rev-parse", "HEAD").strip()
    commit = said if _OBJECT_NAME.fullmatch(said) else None
    blobs = dict(_parse_tree(ask_git(folder, "ls-tree", "-r", "-z", "HEAD"))) if commit else {}
    return {
        path: _compare(content, commit, blobs.get(os.path.relpath(path, folder)))
        for path, content in contents
    }


def _compare(content: bytes, commit: str | None, blob: str | None) -> Revision:
    return Revision(
        commit=commit,
        is_modified=blob is None or blob not in _blob_names(content, digits=len(blob)),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )


def find_commit(path: Path) -> str:
    """Find the commit checked out where a file is; empty where `read_revision` gives none."""
    return _ask_names(path)[0] or ""


def _parse_tree(listed: str) -> Iterator[tuple[str, str]]:
    """Read what ``ls-tree -z`` says: ``MODE TYPE NAME<tab>PATH``, each with a NUL at its end."""
    for line in listed.split("\0"):
        told, _, path = line.partition("\t")
        if path:
            yield path, told.rpartition(" ")[2]


def _ask_names(path: Path) -> tuple[str | None, str | None]:
    """Ask for the names of HEAD and of the file in it."""
    try:
        file = path.resolve()
    except (OSError, RuntimeError):
        return None, None
    lines = ask_git(file.parent, "rev-parse", "HEAD", f"HEAD:./{file.name}").split("\n")
    names = [line if _OBJECT_NAME.fullmatch(line) else None for line in lines[:2]]
    return (names[0], names[1]) if len(names) == 2 else (None, None)


def _blob_names(content: bytes, *, digits: int) -> set[str]:
    """Name the content as git does, as it is and with LF line ends."""
    algorithm = "sha1" if digits == 40 else "sha256"
    return {
        hashlib.new(
            algorithm, b"blob %d\0%b" % (len(each), each), usedforsecurity=False
        ).hexdigest()
        for each in (content, content.replace(b"\r\n", b"\n"))
    }
