"""The last number a table gave to a row, so that none is given twice in another database.

A person who was deleted leaves his number behind in the ledger: the largest that is left is not
enough to go by.
"""

import sqlalchemy as sa


def gives_numbers(table: sa.Table) -> bool:
    """Tell whether the database itself numbers the rows of a table."""
    return table.autoincrement_column is not None


def find_last_number(connection: sa.Connection, table: sa.Table) -> int:
    """Find the last number that a table gave; 0 for none."""
    largest = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
    if connection.dialect.name == "sqlite":
        given = _find_given_by_sqlite(connection, table)
    else:
        given = connection.scalar(
            sa.text("SELECT pg_sequence_last_value(to_regclass(:sequence))"),
            {"sequence": _name_sequence(connection, table.name)},
        )
    return max(largest, given or 0)


def set_last_number(connection: sa.Connection, table_name: str, number: int) -> None:
    """Let a table go on after a number; 0 changes nothing."""
    if not number:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("SELECT setval(to_regclass(:sequence), :number)"),
            {"sequence": _name_sequence(connection, table_name), "number": number},
        )
    elif _has_sequences(connection):
        # It has no key, so that there may be a row already or none.
        values = {"name": table_name, "number": number}
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), values)
        connection.execute(
            sa.text(
                "INSERT INTO sqlite_sequence (name, seq) SELECT name, :number FROM sqlite_master"
                " WHERE type = 'table' AND name = :name AND sql LIKE '%AUTOINCREMENT%'"
            ),
            values,
        )


def _find_given_by_sqlite(connection: sa.Connection, table: sa.Table) -> int | None:
    if not _has_sequences(connection):
        return None
    found: int | None = connection.scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}
    )
    return found


def _has_sequences(connection: sa.Connection) -> bool:
    statement = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")
    return connection.scalar(statement) is not None


def _name_sequence(connection: sa.Connection, table_name: str) -> str | None:
    found: str | None = connection.scalar(
        sa.text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table_name}
    )
    return found
