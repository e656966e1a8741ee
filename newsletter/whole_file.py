"""Files that appear whole or not at all, also when the power goes."""

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
    with open_whole_file(path, mode=0o666) as file:
        file.write(content)


@contextmanager
def open_whole_file(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """Open a file that gets its name when the block ends and all of it is on the disk.

    Args:
        path: A link is followed; an older file's mode is kept.
        mode: Of a new file, less what the umask takes.

    Raises:
        OSError: It cannot be written; the older file, if there was one, is as it was.
    """
    target = path.resolve()
    # Its name begins and ends like the other's, so that the same line of .gitignore covers it.
    draft = target.with_name(f"{target.stem}.{os.getpid()}.new{target.suffix}")
    try:
        # What an ended process left there may have another mode.
        draft.unlink(missing_ok=True)
        draft.touch(mode=mode)
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
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
