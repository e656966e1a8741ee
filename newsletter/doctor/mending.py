"""What the doctor mends by himself about files: the rights of others, a line of .gitignore."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.doctor.key_files import is_in_git, is_shared, is_unignored
from newsletter.whole_file import write_whole_file

_PRIVATE = 0o600


def make_private(files: Iterable[Path]) -> Iterator[str]:
    """Take the rights of others away; say of which file.

    Raises:
        OSError: A file is somebody else's.
    """
    for file in files:
        if file.is_file() and is_shared(file):
            file.chmod(_PRIVATE)
            yield f"{file} is private now (mode 600)"


def keep_out_of_git(files: Iterable[Path]) -> Iterator[str]:
    """Add each file that git would take to the .gitignore beside it; say where.

    Raises:
        OSError: The .gitignore cannot be written.
    """
    for file in files:
        if file.is_file() and is_unignored(file) and not is_in_git(file):
            ignore = file.with_name(".gitignore")
            text = ignore.read_bytes() if ignore.exists() else b""
            separator = b"\n" if text and not text.endswith(b"\n") else b""
            # Its drafts begin with the same name.
            write_whole_file(ignore, b"%b%b/%b*\n" % (text, separator, file.name.encode()))
            yield f"{ignore} has the line /{file.name}*"
