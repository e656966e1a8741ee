"""A database that is to be filled with a newsletter's rows: it must be empty before."""

import sqlalchemy as sa

from newsletter.errors import RefusedError
from newsletter.sending.ledger.schema import installation
from newsletter.tables.carried import CARRIED
from newsletter.tables.rows import has_rows


def refuse_filled(connection: sa.Connection) -> None:
    """Stand against writing over another newsletter, or over this one.

    That it was opened once, with nobody in it, is forgotten.

    Raises:
        RefusedError: Names a table that has rows.
    """
    there = set(sa.inspect(connection).get_table_names())
    for table in CARRIED:
        if table is installation or table.name not in there:
            continue
        if has_rows(connection, table):
            raise RefusedError(
                f"the database that is to be filled holds a newsletter already (table {table.name}"
                " has rows): nothing was changed. Name an empty database."
            )
    if installation.name in there:
        connection.execute(sa.delete(installation))
