"""Many rows at the driver's own speed; a list of people is read in minutes and not in hours by it.

What SQLAlchemy does for each row of an INSERT takes longer than the database does.
"""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

#: Fewer rows than that are inserted as always: a stage would cost more than it saves.
FEW_ROWS = 100


def select_by_keys(
    connection: sa.Connection,
    columns: Sequence[sa.Column[Any]],
    keys: Collection[bytes],
) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """Select columns of the rows whose first one is among these keys; at most 10,000 at a time."""
    statement = sa.select(*columns)
    if connection.dialect.name != "sqlite":
        return connection.execute(statement.where(columns[0].in_(keys))).all()
    marks = ", ".join("?" * len(keys))
    sql = f"{statement.compile(dialect=connection.dialect)} WHERE {columns[0].name} IN ({marks})"
    return connection.exec_driver_sql(sql, tuple(keys)).all()


def insert_plain(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows of which none is there yet: text, numbers and bytes, in the columns' order."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        _insert_sqlite(connection, table, columns, rows)
    else:
        _copy(connection, table.name, columns, rows)


def insert_new(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    key: str,
) -> dict[Any, int]:
    """Insert those rows whose key is not there yet; return their keys and the numbers they got.

    The table numbers its rows in a column ``id``, ever upwards.
    """
    insert = _insert_new_sqlite if connection.dialect.name == "sqlite" else _insert_new_postgresql
    return insert(connection, table, columns, rows, key)


def _insert_new_sqlite(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    key: str,
) -> dict[Any, int]:
    # A writer is alone there, so that whatever came after the last number is his.
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))).scalar_one()
    _insert_sqlite(connection, table, columns, rows, f"ON CONFLICT ({key}) DO NOTHING")
    added = connection.execute(sa.select(table.c[key], table.c.id).where(table.c.id > last))
    return dict(added.all())


def _insert_sqlite(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    ending: str = "",
) -> None:
    insert = str(sa.insert(table).compile(dialect=connection.dialect, column_keys=columns))
    connection.exec_driver_sql(f"{insert} {ending}", list(rows))


def _insert_new_postgresql(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    key: str,
) -> dict[Any, int]:
    stage = sa.Table(
        f"{table.name}_stage",
        sa.MetaData(),
        *(sa.Column(name, table.c[name].type) for name in columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    stage.create(connection)
    _copy(connection, stage.name, columns, rows)
    insert = postgresql.insert(table).from_select(columns, sa.select(stage))
    added = connection.execute(
        insert.on_conflict_do_nothing(index_elements=[key]).returning(table.c[key], table.c.id)
    )
    found: dict[Any, int] = dict(added.all())
    stage.drop(connection)
    return found


def _copy(
    connection: sa.Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
