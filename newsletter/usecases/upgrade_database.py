"""Bring a database's tables to the form this release needs."""

from newsletter import migrations
from newsletter.database import Database
from newsletter.settings import DatabaseSettings


def upgrade_database(settings: DatabaseSettings) -> tuple[str | None, str]:
    """Upgrade the tables; return the revision before (None for no tables) and after.

    Raises:
        DatabaseError: The tables were made by a newer release.
        TemporaryError: An issue is being sent.
    """
    database = Database(settings.url)
    try:
        with database.read() as connection:
            before = migrations.find_revision(connection)
        migrations.upgrade(database)
    finally:
        database.close()
    return before, migrations.NEWEST_REVISION
