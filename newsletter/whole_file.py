"""Files that appear whole or not at all, also when the power goes."""

import os
from pathlib import Path


def write_whole_file(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, and give it its name when it is on the disk.

    A link is followed, so that it still leads to the file, and an older file's mode is kept.

    Raises:
        OSError: It cannot be written; the older file, if there was one, is as it was.
    """
    target = path.resolve()
    draft = target.with_name(f"{target.name}.new")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)
        sync_folder(target.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
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
