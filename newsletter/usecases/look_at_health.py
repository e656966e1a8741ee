"""Whether this process can do its work: its database, its tables, its workers."""

import os
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import NewsletterError

_WELL = "ok"


def look_at_health(
    database: Database, *, is_worker_alive: Callable[[], bool] | None
) -> Mapping[str, str]:
    """Look at each thing that must be right; no words of errors, for anyone may read these.

    Args:
        database: Is asked.
        is_worker_alive: Whether this process's worker threads run; None where it has none, of
            which nothing is said then.
    """
    found = _look_at_database(database)
    if is_worker_alive is not None:
        found["worker"] = _WELL if is_worker_alive() else "does not work"
    return found


def is_well(found: Mapping[str, str]) -> bool:
    """Tell whether everything that was looked at is right."""
    return set(found.values()) == {_WELL}


def _look_at_database(database: Database) -> dict[str, str]:
    """Ask the database for its revision, and whether it takes anything."""
    try:
        with database.read() as connection:
            revision = migrations.find_revision(connection)
            can_be_written = _can_be_written(database, connection)
    except NewsletterError:
        return {"database": "does not answer", "tables": "unknown"}
    return {
        "database": _WELL if can_be_written else "is read-only",
        "tables": _WELL if revision == migrations.NEWEST_REVISION else "have another revision",
    }


def _can_be_written(database: Database, connection: sa.Connection) -> bool:
    """Look without writing: a standby takes nothing, and neither does a disk after a fault."""
    if database.is_sqlite:
        file = database.file
        return file is None or all(os.access(each, os.W_OK) for each in (file, file.parent))
    setting = sa.func.current_setting("transaction_read_only")
    return bool(connection.scalar(sa.select(setting)) == "off")
