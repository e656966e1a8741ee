"""How far this machine has seen its database go, kept outside it: a restored backup is behind.

It is no secret and holds no address. It does not belong in a backup: restored along with the
database, it would say what the database says.
"""

from dataclasses import dataclass
from pathlib import Path

from newsletter.settings import Settings
from newsletter.whole_file import write_whole_file

#: Covered by the same line of .gitignore as the database.
_NAME = "newsletter.db.mark"
#: Issues that were sent from here last are kept by name.
_MOST_SLUGS = 20
_HEADER = """\
# How far the database of this newsletter has come, so that a restored backup is noticed.
# Leave it where it is, and out of your backups.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a mark file says."""

    #: Which database: when it was first used, in milliseconds since 1970, UTC.
    database: int
    #: This file's name in the database; a newsletter on several machines has a file on each.
    id: str
    #: Grows whenever something was about to be sent, or was.
    number: int
    #: The issues that were sent from here last, the latest at the end.
    slugs: tuple[str, ...] = ()

    def raised(self, number: int, slug: str) -> "Mark":
        """Build the next one; a slug is empty when no issue is sent."""
        slugs = [each for each in self.slugs if each != slug] + ([slug] if slug else [])
        return Mark(
            database=self.database, id=self.id, number=number, slugs=tuple(slugs[-_MOST_SLUGS:])
        )


def locate_mark(settings: Settings) -> Path:
    """Tell where an installation's mark is: beside its key file."""
    return settings.key_file.with_name(_NAME)


def find_mark(path: Path) -> Mark | None:
    """Read a mark; None when there is none, or nothing that can be understood."""
    try:
        lines = [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]
        database, name, number = lines[0].split()
        return Mark(database=int(database), id=name, number=int(number), slugs=tuple(lines[1:]))
    except (OSError, ValueError, IndexError):
        return None


def write_mark(path: Path, mark: Mark) -> None:
    """Write a mark, whole and synced.

    Raises:
        OSError: The folder cannot be written.
    """
    lines = [f"{mark.database} {mark.id} {mark.number}", *mark.slugs]
    write_whole_file(path, (_HEADER + "\n".join(lines) + "\n").encode())
