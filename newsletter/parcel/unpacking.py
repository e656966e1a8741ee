"""Read a parcel that may come from anybody: checked as a whole before anything is made of it."""

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from newsletter.errors import NotFoundError, UserError
from newsletter.parcel.manifest import (
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    Manifest,
    Member,
    parse_manifest,
)

_COPY_BYTES: Final = 1 << 18
#: What zipfile raises on a file that is damaged, cut off, encrypted or packed in an unknown way.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Unpacker:
    """An open parcel."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self.manifest = self._read_manifest()

    def check(self, *, on_bytes: Callable[[int], object] = lambda _count: None) -> None:
        """Read every member once, and compare it with what the manifest says.

        Args:
            on_bytes: Hears how many bytes were read, piece by piece.

        Raises:
            UserError: Something is missing, too much, damaged or was changed.
        """
        held = sorted(self._file.namelist())
        told = sorted([MANIFEST_NAME, *(member.name for member in self.manifest.members)])
        if held != told:
            raise UserError("it does not hold the files that its manifest tells of")
        for member in self.manifest.members:
            for piece in self._read(member):
                on_bytes(len(piece))

    def extract(self, member: Member, target: Path) -> None:
        """Write a member to a new file that only its owner may read.

        Raises:
            UserError: It is damaged, or was changed.
            OSError: It cannot be written, or is there already.
        """
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for piece in self._read(member):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def open_lines(self, member: Member) -> Iterator[IO[bytes]]:
        """Open a member that was checked, to read it line by line."""
        with self._file.open(member.name) as stream:
            yield stream

    def _read_manifest(self) -> Manifest:
        try:
            entry = self._file.getinfo(MANIFEST_NAME)
        except KeyError:
            raise UserError(f"it is no parcel: there is no {MANIFEST_NAME} in it") from None
        with self._file.open(entry) as stream:
            raw = stream.read(MAX_MANIFEST_BYTES + 1)
        if len(raw) > MAX_MANIFEST_BYTES:
            raise UserError(f"it is no parcel: its {MANIFEST_NAME} is too long")
        return parse_manifest(raw)

    def _read(self, member: Member) -> Iterator[bytes]:
        """Read a member in pieces; no more than it is told to have, however well it is packed."""
        found, size_bytes = hashlib.sha256(), 0
        with self._file.open(member.name) as stream:
            while piece := stream.read(_COPY_BYTES):
                size_bytes += len(piece)
                if size_bytes > member.size_bytes:
                    break
                found.update(piece)
                yield piece
        if (size_bytes, found.hexdigest()) != (member.size_bytes, member.sha256):
            raise UserError(f"{member.name} in it was changed or damaged; get another copy")


@contextmanager
def open_unpacker(path: Path) -> Iterator[Unpacker]:
    """Open a parcel for reading.

    Raises:
        NotFoundError: There is no such file.
        UserError: It is no parcel, or damaged; each names the file.
    """
    try:
        with zipfile.ZipFile(path) as file:
            yield Unpacker(file)
    except FileNotFoundError as error:
        if error.filename != str(path):
            raise
        raise NotFoundError(f"{path}: there is no such file") from None
    except _DAMAGE as error:
        raise UserError(f"{path}: it is no parcel, or is damaged: {error}") from error
    except UserError as error:
        error.add_note(f"The parcel is {path}.")
        raise


def refuse_full_disk(folder: Path, manifest: Manifest) -> None:
    """Refuse a parcel that says it is larger than the disk has room for.

    Raises:
        UserError: Says how much there is.
    """
    needed = sum(member.size_bytes for member in manifest.members)
    with suppress(OSError):
        free = shutil.disk_usage(folder).free
        if needed > free:
            raise UserError(
                f"it needs {needed:,} bytes, and {folder} has room for {free:,}: free some space"
            )
