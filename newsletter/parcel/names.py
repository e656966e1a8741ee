"""The names of members: which there may be, so that no parcel writes outside its folder."""

import re
from pathlib import PurePosixPath
from typing import Final

from newsletter.errors import UserError
from newsletter.parcel.manifest import Manifest, Member
from newsletter.settings import KEY_FILE_NAME

#: Before the path of a file of the newsletter's folder.
FILES: Final = "files/"
#: Before the name of a table.
TABLES: Final = "tables/"
_ROWS_SUFFIX: Final = ".jsonl"
#: Neither a drive nor another file's stream on other systems, nor an order to a terminal.
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\ud800-\udfff]')


def name_file(path: PurePosixPath) -> str:
    """Name the member of a file, by its path in the newsletter's folder."""
    return f"{FILES}{path}"


def name_table(table: str) -> str:
    """Name the member of a table's rows."""
    return f"{TABLES}{table}{_ROWS_SUFFIX}"


def can_be_member(path: PurePosixPath) -> bool:
    """Tell whether a file of the folder can be carried: its path is one everywhere."""
    return bool(path.parts) and not (
        path.is_absolute()
        or any(part in {"..", ".git"} for part in path.parts)
        or _FORBIDDEN.search(str(path))
    )


def locate_file(member: Member) -> PurePosixPath | None:
    """Tell where in the newsletter's folder a member belongs; None when it is not one of those."""
    name = member.name
    return PurePosixPath(name.removeprefix(FILES)) if name.startswith(FILES) else None


def check_names(manifest: Manifest, tables: frozenset[str]) -> None:
    """Check every name before anything is written.

    Args:
        manifest: As it was read.
        tables: Those that a newsletter has.

    Raises:
        UserError: A name is doubled, leads outside, or is none that a parcel has.
    """
    names = [member.name for member in manifest.members]
    if len({name.casefold() for name in names}) != len(names):
        raise UserError("it names two of its files alike")
    allowed = {KEY_FILE_NAME, *(name_table(table) for table in tables)}
    for member in manifest.members:
        path = locate_file(member)
        if not (member.name in allowed if path is None else _is_safe(member.name, path)):
            raise UserError(f"it holds {member.name[:200]!a}, which no parcel of ours does")
    missing = sorted({name_table(table) for table in tables} - set(names))
    if missing:
        raise UserError(f"it is not whole: it has no {missing[0]}")


def _is_safe(name: str, path: PurePosixPath) -> bool:
    # A path that is spelled in another way than pathlib would is not one of ours.
    return can_be_member(path) and name == name_file(path) and KEY_FILE_NAME not in path.parts
