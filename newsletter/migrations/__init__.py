"""The tables of both packages, brought to the form this program needs.

On SQLite `prepare` does it by itself: under the write lock, after a copy of the file, and never
while an issue is being sent. On a server an operator does it, with `newsletter db upgrade`.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from newsletter.database import Database, now_ms
from newsletter.errors import DatabaseError, RefusedError, TemporaryError

#: The newest revision in `versions`; a test keeps it true. Known without importing Alembic, so
#: that a command on a database that is up to date does not pay for it.
NEWEST_REVISION = "0014"
_COPY = "before-"


def prepare(database: Database) -> None:
    """Make sure that the tables have the form this program needs.

    Raises:
        RefusedError: A server's tables are older; an operator has to upgrade them.
        DatabaseError: The tables were made by a newer release.
        TemporaryError: An issue is being sent.
    """
    with database.read() as connection:
        found = find_revision(connection)
    if found == NEWEST_REVISION:
        return
    if not database.is_sqlite:
        if found is None:
            _refuse_other_tables(connection, database)
        else:
            _refuse_unknown_revision(found)
        state = f"at revision {found}" if found else "empty"
        raise RefusedError(
            f"the database is {state}, this program needs revision {NEWEST_REVISION}:"
            " run `newsletter db upgrade` once, when no worker is sending"
        )
    upgrade(database)


def find_revision(connection: sa.Connection) -> str | None:
    """Find the revision of the tables; None when there are none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(database: Database) -> None:
    """Bring the tables to the newest revision; a second process waits and then finds them done.

    Raises:
        DatabaseError: The tables were made by a newer release.
        TemporaryError: An issue is being sent.
    """
    with database.write() as connection:
        if not database.is_sqlite:
            # Held until the commit; on SQLite it is the write lock that makes the others wait.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('newsletter'))"))
        found = find_revision(connection)
        if found == NEWEST_REVISION:
            return
        if found is None:
            _refuse_other_tables(connection, database)
        else:
            _refuse_unknown_revision(found)
            refuse_during_a_send(connection, "the database has to be upgraded")
            if database.file:
                _copy_file(database.file, _COPY + NEWEST_REVISION)
        _run_alembic(connection)


def make_tables(database: Database, revision: str) -> None:
    """Make the tables of an older release in an empty database, to show that they are upgraded."""
    with database.write() as connection:
        _run_alembic(connection, revision)


def refuse_during_a_send(connection: sa.Connection, what: str) -> None:
    """Stand against something that must not happen beside a sender or `newsletter serve`.

    Raises:
        TemporaryError: Somebody holds a lease; says what is to be done, and when it can be.
    """
    held = connection.scalar(
        sa.text("SELECT count(*) FROM lease WHERE owner <> '' AND until_ms > :now"),
        {"now": connection.scalar(sa.select(now_ms(connection.dialect.name)))},
    )
    if held:
        raise TemporaryError(
            f"{what}, and an issue is being sent just now, or `newsletter serve` is running: try"
            " again when `newsletter status` shows that it has ended, or when you have stopped that"
        )


def is_known(revision: str) -> bool:
    """Tell whether a revision is one of this release or of an older one."""
    from alembic.script import ScriptDirectory

    return revision in {each.revision for each in ScriptDirectory(_FOLDER).walk_revisions()}


def list_copies(database: Database) -> list[Path]:
    """List the copies that were made of a SQLite file before it was upgraded."""
    file = database.file
    return sorted(file.parent.glob(f"{file.name}.{_COPY}*")) if file else []


def _refuse_other_tables(connection: sa.Connection, database: Database) -> None:
    """Refuse a file that another program has filled; a server may hold many programs' tables."""
    if database.is_sqlite and sa.inspect(connection).get_table_names():
        raise DatabaseError(
            f"{database.file}: this database belongs to another program."
            " Set [database] url to a file of its own; nothing was changed."
        )


def _refuse_unknown_revision(found: str) -> None:
    if not is_known(found):
        raise DatabaseError(
            f"the database is at revision {found}, which this release does not know:"
            " it was used by a newer release of newsletter-press. Install that release."
        )


def _copy_file(file: Path, suffix: str) -> None:
    """Copy a live SQLite file consistently; the caller holds the write lock."""
    target = file.with_name(f"{file.name}.{suffix}")
    try:
        # Made first, so that nobody else can read the addresses while they are copied.
        target.touch(mode=0o600)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        target.chmod(file.stat().st_mode & 0o777)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseError(
            f"{target}: the database has to be upgraded, and no copy of it could be made before"
            f" ({error}). Mend that and try again; nothing was changed."
        ) from error


_FOLDER = str(Path(__file__).parent)


def _run_alembic(connection: sa.Connection, revision: str = "head") -> None:
    """Run the revisions up to one inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _FOLDER.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
