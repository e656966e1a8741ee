"""Files that a user names: opened, read and written with errors in our words.

What is written holds people's data: only its owner may read it.
"""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from newsletter.errors import NotFoundError, UserError
from newsletter.whole_file import open_whole_file


class TextTarget(Protocol):
    """Something that text can be written to."""

    def write(self, text: str, /) -> object:
        """Take some text."""


@contextmanager
def open_source(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; ``-`` is standard input.

    Raises:
        NotFoundError: There is no such file.
        UserError: It cannot be read.
    """
    if str(path) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    with stream:
        try:
            # A folder, or a disk that fails, shows with the first byte only.
            stream.peek(1)
        except OSError as error:
            raise UserError(f"{path}: cannot be read: {error.strerror}") from error
        yield stream


@contextmanager
def open_target(path: Path) -> Iterator[TextTarget]:
    """Open a file for writing text in UTF-8; ``-`` is standard output.

    Raises:
        UserError: It cannot be written, from the beginning or from somewhere on.
    """
    if str(path) == "-":
        # UTF-8 whatever the terminal's encoding: it is a file for some other program.
        yield codecs.getwriter("utf-8")(sys.stdout.buffer)
        return
    try:
        path.touch(mode=0o600)
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def open_whole_target(path: Path) -> Iterator[TextTarget]:
    """Open a file as `open_target` does; it appears whole, or an older one stays as it was.

    What is no regular file, such as a pipe, is written directly.

    Raises:
        UserError: It cannot be written, from the beginning or from somewhere on.
    """
    if str(path) == "-" or (path.exists() and not path.is_file()):
        with open_target(path) as stream:
            yield stream
        return
    try:
        with open_whole_file(path) as stream:
            yield codecs.getwriter("utf-8")(stream)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
