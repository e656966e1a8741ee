"""A maildir as an inbox: what was taken moves to `cur` with the flag S, for seen."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from newsletter.reports.inbox.inbox import InboxMessage
from newsletter.reports.part import MOST_BYTES

_INFO = ":2,"


class MaildirInbox:
    """The folders `new` and `cur` of a maildir; `tmp` belongs to whoever delivers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def each(self, *, again: bool, but: Collection[str]) -> Iterator[InboxMessage]:
        """Yield what is in `new`, and of `cur` what is not marked."""
        for name in ("new", "cur"):
            for path in _list_files(self._folder / name):
                is_wanted = again or name == "new" or "S" not in _split(path.name)[1]
                if is_wanted and str(path) not in but:
                    raw = read_start(path)
                    if raw is not None:
                        yield InboxMessage(name=str(path), raw=raw)

    def mark(self, names: Sequence[str]) -> None:
        """Move messages to `cur`, seen."""
        for name in names:
            path = Path(name)
            stem, flags = _split(path.name)
            flags = "".join(sorted({*flags, "S"}))
            target = self._folder / "cur" / f"{stem}{_INFO}{flags}"
            # A rename would silently replace another message of that name.
            if not target.exists():
                try:
                    path.rename(target)
                except FileNotFoundError:
                    continue


def read_start(path: Path) -> bytes | None:
    """Read a file's beginning; None for what is gone, or is no plain file.

    Raises:
        OSError: It cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(MOST_BYTES)


def _list_files(folder: Path) -> list[Path]:
    """List by name, which begins with the time of delivery."""
    with os.scandir(folder) as entries:
        return sorted(Path(each.path) for each in entries if not each.name.startswith("."))


def _split(name: str) -> tuple[str, str]:
    """Cut a name in two: what names the message, and its flags."""
    stem, _, flags = name.partition(_INFO)
    return stem, flags
