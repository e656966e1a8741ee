"""Fill an empty database from a backup, of this release or of an older one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import RefusedError, SettingsError, UserError
from newsletter.key_file import load_keyring
from newsletter.sending.ledger.installation import find_fingerprint
from newsletter.settings import Settings
from newsletter.tables.backup_file import BackupReader
from newsletter.tables.fill import Arrived, continue_numbers, fill_table
from newsletter.usecases.empty_database import refuse_filled


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has filled."""

    #: When the backup was made, milliseconds since 1970, UTC.
    made_at_ms: int
    tables: tuple[Arrived, ...]


def restore_database(
    settings: Settings, path: Path, file: BinaryIO, *, on_rows: Callable[[int], None]
) -> Restored:
    """Restore a backup into the database of the settings, whole or not at all.

    What it was behind when it was made, the mark beside the key file tells the next command.

    Args:
        settings: Their database is to be empty; their key file is the one of the backup's time.
        path: The backup, for messages.
        file: Its bytes.
        on_rows: Hears how many rows each page had.

    Raises:
        RefusedError: The database has rows, or tables that are not those of the backup.
        SettingsError: The key file is not the one that the backup was made with.
        UserError: The file is no backup, a damaged one, or one of a newer release.
    """
    fingerprint = load_keyring(settings).fingerprint
    reader = BackupReader(path, file)
    if not migrations.is_known(reader.revision):
        raise UserError(
            f"{path}: this backup has tables of revision {reader.revision}, which this release does"
            " not know: it was made by a newer one. Restore it with that one; nothing was changed."
        )
    database = Database(settings.database.url)
    try:
        _make_tables(database, reader.revision)
        with database.write() as connection:
            refuse_filled(connection)
            tables = tuple(_fill(connection, reader, on_rows))
            if find_fingerprint(connection) != fingerprint:
                raise SettingsError(
                    f"{path}: the backup was not made with this newsletter.key; put the key file"
                    " back that belongs to it. Nothing was changed."
                )
        migrations.upgrade(database)
    finally:
        database.close()
    return Restored(reader.made_at_ms, tables)


def _make_tables(database: Database, revision: str) -> None:
    """Make the tables as they were when the backup was made."""
    with database.read() as connection:
        found = migrations.find_revision(connection)
    if found is None and revision == migrations.NEWEST_REVISION:
        # This looks whose tables are there, too.
        migrations.upgrade(database)
    elif found is None:
        migrations.make_tables(database, revision)
    elif found != revision:
        is_newest = revision == migrations.NEWEST_REVISION
        raise RefusedError(
            f"the backup was made at revision {revision}, and the tables of the database are at"
            f" {found}: restore it into a database without tables, which are then upgraded"
            + (", or run `newsletter db upgrade` first" if is_newest else "")
        )


def _fill(
    connection: sa.Connection, reader: BackupReader, on_rows: Callable[[int], None]
) -> list[Arrived]:
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    last_numbers, filled = {}, []
    for table, pages in reader.read_tables():
        if table.name not in there:
            raise UserError(f"the backup has a table that is unknown here: {table.name!r}")
        known = {column["name"] for column in inspector.get_columns(table.name)}
        if unknown := [column.name for column in table.c if column.name not in known]:
            raise UserError(f"the backup has a column that is unknown here: {unknown[0]!r}")
        arrived = fill_table(connection, table, pages, on_rows=on_rows)
        end = reader.end
        if end is None or (end.rows, end.digest) != (arrived.rows, arrived.digest):
            raise UserError(
                f"table {table.name}: the backup says it holds other rows than it does: it was"
                " damaged or changed. Nothing was changed here; take an older one."
            )
        last_numbers[table.name] = end.last_number
        filled.append(arrived)
    continue_numbers(connection, last_numbers)
    return filled
