"""What a file is by its first bytes: files that hold no rows of text are told by name."""

from codecs import BOM_UTF8
from typing import BinaryIO

from subscribers.errors import ImportFileError

_HEAD_BYTES = 16
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_JSON = "JSON. Add --format json, or --format jsonl where each line is a person"
#: First bytes → what the file is, and what to do.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "compressed with gzip. Unpack it first (gunzip)"),
    (b"BZh", "compressed with bzip2. Unpack it first (bunzip2)"),
    (b"\xfd7zXZ", "compressed with xz. Unpack it first (unxz)"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it first"),
    (b"Rar!", "a RAR archive. Unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook. Save it as CSV (UTF-8) there"),
    (b"%PDF", "a PDF. Export the people as CSV"),
    (b"SQLite format 3", "an SQLite database. Export the people as CSV"),
    (b"<!DOCTYPE", "a web page, perhaps one that asks to sign in. Download the file again"),
    (b"<!doctype", "a web page, perhaps one that asks to sign in. Download the file again"),
    *((sign, _JSON) for sign in (b'{"', b"{\n", b"{\r\n", b"[{", b"[\n", b"[\r\n")),
    (b"<?xml", "XML. Export the people as CSV"),
    (b"BEGIN:VCARD", "a file of vCards. Export the people as CSV"),
    (b"<html", "a web page, perhaps one that asks to sign in. Download the file again"),
)


def read_head(file: BinaryIO) -> bytes:
    """Look at the first bytes of a file without taking them; nothing where that cannot be done."""
    if file.seekable():
        begin = file.tell()
        head = file.read(_HEAD_BYTES)
        file.seek(begin)
        return head
    peek = getattr(file, "peek", None)
    return bytes(peek(_HEAD_BYTES)[:_HEAD_BYTES]) if peek else b""


def is_zip(head: bytes) -> bool:
    """Tell whether these first bytes are those of a zip file."""
    return head.startswith(_ZIP)


def refuse_other_kinds(head: bytes) -> None:
    """Refuse what is known to be no file of rows.

    Raises:
        ImportFileError: Says what it is, and what to do.
    """
    for sign, kind in _OTHERS:
        if head.removeprefix(BOM_UTF8).startswith(sign):
            raise ImportFileError(f"this is no CSV file but {kind}.")
