"""Write a parcel: one file that appears whole, member after member, in constant memory."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from newsletter.errors import UserError
from newsletter.parcel.manifest import MANIFEST_NAME, Member
from newsletter.whole_file import open_whole_file

_COPY_BYTES: Final = 1 << 18


class Packer:
    """Puts members into a parcel, and notes what they come to."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self.members: list[Member] = []

    def add_file(self, name: str, source: BinaryIO) -> None:
        """Add the bytes of an open file."""
        with self._begin(name) as member:
            while piece := source.read(_COPY_BYTES):
                member.write(piece)

    def add_text(self, name: str, text: str) -> None:
        """Add a short text."""
        self.add_file(name, io.BytesIO(text.encode()))

    def add_rows(self, name: str, heading: str, pages: Iterable[Sequence[str]]) -> None:
        """Add a heading and rows, a line each; pages bound what is held in memory."""
        with self._begin(name) as member:
            member.write(_to_bytes([heading]))
            member.rows = 0
            for page in pages:
                member.write(_to_bytes(page))
                member.rows += len(page)

    def add_manifest(self, text: str) -> None:
        """Add the manifest, which tells of all members before it."""
        self._file.writestr(MANIFEST_NAME, text)

    @contextmanager
    def _begin(self, name: str) -> Iterator["_MeasuredMember"]:
        # Nobody knows beforehand how much it will be.
        with self._file.open(name, "w", force_zip64=True) as stream:
            member = _MeasuredMember(stream)
            yield member
        self.members.append(
            Member(
                name=name,
                size_bytes=member.size_bytes,
                sha256=member.sha256,
                rows=member.rows,
            )
        )


class _MeasuredMember:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self.rows: int | None = None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> None:
        self._stream.write(piece)
        self._hash.update(piece)
        self.size_bytes += len(piece)


@contextmanager
def open_packer(path: Path) -> Iterator[Packer]:
    """Open a parcel for writing; it gets its name when it is whole and on the disk.

    Only its owner may read it.

    Raises:
        UserError: It cannot be written; an older file of that name is as it was.
    """
    try:
        with (
            open_whole_file(path) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file,
        ):
            yield Packer(file)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _to_bytes(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
