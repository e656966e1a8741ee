"""The file of a backup: JSON Lines, compressed with gzip; docs/reference/backup.md describes it.

It restores into either database. Nothing of it is used before its last line is found to be there:
a file that was cut off is refused when it is read to that place, and the transaction ends.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import sqlalchemy as sa

from newsletter.errors import UserError
from newsletter.tables.carried import CARRIED
from newsletter.tables.digest import Digest, encode_row
from newsletter.tables.numbers import find_last_number, gives_numbers
from newsletter.tables.rows import PAGE_ROWS, Values, read_rows

_FORMAT: Final = "newsletter-press backup"
_VERSION: Final = 1
_KINDS: Final[dict[type, str]] = {int: "integer", str: "text", bytes: "bytes", bool: "boolean"}
_TYPES: Final[dict[str, type[sa.types.TypeEngine[Any]]]] = {
    "integer": sa.BigInteger,
    "text": sa.Text,
    "bytes": sa.LargeBinary,
    "boolean": sa.Boolean,
    "number": sa.Float,
}


@dataclass(frozen=True, slots=True)
class TableEnd:
    """What stands behind the rows of a table in the file."""

    rows: int
    digest: str
    last_number: int


def write_backup(
    file: BinaryIO,
    connection: sa.Connection,
    *,
    revision: str,
    now_ms: int,
    on_rows: Callable[[int], None] = lambda _count: None,
) -> dict[str, TableEnd]:
    """Write every carried table; return what was written of each.

    Args:
        file: Open for writing.
        connection: Of `Database.read`: every table as of one moment, while others write.
        revision: Of the tables.
        now_ms: When it is made.
        on_rows: Hears how many rows each page had.
    """
    ends = {}
    with gzip.open(file, "wt", compresslevel=3, encoding="utf-8", newline="\n") as stream:
        head = {"format": _FORMAT, "version": _VERSION, "revision": revision, "made_at_ms": now_ms}
        _write_line(stream, head)
        for table in CARRIED:
            columns = {column.name: _name_kind(column) for column in table.c}
            _write_line(stream, {"table": table.name, "columns": columns})
            digest = Digest()
            for page in read_rows(connection, table):
                lines = [encode_row(row) for row in page]
                digest.add(lines)
                stream.writelines(f"{line}\n" for line in lines)
                on_rows(len(page))
            last = find_last_number(connection, table) if gives_numbers(table) else 0
            ends[table.name] = end = TableEnd(digest.rows, digest.hexadecimal, last)
            _write_line(
                stream, {"rows": end.rows, "digest": end.digest, "last_number": end.last_number}
            )
        _write_line(stream, {"tables": len(CARRIED)})
    return ends


class BackupReader:
    """A backup as it is read, table by table, each to its end before the next."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        """Read the first line.

        Raises:
            UserError: It is no backup, or one of a later form than this program knows.
        """
        self._path = path
        self._number = 0
        # Whoever opened the file closes it.
        self._stream = gzip.open(file, "rt", encoding="utf-8", newline="\n")  # noqa: SIM115
        head = self._read_object()
        if head.get("format") != _FORMAT:
            raise UserError(f"{path}: this is no backup that `newsletter db backup` made")
        if head.get("version") != _VERSION:
            raise UserError(
                f"{path}: this backup was made by a newer release of newsletter-press;"
                " restore it with that one"
            )
        with self._understood():
            self.revision = str(head["revision"])
            self.made_at_ms = int(head["made_at_ms"])
        self.end: TableEnd | None = None

    def read_tables(self) -> Iterator[tuple[sa.TableClause, Iterator[Sequence[Values]]]]:
        """Read each table with its rows in pages; `end` is known when its rows were all read."""
        count = 0
        while "table" in (line := self._read_object()):
            with self._understood():
                kinds: dict[str, str] = line["columns"]
                columns = [sa.column(name, _TYPES[kind]()) for name, kind in kinds.items()]
                table = sa.table(str(line["table"]), *columns)
            yield table, self._read_pages(list(kinds.values()))
            count += 1
        if line.get("tables") != count:
            raise self._damaged()

    def _read_pages(self, kinds: Sequence[str]) -> Iterator[Sequence[Values]]:
        self.end = None
        hexadecimal = [n for n, kind in enumerate(kinds) if kind == "bytes"]
        page = []
        while isinstance(row := self._read_line(), list):
            if len(row) != len(kinds):
                raise self._damaged()
            with self._understood():
                for n in hexadecimal:
                    row[n] = None if row[n] is None else bytes.fromhex(row[n])
            page.append(row)
            if len(page) == PAGE_ROWS:
                yield page
                page = []
        yield page
        with self._understood():
            self.end = TableEnd(row["rows"], row["digest"], int(row["last_number"]))

    def _read_object(self) -> dict[str, Any]:
        line = self._read_line()
        if not isinstance(line, dict):
            raise self._damaged()
        return line

    def _read_line(self) -> Any:
        self._number += 1
        with self._understood():
            return json.loads(self._stream.readline())

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Say in our words that something in the file is not what it has to be."""
        try:
            yield
        except gzip.BadGzipFile:
            raise UserError(
                f"{self._path}: this is no backup that `newsletter db backup` made"
            ) from None
        except (EOFError, ValueError, zlib.error, KeyError, TypeError, AttributeError):
            raise self._damaged() from None

    def _damaged(self) -> UserError:
        return UserError(
            f"{self._path}: the backup is damaged or cut off at line {self._number:,} of what is in"
            " it; nothing was changed. Take an older one."
        )


def _write_line(stream: TextIO, line: dict[str, Any]) -> None:
    stream.write(json.dumps(line) + "\n")


def _name_kind(column: sa.Column[Any]) -> str:
    return _KINDS.get(column.type.python_type, "number")
