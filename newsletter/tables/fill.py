"""Fill empty tables from a stream of rows, and tell what has arrived."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.errors import DatabaseError
from newsletter.sending.ledger.partitions import make_missing_partitions
from newsletter.sending.ledger.schema import delivery
from newsletter.tables.digest import Digest, encode_row
from newsletter.tables.numbers import set_last_number
from newsletter.tables.rows import Values, read_rows, write_rows


@dataclass(frozen=True, slots=True)
class Arrived:
    """A table that was filled; its rows were read again and are those that were sent."""

    name: str
    rows: int
    digest: str


def fill_table(
    connection: sa.Connection,
    table: sa.TableClause,
    pages: Iterable[Sequence[Values]],
    *,
    on_rows: Callable[[int], None] = lambda _count: None,
) -> Arrived:
    """Write rows into an empty table, read them again and compare.

    Args:
        connection: In a transaction that writes; nothing has arrived before it commits.
        table: Whose tables it refers to are filled already.
        pages: Rows, in the order of the table's columns.
        on_rows: Hears how many rows each page had.

    Raises:
        DatabaseError: What is read is not what was written, or a row is not taken.
    """
    if table.name == delivery.name:
        make_missing_partitions(connection)
    sent = Digest()
    write_rows(connection, table, _digested(pages, sent, on_rows))
    arrived = digest_table(connection, table)
    if (arrived.rows, arrived.hexadecimal) != (sent.rows, sent.hexadecimal):
        raise DatabaseError(
            f"table {table.name}: {sent.rows:,} rows were written and {arrived.rows:,} others are"
            " read; nothing was changed. This should not happen: please report it."
        )
    return Arrived(table.name, arrived.rows, arrived.hexadecimal)


def digest_table(connection: sa.Connection, table: sa.TableClause) -> Digest:
    """Read a whole table into its digest."""
    digest = Digest()
    for page in read_rows(connection, table):
        digest.add(map(encode_row, page))
    return digest


def continue_numbers(connection: sa.Connection, last_numbers: dict[str, int]) -> None:
    """Let each table number its next row as it would have where the rows are from."""
    for name, number in last_numbers.items():
        set_last_number(connection, name, number)


def _digested(
    pages: Iterable[Sequence[Values]], digest: Digest, on_rows: Callable[[int], None]
) -> Iterator[Sequence[Values]]:
    for page in pages:
        digest.add(map(encode_row, page))
        yield page
        on_rows(len(page))
