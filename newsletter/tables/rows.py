"""Rows of any table as plain values: numbers, texts, bytes; read and written as a stream.

Memory is that of a page of rows, however large the table is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from newsletter.errors import DatabaseError

#: The values of one row, in the order of the table's columns.
Values: TypeAlias = Sequence[Any]
#: What is held in memory at a time.
PAGE_ROWS: Final = 5_000


def count_rows(connection: sa.Connection, table: sa.TableClause) -> int:
    """Count the rows of a table."""
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def has_rows(connection: sa.Connection, table: sa.TableClause) -> bool:
    """Tell whether a table has any row, without counting them."""
    return bool(connection.scalar(sa.select(sa.exists().select_from(table))))


def read_rows(connection: sa.Connection, table: sa.TableClause) -> Iterator[Sequence[Values]]:
    """Read every row of a table, in pages; in no order that both databases would share.

    Args:
        connection: Of `Database.read`, so that all tables are of one moment.
        table: Its columns decide what is read.
    """
    found = connection.execute(sa.select(table), execution_options={"yield_per": PAGE_ROWS})
    for page in found.partitions():
        yield [tuple(row) for row in page]


def write_rows(
    connection: sa.Connection, table: sa.TableClause, pages: Iterable[Sequence[Values]]
) -> None:
    """Write rows into a table, as fast as the database takes them.

    Raises:
        DatabaseError: The database does not take a row. What it says of it is not told, since it
            may hold an address.
    """
    write = _insert if connection.dialect.name == "sqlite" else _copy
    write(connection, table, pages)


def _insert(
    connection: sa.Connection, table: sa.TableClause, pages: Iterable[Sequence[Values]]
) -> None:
    statement = str(sa.insert(table).compile(dialect=connection.dialect))
    for page in pages:
        rows = [tuple(row) for row in page]
        try:
            if rows:
                connection.exec_driver_sql(statement, rows)
        except (OverflowError, UnicodeEncodeError) as error:
            raise DatabaseError(
                f"table {table.name}: SQLite does not take one of its rows"
                f" ({type(error).__name__}): a text is none in UTF-8, or a number is too large"
            ) from None
        except sa.exc.IntegrityError as error:
            raise DatabaseError(_explain_contradiction(table, error.orig)) from None


def _copy(
    connection: sa.Connection, table: sa.TableClause, pages: Iterable[Sequence[Values]]
) -> None:
    import psycopg

    driver: Any = connection.connection.driver_connection
    names = psycopg.sql.SQL(", ").join(psycopg.sql.Identifier(each.name) for each in table.c)
    statement = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(
        psycopg.sql.Identifier(table.name), names
    )
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for page in pages:
                for row in page:
                    copy.write_row(row)
    except (psycopg.DataError, UnicodeEncodeError) as error:
        raise DatabaseError(
            f"table {table.name}: PostgreSQL does not take one of its rows"
            f" ({type(error).__name__}): a text holds a NUL character, or a number is too large"
        ) from None
    except psycopg.IntegrityError as error:
        raise DatabaseError(_explain_contradiction(table, error)) from None


def _explain_contradiction(table: sa.TableClause, error: BaseException | None) -> str:
    return f"table {table.name}: its rows contradict each other ({type(error).__name__})"
