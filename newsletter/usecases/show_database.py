"""What a database is, how far its tables are, and what is in it."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.settings import DatabaseSettings
from newsletter.settings.urls import mask_password
from newsletter.tables.carried import CARRIED
from newsletter.tables.rows import count_rows

#: Of this database, its tables and indexes; what SQLite's journal holds is not in it.
_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}
_VERSION = {
    "sqlite": "SELECT sqlite_version()",
    "postgresql": "SELECT current_setting('server_version')",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseStatus:
    """One database."""

    #: ``sqlite`` or ``postgresql``.
    kind: str
    version: str
    #: Without a password.
    url: str
    #: None without tables.
    revision: str | None
    size_bytes: int
    #: Table → rows; empty unless its tables are those of this release.
    rows: dict[str, int]

    @property
    def is_current(self) -> bool:
        """Whether its tables have the form this release needs."""
        return self.revision == migrations.NEWEST_REVISION


def show_database(settings: DatabaseSettings) -> DatabaseStatus:
    """Look at a database without changing it, older tables or none included."""
    database = Database(settings.url)
    try:
        with database.read() as connection:
            kind = connection.dialect.name
            revision = migrations.find_revision(connection)
            is_current = revision == migrations.NEWEST_REVISION
            return DatabaseStatus(
                kind=kind,
                version=connection.execute(sa.text(_VERSION[kind])).scalar_one(),
                url=mask_password(settings.url),
                revision=revision,
                size_bytes=connection.execute(sa.text(_SIZE[kind])).scalar_one(),
                rows={t.name: count_rows(connection, t) for t in CARRIED} if is_current else {},
            )
    finally:
        database.close()


def count_all_rows(database: Database) -> int:
    """Count what there is to copy, or to back up."""
    with database.read() as connection:
        return sum(count_rows(connection, table) for table in CARRIED)
