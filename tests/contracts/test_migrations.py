"""Tables are made and upgraded alike on SQLite and PostgreSQL, and never under a running send."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import DatabaseError, RefusedError, TemporaryError
from newsletter.operators.schema import METADATA as OPERATORS
from newsletter.outbox.schema import METADATA as OUTBOX
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.plan import find_issue
from newsletter.sending.ledger.schema import METADATA as LEDGER
from newsletter.sending.ledger.schema import lease as lease_table
from newsletter.usecases.choose_segment import restore_segment
from newsletter.web.limits import METADATA as LIMITS
from subscribers.segments.tree import Is
from subscribers.store.schema import METADATA as SUBSCRIBERS
from subscribers.store.schema import consent
from tests.contracts.sends import DEAD_PROCESS, add_people

#: What SQLAlchemy's inspector does not tell: triggers, and numbers that are never given twice.
MORE_RULES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    " UNION ALL SELECT name, 'autoincrement' FROM sqlite_master"
    " WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY 1",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal ORDER BY 1",
}

#: Three deliveries as they were before attempts were on record.
OLD_LEDGER = (
    (
        "INSERT INTO issue (id, slug, title, state, is_modified, content_sha256, edition_digest,"
        " planned_at_ms) VALUES (1, 'issue', 'Issue', 'sending', false, '', '', 1)"
    ),
    (
        "INSERT INTO delivery (issue_id, subscriber_id, status, attempts, first_intent_at_ms,"
        " settled_at_ms, reply) VALUES (1, 1, 'sent', 1, 100, 200, '250 ok'),"
        " (1, 2, 'deferred', 1, 100, 200, '451 later'), (1, 3, 'failed', 2, 100, 200, '550 no')"
    ),
)


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """Yield a database without any table."""
    database = Database(empty_database_url)
    yield database
    database.close()


@pytest.fixture
def older(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return a database that is one revision behind this program."""
    monkeypatch.setattr(migrations, "NEWEST_REVISION", "next")
    return sqlite_database


def list_rules(database: Database) -> dict[str, object]:
    """List everything that the tables demand and remember."""
    with database.read() as connection:
        inspector = sa.inspect(connection)
        tables = [each for each in inspector.get_table_names() if not is_foreign(each)]
        more = connection.execute(sa.text(MORE_RULES[connection.dialect.name])).all()
        return {table: describe_table(inspector, table) for table in tables} | {"": more}


def is_foreign(table: str) -> bool:
    """Tell whether a table is Alembic's or the queue's."""
    return table.startswith("procrastinate") or table in {"alembic_version", "queue_change"}


def describe_table(inspector: sa.Inspector, table: str) -> list[str]:
    """Describe a table in lines whose order does not depend on the database."""
    rules = [
        *inspector.get_columns(table),
        *inspector.get_check_constraints(table),
        *inspector.get_unique_constraints(table),
        *inspector.get_foreign_keys(table),
        *inspector.get_indexes(table),
        inspector.get_pk_constraint(table),
        inspector.get_table_options(table),
    ]
    return sorted(str(rule) for rule in rules)


def is_meant_for(connection: sa.Connection, rule: object) -> bool:
    """Tell whether a rule of the tables is for this kind of database."""
    ours = LEDGER.tables["delivery"].foreign_key_constraints
    return connection.dialect.name == "sqlite" or rule not in ours


def set_revision(database: Database, revision: str) -> None:
    """Pretend that another release made the tables."""
    with database.write() as connection:
        connection.execute(
            sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision}
        )


def find_revision(database: Database) -> str | None:
    """Find what revision the tables have."""
    with database.read() as connection:
        return migrations.find_revision(connection)


def list_tables(database: Database) -> list[str]:
    """List every table."""
    with database.read() as connection:
        return sorted(sa.inspect(connection).get_table_names())


class TestSchema:
    """What the migrations make is what the code expects."""

    @pytest.mark.parametrize(
        "models",
        [SUBSCRIBERS, LEDGER, OUTBOX, OPERATORS, LIMITS],
        ids=["subscribers", "ledger", "outbox", "operators", "limits"],
    )
    def test_alembic_finds_nothing_to_change(self, database: Database, models: sa.MetaData) -> None:
        """Else the next migration would begin with what this one forgot."""
        with database.read() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "include_name": lambda name, kind, _: kind != "table" or name in models.tables,
                    # What this database is not to have is no news to it.
                    "include_object": lambda rule, *_: is_meant_for(connection, rule),
                },
            )

            assert compare_metadata(context, models) == []

    def test_migrated_tables_equal_the_models(self, empty: Database) -> None:
        """Checks, keys, defaults and triggers, too: the rules that must hold are constraints."""
        migrations.upgrade(empty)
        migrated = list_rules(empty)
        with empty.write() as connection:
            for models in (LIMITS, OPERATORS, OUTBOX, LEDGER, SUBSCRIBERS):
                models.drop_all(connection)
                models.create_all(connection)

        assert len(migrated) == 29
        assert migrated == list_rules(empty)

    def test_the_newest_revision_is_the_last_script(self) -> None:
        """It is written down so that a command need not load Alembic to know it."""
        scripts = ScriptDirectory(str(Path(migrations.__file__).parent))

        assert scripts.get_heads() == [migrations.NEWEST_REVISION]

    @pytest.mark.parametrize(
        "statement", ["UPDATE consent SET basis = 'another'", "DELETE FROM consent"]
    )
    def test_evidence_cannot_be_changed(self, database: Database, statement: str) -> None:
        """Not even by a mistake of ours."""
        with database.write() as connection:
            add_people(connection, 1)

        with (
            pytest.raises(DBAPIError, match="append-only"),
            database.write() as connection,
        ):
            connection.execute(sa.text(statement))

        with database.read() as connection:
            assert connection.scalar(sa.select(consent.c.basis)) == "paper form"


class TestFirstUse:
    """From nothing to tables."""

    def test_an_empty_file_is_prepared_by_the_first_command(self, tmp_path: Path) -> None:
        """Nothing to install, nothing to run beforehand."""
        database = Database(f"sqlite:///{tmp_path / 'newsletter.db'}")

        migrations.prepare(database)

        assert find_revision(database) == migrations.NEWEST_REVISION
        assert [file.name for file in tmp_path.glob("*before*")] == []
        database.close()

    def test_an_empty_server_waits_for_its_operator(self, postgresql_server: sa.URL) -> None:
        """Many machines use it: none of them may change it by itself."""
        database = Database(postgresql_server.render_as_string(hide_password=False))

        with pytest.raises(RefusedError, match=r"is empty.*newsletter db upgrade"):
            migrations.prepare(database)

        assert list_tables(database) == []
        database.close()

    def test_a_database_that_is_ready_is_left_alone(self, database: Database) -> None:
        """Every command asks."""
        before = list_tables(database)

        migrations.prepare(database)
        migrations.upgrade(database)

        assert list_tables(database) == before

    def test_of_several_at_once_one_upgrades(self, empty_database_url: str) -> None:
        """The others wait and find it done."""
        together = Barrier(6)

        def upgrade() -> str | None:
            database = Database(empty_database_url)
            together.wait(timeout=10)
            migrations.upgrade(database)
            found = find_revision(database)
            database.close()
            return found

        with ThreadPoolExecutor() as threads:
            answers = [threads.submit(upgrade) for _ in range(6)]

        assert [answer.result() for answer in answers] == [migrations.NEWEST_REVISION] * 6

    def test_an_upgrade_that_fails_leaves_nothing_behind(self, empty: Database) -> None:
        """Half of the tables would be no database of any release."""
        with empty.write() as connection:
            connection.execute(sa.text("CREATE VIEW lease AS SELECT 1 AS name"))

        with pytest.raises((DBAPIError, DatabaseError), match="lease"):
            migrations.upgrade(empty)

        assert list_tables(empty) == []


class TestNewerRelease:
    """A database that a newer release has changed."""

    def test_it_is_refused(self, empty: Database) -> None:
        """Nobody knows what its tables mean; an older program would spoil them."""
        migrations.upgrade(empty)
        set_revision(empty, "9999")

        with pytest.raises(DatabaseError, match=r"9999.*newer release"):
            migrations.prepare(empty)
        with pytest.raises(DatabaseError, match=r"9999.*newer release"):
            migrations.upgrade(empty)

        assert find_revision(empty) == "9999"


class TestUpgrade:
    """A database with people in it."""

    def test_a_file_is_copied_before(self, older: Database) -> None:
        """With everything in it, the last commit too, and for nobody else to read."""
        assert older.file is not None
        older.file.chmod(0o600)
        with older.write() as connection:
            add_people(connection, 3)

        migrations.upgrade(older)

        copy = older.file.with_name("sqlite.db.before-next")
        copied = Database(f"sqlite:///{copy}")
        with copied.read() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM subscriber")) == 3
        copied.close()
        assert oct(copy.stat().st_mode & 0o777) == "0o600"

    def test_without_a_copy_nothing_is_upgraded(self, older: Database) -> None:
        """A full disk, for one."""
        assert older.file is not None
        older.file.with_name("sqlite.db.before-next").mkdir()
        before = find_revision(older)

        with pytest.raises(DatabaseError, match="no copy of it could be made"):
            migrations.upgrade(older)

        assert find_revision(older) == before

    def test_it_waits_for_a_send_to_end(self, older: Database) -> None:
        """The sender's program knows the old tables only."""
        with older.write() as connection:
            held = lease.acquire(connection, lease.name_for_issue(1), DEAD_PROCESS)
        with pytest.raises(TemporaryError, match="an issue is being sent"):
            migrations.upgrade(older)
        with older.write() as connection:
            lease.release(connection, held)

        migrations.upgrade(older)

        assert older.file is not None
        assert older.file.with_name("sqlite.db.before-next").exists()

    def test_a_lease_that_has_ended_is_no_send(self, older: Database) -> None:
        """Whoever died with it keeps nobody waiting for more than half a minute."""
        with older.write() as connection:
            lease.acquire(connection, lease.name_for_issue(1), DEAD_PROCESS)
            connection.execute(sa.update(lease_table).values(until_ms=1))

        migrations.upgrade(older)

        assert older.file is not None
        assert older.file.with_name("sqlite.db.before-next").exists()

    def test_the_last_attempt_of_each_delivery_is_put_on_record(self, empty: Database) -> None:
        """What is deferred is found by it, and whoever asks why is told what is known."""
        with empty.write() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(migrations.__file__).parent))
            config.attributes["connection"] = connection
            command.upgrade(config, "0005-1")
            for statement in OLD_LEDGER:
                connection.execute(sa.text(statement))

        with empty.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0005")
            found = connection.execute(sa.text("SELECT * FROM attempt ORDER BY 2")).all()

        assert [tuple(row) for row in found] == [
            (1, 2, 1, 100, 200, "deferred", "451 later"),
            (1, 3, 2, 0, 200, "rejected", "550 no"),
        ]

    def test_a_tag_that_an_issue_was_for_becomes_a_segment(self, empty: Database) -> None:
        """Whoever goes on with an old plan goes on with its audience."""
        tag = 'a "b" \\ c'
        migrations.make_tables(empty, "0013-1")
        with empty.write() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO issue (id, slug, title, state, is_modified, content_sha256,"
                    " edition_digest, audience_tag, planned_at_ms)"
                    " VALUES (1, 'old', 'Old', 'sent', false, '', '', :tag, 1),"
                    " (2, 'all', 'All', 'sent', false, '', '', '', 1)"
                ),
                {"tag": tag},
            )
        migrations.make_tables(empty, "0013")

        with empty.read() as connection:
            old, everyone = find_issue(connection, "old"), find_issue(connection, "all")

        assert old is not None
        assert everyone is not None
        assert restore_segment(old.segment) == Is("tag", tag)
        assert (everyone.segment, old.segment_name) == ("", "")
