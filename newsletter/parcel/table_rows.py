"""Rows of a table as lines of a parcel: a heading that names the columns, then a list a row."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, Final

import sqlalchemy as sa

from newsletter.errors import UserError
from newsletter.tables.rows import PAGE_ROWS, Values

#: The largest value is the text of an issue.
_MAX_LINE_BYTES: Final = 64_000_000


def build_heading(table: sa.Table) -> str:
    """Write the heading of a table: its columns, and which kind of value each holds."""
    return json.dumps(
        {"table": table.name, "columns": {column.name: _name_kind(column) for column in table.c}}
    )


def read_rows(stream: IO[bytes], table: sa.Table) -> Iterator[list[Values]]:
    """Read a table's rows, in pages.

    Raises:
        UserError: A line is none of this table's; names it.
    """
    if stream.readline(_MAX_LINE_BYTES).decode("utf-8", "replace").rstrip("\n") != build_heading(
        table
    ):
        raise UserError(f"table {table.name}, line 1: these are not the columns of this table")
    readers = [_READERS[_name_kind(column)] for column in table.c]
    page: list[Values] = []
    number = 1
    while line := stream.readline(_MAX_LINE_BYTES):
        number += 1
        try:
            values = json.loads(line.decode("utf-8", "surrogatepass"))
            page.append([read(value) for read, value in zip(readers, values, strict=True)])
        except (ValueError, TypeError, RecursionError):
            raise UserError(
                f"table {table.name}, line {number}: these are not the values of a row"
            ) from None
        if len(page) == PAGE_ROWS:
            yield page
            page = []
    yield page


def _name_kind(column: sa.Column[Any]) -> str:
    if isinstance(column.type, sa.LargeBinary):
        return "bytes"
    kind: str = column.type.python_type.__name__
    return kind


def _read_as(*kinds: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # True is a number for Python, and for nobody else.
        if value is None or (
            isinstance(value, kinds) and (bool in kinds) == isinstance(value, bool)
        ):
            return value
        raise TypeError

    return read


def _read_bytes(value: Any) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "bytes": _read_bytes,
    "str": _read_as(str),
    "int": _read_as(int),
    "float": _read_as(int, float),
    "bool": _read_as(bool),
}
