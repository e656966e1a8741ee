"""Files that appear whole or not at all, also when the power goes."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


def write_whole_file(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, and give it its name when it is on the disk.

    A link is followed, so that it still leads to the file, and an older file's mode is kept.

    Raises:
        OSError: It cannot be written; the older file, if there was one, is as it was.
    """
    target = path.resolve()
    with _open_draft(target.with_name(f"{target.name}.new"), target, mode=0o666) as file:
        file.write(content)
        if target.exists():
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)


@contextmanager
def open_whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block ends and all of it is on the disk.

    Only its owner may read it, whatever an older file's mode was. A link is followed.

    Raises:
        OSError: It cannot be written; the older file, if there was one, is as it was.
    """
    target = path.resolve()
    # It is written for a while, maybe by two at once. Its name begins and ends like the other's,
    # so that the same line of .gitignore covers it.
    draft = target.with_name(f"{target.stem}.{os.getpid()}.new{target.suffix}")
    with _open_draft(draft, target, mode=0o600) as file:
        yield file


@contextmanager
def _open_draft(draft: Path, target: Path, *, mode: int) -> Iterator[BinaryIO]:
    """Open a file that takes another's name at the end; its mode is less what the umask takes."""
    if target.exists() and not target.is_file():
        # A device or a pipe would be replaced by the file, and a folder refused after all the work.
        kind = errno.EISDIR if target.is_dir() else errno.EEXIST
        raise OSError(kind, "Is a directory, not a file" if target.is_dir() else "Is no plain file")
    try:
        # What an ended process left there may have another mode.
        draft.unlink(missing_ok=True)
        draft.touch(mode=mode)
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    except BaseException:
        # Where there is no folder there is no draft, and the first error is the one to tell.
        with suppress(OSError):
            draft.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a file that is on the disk has no name there yet.

    Raises:
        OSError: The disk does not do it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
