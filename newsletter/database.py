"""A database URL → connections: one for reading, one for writing at a time.

SQLite and PostgreSQL behave alike behind `Database`: a block of `read` sees one moment, a block of
`write` commits as a whole or not at all. Errors come out as `newsletter.database_errors` has them.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

from newsletter.database_errors import BUSY, explain_error
from newsletter.errors import DatabaseError, TemporaryError
from newsletter.metrics.metrics import ErrorKind, Metrics
from newsletter.settings.urls import mask_password

#: How long a writer waits for another one. Planning a million deliveries holds the lock for
#: about half of it.
BUSY_TIMEOUT_SECONDS = 30
#: A process that is frozen, or whose machine is gone, in the middle of a transaction keeps what it
#: has locked until the server loses patience: well before anybody takes over by a lease.
_IDLE_SECONDS = 10
#: When a server is given up that says nothing, for a cable that was pulled, or a machine that lost
#: its power, tells nobody: well within a lease. A server that is busy is not meant, since its
#: machine answers these by itself. Seconds, but for the last, which is in milliseconds.
_PATIENCE_WITH_SERVER = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: And when the server gives up a session whose machine is gone.
_PATIENCE_OF_SERVER = (
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;"
    " SET tcp_keepalives_count = 3; SET tcp_user_timeout = '60s'"
)
#: How long emptying the journal waits for others, who wait for it meanwhile.
_JOURNAL_SECONDS = 0.2
#: How the metrics call what an error means.
_KINDS: dict[type[Exception], ErrorKind] = {TemporaryError: "temporary", DatabaseError: "lasting"}


class Database:
    """One database, SQLite or PostgreSQL."""

    def __init__(
        self,
        url: str,
        *,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
        metrics: Metrics | None = None,
    ) -> None:
        self._url = sa.make_url(url)
        self._shown_url = mask_password(url)
        driver = self._url.get_dialect().import_dbapi()
        self._driver_error: type[Exception] = driver.OperationalError
        self._metrics = metrics or Metrics()
        self._busy_timeout_seconds = busy_timeout_seconds
        #: A file's one writer keeps its connection: to take one from the pool and to put it back
        #: costs as much as a small transaction.
        self._kept: sa.Connection | None = None
        if self.is_sqlite:
            # Writers begin with the write lock in hand: a transaction that reads first and writes
            # later fails at once when somebody wrote in between (SQLITE_BUSY_SNAPSHOT).
            self._writer = _sqlite_engine(self._url, "BEGIN IMMEDIATE", busy_timeout_seconds)
            # Whoever finds the file locked sleeps and looks again, for up to 100 ms each time.
            # Writers of one process hand over to each other at once instead.
            self._turn = threading.Lock()
            self._reader = _sqlite_engine(self._url, "BEGIN", busy_timeout_seconds)
        else:
            self._writer = _server_engine(self._url, idle_seconds=_IDLE_SECONDS)
            # Without it, each statement of a block would see a moment of its own. Who reads stands
            # in nobody's way, and may take his time: a pipe that nobody reads, for one.
            self._reader = _server_engine(self._url, idle_seconds=0).execution_options(
                isolation_level="REPEATABLE READ"
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file beside the settings rather than a server."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        name = self._url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads."""
        with self._translated(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that commits at the end of the block, unless an error leaves it.

        Raises:
            TemporaryError: Another process kept the database locked for too long.
            DatabaseError: It cannot be written: read-only, full, not a database.
        """
        with self._take_turn(), self._translated(), self._begin_writing() as connection:
            yield connection

    def empty_journal(self) -> None:
        """Empty SQLite's journal into the file, where what was erased is overwritten.

        The journal keeps older copies of what was written since it was last emptied, which may be
        long ago where a server runs. Whoever reads or writes at this moment prevents it.
        """
        if self.file:
            with closing(sqlite3.connect(self.file, timeout=_JOURNAL_SECONDS)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection that is not in use."""
        if self._kept:
            self._kept.close()
            self._kept = None
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _take_turn(self) -> Iterator[None]:
        """Wait until no other thread of this process writes; a server needs no such order."""
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=self._busy_timeout_seconds):
            raise TemporaryError(BUSY.format(where=self.file))
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _begin_writing(self) -> Iterator[sa.Connection]:
        if not self.file:
            with self._writer.begin() as connection:
                yield connection
                began = time.perf_counter()
        else:
            if self._kept is None:
                self._kept = self._writer.connect()
            with self._kept.begin():
                yield self._kept
                began = time.perf_counter()
        self._metrics.observe_commit(time.perf_counter() - began)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            try:
                yield
            except self._driver_error as error:
                # Of a COPY: the driver's own, since SQLAlchemy has no part in it.
                raise OperationalError("COPY", None, error) from error
        except DBAPIError as error:
            where = str(self.file or self._shown_url)
            explained = explain_error(error, where=where, is_sqlite=self.is_sqlite)
            self._metrics.count_database_error(_KINDS.get(type(explained), "mistake"))
            raise explained from error


def _sqlite_engine(url: sa.URL, begin: str, busy_timeout_seconds: float) -> sa.Engine:
    """Make an engine whose transactions begin with the given statement."""
    engine = sa.create_engine(
        url,
        connect_args={"timeout": busy_timeout_seconds},
        # An error's words must not hold people's addresses.
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "do_connect")
    def make_private(_dialect: object, _record: object, place: list[str], _: object) -> None:
        file = Path(place[0])
        # It will hold people's addresses. What stands against it SQLite tells better; in memory,
        # or named by a URI, it is no path.
        if file.is_absolute():
            with suppress(OSError):
                file.touch(mode=0o600, exist_ok=False)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: it would begin them without the lock.
        connection.isolation_level = None
        # A file stays in this mode. To change it needs the file alone and waits for nobody; whoever
        # has a new file at the same moment is making the same change.
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
        # FULL: an intent that a power cut could forget would be a message sent twice.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What was erased is overwritten in the file, too.
        connection.execute("PRAGMA secure_delete = ON")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def limit_patience(url: sa.URL) -> sa.URL:
    """Have connections to a server given up in time; what the URL says of it itself stays."""
    if url.get_driver_name() != "psycopg":
        return url
    unsaid = {name: value for name, value in _PATIENCE_WITH_SERVER.items() if name not in url.query}
    return url.update_query_dict(unsaid)


def _server_engine(url: sa.URL, *, idle_seconds: int) -> sa.Engine:
    """Make an engine whose commits are on the disk, whatever the server does for others.

    Args:
        url: Of the database.
        idle_seconds: How long a transaction may wait for its next statement; 0 for ever.
    """
    # An error's words must not hold people's addresses.
    engine = sa.create_engine(limit_patience(url), hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # What is stricter than `on` stays: the operator has his reasons.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.execute(f"SET idle_in_transaction_session_timeout = '{idle_seconds}s'")
        connection.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_SECONDS}s'")
        connection.execute(_PATIENCE_OF_SERVER)
        connection.commit()

    return engine


def now_ms(dialect: str) -> sa.ColumnElement[int]:
    """Build the database's own clock as an expression: milliseconds since 1970, UTC.

    Leases use it, so that hosts whose clocks differ agree.
    """
    if dialect == "sqlite":
        return sa.literal_column(
            "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", sa.BigInteger
        )
    return sa.literal_column(
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", sa.BigInteger
    )


def is_settled(dialect: str, table: sa.Table) -> sa.ColumnElement[bool]:
    """Build the condition that nobody who is still at it wrote a row before this one.

    Whoever reads a table in the order of its numbers would else go past a row for good: on
    PostgreSQL a higher number may be committed before a lower one. SQLite's writers take turns.
    """
    if dialect == "sqlite":
        return sa.true()
    # The oldest transaction that is open began after this row's; ages, since numbers of
    # transactions come round again.
    written = sa.func.age(sa.literal_column(f"{table.name}.xmin"))
    oldest = sa.literal_column("age(pg_snapshot_xmin(pg_current_snapshot())::xid)", sa.Integer)
    return written > oldest


#: ON CONFLICT is spelled alike in both dialects but lives in two modules.
_INSERT: dict[str, type[sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}


def insert_into(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what happens on a conflict."""
    return _INSERT[connection.dialect.name](table)
