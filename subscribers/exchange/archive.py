"""A zip file of a service as the files of people in it, read one by one and never unpacked.

Nothing is written, so no name in it can lead anywhere; what is read has a limit in size and in how
far it may unfold. Files of people who said no come first: of two files about one address the no
counts, whatever order they stand in.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from subscribers.errors import ImportFileError
from subscribers.exchange.account import Line
from subscribers.exchange.file_kind import is_zip, read_head, refuse_other_kinds
from subscribers.exchange.layout import Layout
from subscribers.exchange.recognition import AUTO, LAYOUTS, SERVICES, Recognition
from subscribers.subscription import State

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAX_MEMBERS = 20_000
#: A hundred times what a million people need.
MAX_MEMBER_BYTES = 32 * 1024**3
#: Rows of people unfold to about ten times; what unfolds further is made to fill a machine.
MAX_UNFOLDING = 200
#: Up to here nobody is harmed, and short files of like rows unfold far.
_HARMLESS_BYTES = 16 * 1024**2
_ENCRYPTED = 0x1
_ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar")
#: What zipfile raises where the bytes are not what they should be, or of a kind it cannot read.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)


class Part(NamedTuple):
    """A file of people: the one that was named, or one in an archive."""

    file: BinaryIO
    #: Its own name, without folders.
    name: str
    #: Whose it is, as `read_people` takes it.
    asked: str
    #: Its name in the archive; empty for a file by itself.
    member: str = ""

    def name_member(self, tell: Callable[[Recognition], None]) -> Callable[[Recognition], None]:
        """Let the archive's file be the reason why it is read so: its name was."""
        if not self.member:
            return tell
        return lambda found: tell(found._replace(reason=self.member))

    def label(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Name the archive's file on each line, and in the error that ends it."""
        try:
            for line in lines:
                yield line._replace(file=self.member) if self.member else line
        except ImportFileError as error:
            if not self.member or str(error).startswith(self.member):
                raise
            raise ImportFileError(f"{self.member}: {error}") from error


def open_parts(file: BinaryIO, name: str, *, asked: str = AUTO) -> Iterator[Part]:
    """Open the files of people in a file: itself, or those in it when it is a zip file.

    Raises:
        ImportFileError: It is of another kind, or an archive that is not safe to read.
    """
    head = read_head(file)
    if not is_zip(head):
        refuse_other_kinds(head)
        yield Part(file, name, asked)
        return
    if not file.seekable():
        raise ImportFileError("a zip file cannot be read from a pipe: name the file")
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise ImportFileError("this zip file is damaged: download it again") from None
    with archive:
        yield from _open_members(archive, asked)


def _open_members(archive: zipfile.ZipFile, asked: str) -> Iterator[Part]:
    members = _list_members(archive)
    layout = _find_layout(members, asked)
    for info in sorted(_pick(layout, members), key=lambda each: _order(layout, each)):
        with _Member(archive, info) as raw, io.BufferedReader(raw) as file:
            yield Part(file, _base(info), layout.name, _show(info.filename))


def _list_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the files of an archive.

    Raises:
        ImportFileError: They are too many, or one has no place in the export of a service.
    """
    members = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if len(members) > MAX_MEMBERS:
        raise ImportFileError(f"this zip file holds more than {MAX_MEMBERS:,} files")
    names = [info.filename for info in members]
    if "[Content_Types].xml" in names:
        raise ImportFileError(
            "this is no CSV file but a document of an office program, such as an Excel workbook."
            " Save it as CSV (UTF-8) there."
        )
    for info in members:
        _refuse_member(info)
    if len(set(names)) < len(names):
        raise ImportFileError("this zip file holds two files of one name: download it again")
    return members


def _refuse_member(info: zipfile.ZipInfo) -> None:
    shown = _show(info.filename)
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise ImportFileError(f"{shown}: a name that leads out of the zip file; no service does so")
    if path.suffix.lower() in _ARCHIVES:
        raise ImportFileError(f"{shown}: an archive in an archive. Unpack it, and import its files")
    if info.flag_bits & _ENCRYPTED:
        raise ImportFileError(f"{shown}: needs a password. Unpack it, and import its files")
    if info.file_size > MAX_MEMBER_BYTES:
        raise ImportFileError(f"{shown}: larger than {MAX_MEMBER_BYTES:,} bytes")


def _find_layout(members: Iterable[zipfile.ZipInfo], asked: str) -> Layout:
    """Tell which service an archive is from, by the names of its files."""
    asked_for = SERVICES if asked == AUTO else [LAYOUTS[asked]]
    found = [layout for layout in asked_for if _pick(layout, members)]
    if len(found) == 1:
        return found[0]
    raise ImportFileError(
        "no file in this zip file has the name under which"
        f" {' or '.join(each.title for each in asked_for if each.members)} would keep people."
        " Unpack it, and import the CSV files in it one by one."
        if not found
        else "this zip file holds files of several services. Unpack it, and import them one by one."
    )


def _pick(layout: Layout, members: Iterable[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Pick the files of people out of all others."""
    if layout.members is None:
        return []
    named = [info for info in members if layout.members.fullmatch(_base(info))]
    # A service may write a file for a group in which there is nobody, and not even a header.
    return [info for info in named if info.file_size] or named


def _order(layout: Layout, info: zipfile.ZipInfo) -> tuple[bool, str]:
    """Put files of people who are mailable last."""
    read = layout.read_file_name
    standing = read(_base(info), frozenset()) if read else None
    return standing is not None and standing.state is State.CONFIRMED, info.filename


def _base(info: zipfile.ZipInfo) -> str:
    return PurePosixPath(info.filename).name


def _show(name: str) -> str:
    """Make a name from outside fit for a line on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:200]


class _Member(io.RawIOBase):
    """A file in an archive that stops where it unfolds too far."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        super().__init__()
        self._name = _show(info.filename)
        self._most = max(_HARMLESS_BYTES, info.compress_size * MAX_UNFOLDING)
        self._read = 0
        try:
            self._file = archive.open(info)
        except _BROKEN as error:
            raise self._explain(error) from None

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def readinto(self, buffer: "Buffer", /) -> int:
        target = memoryview(buffer)
        try:
            data = self._file.read(len(target))
        except _BROKEN as error:
            raise self._explain(error) from None
        self._read += len(data)
        if self._read > self._most:
            raise ImportFileError(
                f"{self._name}: unfolds to more than {MAX_UNFOLDING} times its size; no list of"
                " people does so. Nothing more of it was read."
            )
        target[: len(data)] = data
        return len(data)

    def _explain(self, error: BaseException) -> ImportFileError:
        if isinstance(error, NotImplementedError):
            return ImportFileError(f"{self._name}: packed in a way that cannot be read. Unpack it")
        return ImportFileError(f"{self._name}: this part of the zip file is damaged")
