"""Files as an inbox: an mbox, one message, or a folder with a message in each file.

Nothing in them is marked, so they are read anew each time; what was taken before is known by its
bytes.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from newsletter.reports.inbox.inbox import InboxMessage
from newsletter.reports.inbox.maildir import read_start
from newsletter.reports.part import MOST_BYTES

_SEPARATOR = b"From "


class FilesInbox:
    """One file, or all of a folder but hidden ones; folders in it are not looked into."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def each(
        self,
        *,
        again: bool,  # noqa: ARG002 - nothing is marked here
        but: Collection[str],
    ) -> Iterator[InboxMessage]:
        """Yield every message, by the name of its file."""
        files = [self._path]
        if self._path.is_dir():
            files = sorted(p for p in self._path.iterdir() if p.is_file() and p.name[0] != ".")
        for file in files:
            for message in _read(file):
                if message.name not in but:
                    yield message

    def mark(self, names: Sequence[str]) -> None:
        """Leave them as they are."""


def _read(file: Path) -> Iterator[InboxMessage]:
    raw = read_start(file)
    if raw is None:
        return
    if raw.startswith(_SEPARATOR):
        yield from _read_mbox(file)
    else:
        yield InboxMessage(name=str(file), raw=raw)


def _read_mbox(file: Path) -> Iterator[InboxMessage]:
    """Cut an mbox at its separators, which stand behind an empty line (RFC 4155)."""
    lines: list[bytes] = []
    size, number, is_after_empty = 0, 0, True
    with file.open("rb") as stream:
        for line in iter(lambda: stream.readline(MOST_BYTES), b""):
            if is_after_empty and line.startswith(_SEPARATOR):
                if number:
                    yield InboxMessage(name=f"{file}:{number}", raw=b"".join(lines))
                lines, size, number = [], 0, number + 1
            elif size < MOST_BYTES:
                lines.append(line)
                size += len(line)
            is_after_empty = not line.strip()
    yield InboxMessage(name=f"{file}:{number}", raw=b"".join(lines))
