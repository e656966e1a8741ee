"""Rows that each get values of their own, updated at once on either database."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


class UpdateMany:
    """One UPDATE that gives each of many rows values of its own, as fast as the database can.

    Row by row on SQLite, which looks each up by its key; in one statement on PostgreSQL, where a
    statement for each row costs more than the row. Written once for both.
    """

    def __init__(
        self,
        build: Callable[[Mapping[str, sa.ColumnElement[Any]]], sa.Update],
        **types: type[sa.types.TypeEngine[Any]],
    ) -> None:
        """Keep how the statement is built.

        Args:
            build: Is given the values that differ from row to row, by name, as SQL; what is the
                same for all rows are its own `bindparam`, and it has no other values.
            types: Of the values that differ: ``sa.Integer``, ``sa.BigInteger``, ``sa.Text``.
        """
        self._build = build
        self._types = types

    def execute(
        self,
        connection: sa.Connection,
        rows: Sequence[tuple[Any, ...]],
        **same: object,
    ) -> None:
        """Execute it for rows of values, in the order of the types.

        Args:
            connection: In a transaction.
            rows: As the driver takes them: text, numbers, bytes.
            same: What all rows share, by name.
        """
        if not rows:
            return
        sql, names = self._compile(connection.dialect)
        if names is None:
            each = dict(zip(self._types, map(list, zip(*rows, strict=True)), strict=True))
            connection.exec_driver_sql(sql, {**same, **each})
            return
        shared = tuple(same)
        constant = tuple(same.values())
        pick = itemgetter(*map([*self._types, *shared].index, names))
        # Of one name it would give the bare value.
        spell = pick if len(names) > 1 else tuple
        connection.exec_driver_sql(sql, [spell(row + constant) for row in rows])

    @lru_cache(maxsize=16)  # noqa: B019 - there are a few, as old as the program
    def _compile(self, dialect: sa.Dialect) -> tuple[str, list[str] | None]:
        """Write the statement for a driver; with it the order of its values, if they have one."""
        given: Mapping[str, sa.ColumnElement[Any]]
        if dialect.name == "sqlite":
            given = {name: sa.bindparam(name, type_=kind()) for name, kind in self._types.items()}
            compiled = self._build(given).compile(dialect=dialect)
            return compiled.string, compiled.positiontup
        arrays = [
            sa.bindparam(name, type_=postgresql.ARRAY(kind)) for name, kind in self._types.items()
        ]
        table = sa.func.unnest(*arrays).table_valued(
            *(sa.column(name, kind()) for name, kind in self._types.items())
        )
        given = {column.name: column for column in table.render_derived(name="given").c}
        return self._build(given).compile(dialect=dialect).string, None
