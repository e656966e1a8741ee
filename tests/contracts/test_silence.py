"""A session that is frozen with a lock in hand, whose owner may sleep for ever."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger.silence import end_silent
from tests.contracts.sends import plan_for

LOCK = b"SELECT 1 FROM issue FOR UPDATE"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
def server(empty_server_url: str) -> Iterator[Database]:
    """Yield a database on a server, with one issue."""
    database = Database(empty_server_url)
    plan_for(database, 1)
    yield database
    database.close()


@pytest.fixture
def frozen(empty_server_url: str, server: Database) -> Iterator[psycopg.Connection]:
    """Yield a session that locked the issue in the middle of several statements, and stopped."""
    url = sa.make_url(empty_server_url).set(drivername="postgresql")
    assert server.file is None
    with closing(psycopg.connect(url.render_as_string(hide_password=False))) as session:
        session.execute("SELECT 1")
        session.pgconn.enter_pipeline_mode()
        session.pgconn.send_query_params(LOCK, None)
        session.pgconn.send_flush_request()
        session.pgconn.flush()
        yield session


def ask(server: Database, question: str) -> int:
    """Ask a database for one number."""
    with server.read() as connection:
        return int(connection.execute(sa.text(question)).scalar_one())


@pytest.fixture
def waiting(server: Database, frozen: psycopg.Connection) -> Iterator[threading.Thread]:
    """Yield a thread that waits for what is locked."""
    assert not frozen.closed

    def lock() -> None:
        with server.write() as connection:
            connection.execute(sa.text(LOCK.decode()))

    while ask(server, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%FOR UPDATE'") < 1:
        time.sleep(0.01)
    thread = threading.Thread(target=lock)
    thread.start()
    while ask(server, WAITS) < 1:
        time.sleep(0.01)
    yield thread
    thread.join(10)


def test_a_silent_one_for_whom_another_waits_loses_its_lock(
    server: Database, waiting: threading.Thread
) -> None:
    """In the middle of statements sent together, no time-out of the server's own holds."""
    with server.read() as connection:
        ended = end_silent(connection, seconds=0)

    waiting.join(10)
    assert ended == 1
    assert not waiting.is_alive()


def test_who_has_just_spoken_is_left_alone(
    server: Database, frozen: psycopg.Connection, waiting: threading.Thread
) -> None:
    """A sender under way locks for some milliseconds."""
    with server.read() as connection:
        ended = end_silent(connection)

    assert (ended, waiting.is_alive()) == (0, True)
    frozen.close()


def test_nobody_is_ended_for_whom_nobody_waits(
    server: Database, frozen: psycopg.Connection
) -> None:
    """An operator may look at what he has open."""
    with server.read() as connection:
        assert end_silent(connection, seconds=0) == 0

    assert not frozen.closed
