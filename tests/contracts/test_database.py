"""SQLite and PostgreSQL behave alike behind `Database`."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from newsletter.database import Database, insert_into, limit_patience, now_ms
from newsletter.errors import DatabaseError, TemporaryError
from newsletter.sending.ledger.schema import lease
from newsletter.tables.rows import write_rows
from newsletter.update_many import UpdateMany


def insert_lease(connection: sa.Connection, name: str) -> int:
    """Insert a row if the name is new; return how many were."""
    statement = insert_into(connection, lease).values(name=name, epoch=0, owner="", until_ms=0)
    result = connection.execute(
        statement.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    return result.rowcount


def insert_twice(connection: sa.Connection, name: str) -> None:
    """Break a rule of the table."""
    statement = sa.insert(lease).values(name=name, epoch=0, owner="", until_ms=0)
    connection.execute(statement)
    connection.execute(statement)


def fill_disk(connection: sa.Connection) -> None:
    """Write more than the file may hold."""
    connection.exec_driver_sql("PRAGMA max_page_count = 1")
    connection.exec_driver_sql("INSERT INTO lease VALUES ('a', 0, hex(randomblob(100000)), 0)")


def make_table_as_nobody(connection: sa.Connection) -> None:
    """Make a table as a user to whom nobody has granted it."""
    connection.execute(sa.text("SET LOCAL ROLE pg_monitor"))
    connection.execute(sa.text("CREATE TABLE public.mine (id INTEGER)"))


def vanish_after_a_page(
    connection: sa.Connection, url: str
) -> Iterator[list[tuple[str, int, str, int]]]:
    """Give a page of leases, then end the session that copies them, as a server does that stops."""
    session = connection.connection.driver_connection
    assert session is not None
    yield [("a", 0, "", 0)]
    with closing(Database(url)) as other, other.write() as administrator:
        administrator.execute(
            sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": session.info.backend_pid}
        )
    for _ in range(100):
        yield [("b" * 1000, 0, "", 0)] * 1000


def count_leases(connection: sa.Connection) -> int:
    """Count the rows that this connection sees."""
    return connection.execute(sa.select(sa.func.count()).select_from(lease)).scalar_one()


def test_a_block_of_writing_commits_at_its_end(database: Database) -> None:
    """Another connection sees it from then on."""
    with database.write() as connection:
        insert_lease(connection, "a")

    with database.read() as connection:
        assert count_leases(connection) == 1


def test_a_block_that_an_error_leaves_changes_nothing(database: Database) -> None:
    """A plan is written whole or not at all."""
    with pytest.raises(IntegrityError), database.write() as connection:
        insert_twice(connection, "a")

    with database.read() as connection:
        assert count_leases(connection) == 0


def test_a_block_of_reading_sees_one_moment(database: Database) -> None:
    """A status whose numbers are of different moments does not add up."""
    with database.read() as reading:
        before = count_leases(reading)
        with database.write() as writing:
            insert_lease(writing, "a")

        assert (before, count_leases(reading)) == (0, 0)


def test_a_conflict_can_be_answered(connection: sa.Connection) -> None:
    """ON CONFLICT is in both dialects."""
    assert insert_lease(connection, "a") == 1
    assert insert_lease(connection, "a") == 0
    assert insert_lease(connection, "b") == 1


def test_many_rows_are_given_values_of_their_own(connection: sa.Connection) -> None:
    """Also one value only, beside what all share; and none of the other rows."""
    for name in ("a", "b", "c"):
        insert_lease(connection, name)
    rename = UpdateMany(
        lambda given: (
            sa.update(lease)
            .where(lease.c.name == given["old"], lease.c.epoch < sa.bindparam("most"))
            .values(owner=given["who"], epoch=sa.bindparam("most"))
        ),
        old=sa.Text,
        who=sa.Text,
    )
    single = UpdateMany(
        lambda given: (
            sa.update(lease).where(lease.c.name == given["old"]).values(until_ms=lease.c.epoch)
        ),
        old=sa.Text,
    )

    rename.execute(connection, [("a", "kim's"), ("b", "이")], most=7)
    single.execute(connection, [("b",)])
    single.execute(connection, [])

    wanted = (lease.c.owner, lease.c.epoch, lease.c.until_ms)
    rows = connection.execute(sa.select(*wanted).order_by(lease.c.name)).all()
    assert [row[:2] for row in rows[:2]] == [("kim's", 7), ("이", 7)]
    assert rows[1].until_ms == 7
    assert rows[2].owner != "이"


def test_the_databases_clock_tells_milliseconds_since_1970(connection: sa.Connection) -> None:
    """Leases of hosts with different clocks are compared by it."""
    before = time.time_ns() // 1_000_000

    told = connection.execute(sa.select(now_ms(connection.dialect.name))).scalar_one()

    assert isinstance(told, int)
    assert before - 5 <= told <= time.time_ns() // 1_000_000 + 5


def test_the_databases_clock_goes_on_within_a_transaction(connection: sa.Connection) -> None:
    """A lease counts from when it is extended, not from when a long plan began."""
    before = connection.execute(sa.select(now_ms(connection.dialect.name))).scalar_one()
    time.sleep(0.02)

    after = connection.execute(sa.select(now_ms(connection.dialect.name))).scalar_one()

    assert after - before >= 15


def test_a_mistake_of_ours_is_not_taken_for_a_locked_database(database: Database) -> None:
    """PostgreSQL's words for a broken rule quote the value, whatever it says."""
    with pytest.raises(IntegrityError), database.write() as connection:
        insert_twice(connection, "locked")


class TestTrouble:
    """What a driver calls its errors is told in words that help."""

    def test_a_locked_file_is_temporary(self, sqlite_database: Database) -> None:
        """Another program may hold it; nothing was changed."""
        impatient = Database(f"sqlite:///{sqlite_database.file}", busy_timeout_seconds=0.01)

        with (
            sqlite_database.write(),
            pytest.raises(TemporaryError, match="another process is writing"),
            impatient.write(),
        ):
            pytest.fail("two writers at once")
        impatient.close()

    def test_readers_do_not_wait_for_a_writer(self, sqlite_database: Database) -> None:
        """`newsletter status` answers during a send."""
        with sqlite_database.write() as writing:
            insert_lease(writing, "a")

            with sqlite_database.read() as reading:
                assert count_leases(reading) == 0

    def test_every_commit_reaches_the_disk(self, sqlite_database: Database) -> None:
        """An intent that a power cut could forget would be a message sent twice."""
        with sqlite_database.write() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1

    def test_a_file_that_may_not_be_written_is_told(self, sqlite_database: Database) -> None:
        """And what to do."""
        closed = Database(f"sqlite:///file:{sqlite_database.file}?mode=ro&uri=true")

        with (
            pytest.raises(DatabaseError, match=r"read-only\. Give this user"),
            closed.write() as it,
        ):
            insert_lease(it, "a")
        closed.close()

    def test_a_full_disk_is_told(self, sqlite_database: Database) -> None:
        """What was committed before is kept."""
        with (
            pytest.raises(DatabaseError, match="the disk is full"),
            sqlite_database.write() as connection,
        ):
            fill_disk(connection)

    def test_a_folder_that_is_missing_is_told(self, tmp_path: Path) -> None:
        """The path is in the message."""
        lost = Database(f"sqlite:///{tmp_path}/missing/newsletter.db")

        with pytest.raises(DatabaseError, match=r"missing/newsletter\.db: .* folder"), lost.read():
            pytest.fail("no such folder")

    def test_a_file_of_another_kind_is_told(self, tmp_path: Path) -> None:
        """Nothing of it is changed."""
        file = tmp_path / "newsletter.db"
        file.write_text("Dear diary, " * 1000, encoding="utf-8")
        wrong = Database(f"sqlite:///{file}")

        with pytest.raises(DatabaseError, match="not an SQLite database"), wrong.read():
            pytest.fail("no database")
        assert file.read_text(encoding="utf-8") == "Dear diary, " * 1000

    def test_a_damaged_file_is_told(self, sqlite_database: Database) -> None:
        """A backup is what helps."""
        file = sqlite_database.file
        assert file is not None
        sqlite_database.close()
        with file.open("r+b") as stream:
            stream.seek(100)
            stream.write(b"\xff" * 8000)

        with (
            pytest.raises(DatabaseError, match="damaged"),
            sqlite_database.write() as connection,
        ):
            insert_lease(connection, "a")

    def test_a_server_that_is_gone_is_temporary(self, tmp_path: Path) -> None:
        """It may come back; its password is not told."""
        gone = Database(f"postgresql+psycopg://me:secret@/db?host={tmp_path}")

        with pytest.raises(TemporaryError, match="does not answer") as caught, gone.read():
            pytest.fail("no server")
        assert "secret" not in str(caught.value)

    def test_a_server_whose_name_nobody_knows_just_now_is_temporary(self) -> None:
        """A machine whose network is cut reaches no name server either."""
        away = Database("postgresql+psycopg://nobody@database.invalid/nothing")

        with pytest.raises(TemporaryError, match="does not answer"), away.read():
            pass

    def test_a_server_that_takes_no_writes_is_told(self, postgresql_url: str) -> None:
        """A replica, for one."""
        replica = Database(f"{postgresql_url}&options=-cdefault_transaction_read_only%3Don")

        with pytest.raises(DatabaseError, match="read-only"), replica.write() as connection:
            insert_lease(connection, "a")
        replica.close()

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda url: url.set(database="nosuch"), "no such database"),
            (lambda url: url.set(username="nobody", password="x"), "no such user|let this user in"),
            (lambda url: url.update_query_dict({"sslmoed": "off"}), "has an option that Postgre"),
        ],
        ids=["database", "user", "option"],
    )
    def test_what_is_wrong_in_a_url_is_told(
        self, postgresql_url: str, change: Callable[[sa.URL], sa.URL], said: str
    ) -> None:
        """To try again later would not help."""
        url = change(sa.make_url(postgresql_url)).render_as_string(hide_password=False)

        with pytest.raises(DatabaseError, match=said), Database(url).read():
            pytest.fail("no such database")

    def test_a_table_of_another_program_is_told(self, postgresql_url: str) -> None:
        """One that has a name of ours stands in the way of a copy."""
        with (
            closing(Database(postgresql_url)) as database,
            pytest.raises(DatabaseError, match="another program has tables of the same name"),
            database.write() as connection,
        ):
            connection.execute(sa.text("CREATE TABLE lease (id INTEGER)"))

    def test_a_user_without_rights_is_told(self, postgresql_url: str) -> None:
        """Since PostgreSQL 15 only the owner of a database may make tables in it."""
        with (
            closing(Database(postgresql_url)) as database,
            pytest.raises(DatabaseError, match="own the database") as caught,
            database.write() as connection,
        ):
            make_table_as_nobody(connection)

        assert "\n" not in str(caught.value)

    def test_a_server_whose_name_is_unknown_is_temporary(self) -> None:
        """Name servers come back, too; a password among the options is not told."""
        unknown = Database("postgresql+psycopg://me@nosuch.invalid/db?password=secret")

        with pytest.raises(TemporaryError, match="does not answer") as caught, unknown.read():
            pytest.fail("no such server")
        assert "secret" not in str(caught.value)

    def test_a_server_that_goes_away_while_rows_are_copied_is_temporary(
        self, postgresql_url: str
    ) -> None:
        """A COPY is the driver's own, and so are its errors."""
        with (
            closing(Database(postgresql_url)) as database,
            pytest.raises(TemporaryError, match="does not answer"),
            database.write() as connection,
        ):
            write_rows(connection, lease, vanish_after_a_page(connection, postgresql_url))

    def test_a_new_file_is_its_owners_alone(self, tmp_path: Path) -> None:
        """It will hold people's addresses, whichever command makes it."""
        file = tmp_path / "new.db"
        with closing(Database(f"sqlite:///{file}")) as database, database.write() as connection:
            connection.execute(sa.text("CREATE TABLE person (id INTEGER)"))
            modes = [each.stat().st_mode & 0o777 for each in tmp_path.iterdir()]

        assert (len(modes), set(modes)) == (3, {0o600})

    def test_the_file_of_a_database_is_known(self, sqlite_database: Database) -> None:
        """It is copied before an upgrade, and made private."""
        assert sqlite_database.file is not None
        assert sqlite_database.file.name == "sqlite.db"
        assert Database("sqlite://").file is None
        assert Database("postgresql+psycopg://localhost/newsletter").file is None


def test_threads_of_one_process_write_in_turn(sqlite_database: Database) -> None:
    """None of them sleeps beside a file that is free, and none is told that it is busy."""
    with sqlite_database.write() as connection:
        connection.execute(sa.text("CREATE TABLE tally (number INTEGER)"))
        connection.execute(sa.text("INSERT INTO tally VALUES (0)"))

    def add_some() -> None:
        for _ in range(25):
            with sqlite_database.write() as connection:
                found = connection.scalar(sa.text("SELECT number FROM tally"))
                connection.execute(sa.text("UPDATE tally SET number = :it"), {"it": found + 1})

    with ThreadPoolExecutor(max_workers=8) as threads:
        for done in [threads.submit(add_some) for _ in range(8)]:
            done.result()

    with sqlite_database.read() as connection:
        assert connection.scalar(sa.text("SELECT number FROM tally")) == 200


def test_a_thread_that_waits_too_long_is_told(tmp_path: Path) -> None:
    """As somebody in another process would be."""
    database = Database(f"sqlite:///{tmp_path / 'busy.db'}", busy_timeout_seconds=0.1)

    def write() -> None:
        with database.write():
            pass

    with ThreadPoolExecutor(max_workers=1) as threads, database.write():
        waiting = threads.submit(write)
        with pytest.raises(TemporaryError, match="another process is writing"):
            waiting.result()
    database.close()


def test_a_commit_is_on_the_disk_whatever_the_server_does_for_others(
    postgresql_url: str,
) -> None:
    """An intent that a power cut could forget would be a message sent twice."""
    first = Database(postgresql_url)
    with first.write() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
        connection.execute(sa.text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        usual = connection.scalar(sa.text("SHOW synchronous_commit"))
    first.close()
    later = Database(postgresql_url)

    with later.write() as connection:
        kept = connection.scalar(sa.text("SHOW synchronous_commit"))
        connection.execute(sa.text(f"ALTER DATABASE {name} RESET synchronous_commit"))
    later.close()

    assert (usual, kept) == ("on", "on")


def test_what_a_url_says_of_patience_stays() -> None:
    """And what it does not say is far less than the two hours that TCP waits."""
    url = sa.make_url("postgresql+psycopg://press@db.example.org/press?connect_timeout=3")

    query = limit_patience(url).query

    assert query["connect_timeout"] == "3"
    assert query["tcp_user_timeout"] == "15000"


def test_a_commit_to_a_file_is_on_the_disk(sqlite_database: Database) -> None:
    """2 is FULL: the journal is synced in each commit."""
    with sqlite_database.write() as connection:
        level = connection.scalar(sa.text("PRAGMA synchronous"))

    assert level == 2
