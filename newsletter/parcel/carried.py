"""What a newsletter takes along: which of its tables, and which files of its folder."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Final

import sqlalchemy as sa

from newsletter.git import ask_git
from newsletter.operators.schema import api_answer, api_token, operator
from newsletter.parcel.names import can_be_member
from newsletter.sending.ledger.schema import installation, issue_rate, mark
from newsletter.settings.private_files import PRIVATE_FILES
from newsletter.tables.carried import CARRIED

#: What lets somebody in stays where it is: passwords, tokens of the API and what it answered to
#: them. The others are about one database, its clock and its machines: the place a newsletter comes
#: to has its own.
_LEFT_BEHIND: Final = frozenset(
    {
        *(operator.name, api_token.name, api_answer.name),
        *(installation.name, mark.name, issue_rate.name),
    }
)
TABLES: Final[tuple[sa.Table, ...]] = tuple(
    table for table in CARRIED if table.name not in _LEFT_BEHIND
)
TABLE_NAMES: Final = frozenset(table.name for table in TABLES)


def list_files(folder: Path) -> Iterator[PurePosixPath]:
    """List the files of a newsletter's folder that are its settings, issues and themes, in order.

    In a repository: what git tracks, or would. Elsewhere: all but what begins with a dot. Links
    are left out, for what they lead to may be anywhere.
    """
    listed = ask_git(
        folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."
    )
    names = listed.split("\0") if listed else _walk(folder)
    for name in sorted({name for name in names if name}):
        path = PurePosixPath(name)
        place = folder / path
        if (
            can_be_member(path)
            and not _is_left(path)
            and place.is_file()
            and not place.is_symlink()
        ):
            yield path


def _walk(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for file in files:
            if not file.startswith(".") or file == ".gitignore":
                yield Path(place, file).relative_to(folder).as_posix()


def _is_left(path: PurePosixPath) -> bool:
    return any(
        fnmatch(part, pattern.rstrip("/")) for part in path.parts for pattern in PRIVATE_FILES
    )
