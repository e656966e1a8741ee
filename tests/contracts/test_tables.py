"""The rows of a newsletter are carried from any database into any other, and none is missing."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import DatabaseError
from newsletter.operators.schema import operator_session
from newsletter.sending.ledger.schema import delivery, issue
from newsletter.tables.carried import CARRIED
from newsletter.tables.digest import Digest, encode_row
from newsletter.tables.fill import digest_table, fill_table
from newsletter.tables.numbers import find_last_number, gives_numbers, set_last_number
from newsletter.tables.rows import read_rows
from newsletter.web.limits import METADATA as LIMITS
from subscribers.store.schema import subscriber
from tests.contracts.sends import add_people


@pytest.fixture
def target(empty_database_url: str) -> Iterator[Database]:
    """Yield a second database with every table and no rows."""
    database = Database(empty_database_url)
    migrations.upgrade(database)
    yield database
    database.close()


def test_every_table_is_carried_but_those_that_say_nothing_later(database: Database) -> None:
    """A table that is forgotten here would be empty after a restore."""
    with database.read() as connection:
        there = set(sa.inspect(connection).get_table_names())

    # A queue's job may be lost: workers find out by themselves what is due.
    queue = {name for name in there if name.startswith(("procrastinate_", "queue_"))}
    left = {"alembic_version", operator_session.name, *LIMITS.tables, *queue}
    assert there == {table.name for table in CARRIED} | left
    assert all("id" in table.c for table in CARRIED if gives_numbers(table))


def test_rows_arrive_in_the_other_database_as_they_were(
    sqlite_database: Database, target: Database
) -> None:
    """Numbers, texts, bytes, NULL and true, compared by what they come to."""
    with sqlite_database.write() as connection:
        add_people(connection, 3)
        connection.execute(
            sa.insert(issue).values(
                slug="issue", title="Ünïcode \\N \t\n", state="sending", is_modified=True,
                content_sha256="", edition_digest="", planned_at_ms=1, rate_per_second=0.1,
            )
        )  # fmt: skip
        rows = [{"issue_id": 1, "subscriber_id": n, "reply": "250 ok"} for n in (1, 2)]
        connection.execute(sa.insert(delivery), rows)

    with sqlite_database.read() as source, target.write() as connection:
        for table in CARRIED:
            arrived = fill_table(connection, table, read_rows(source, table))
            assert arrived.digest == digest_table(source, table).hexadecimal

    with target.read() as connection:
        assert connection.execute(sa.select(issue.c.title, issue.c.is_modified)).one() == (
            "Ünïcode \\N \t\n",
            True,
        )
        assert digest_table(connection, delivery).rows == 2
        assert digest_table(connection, subscriber).rows == 3


def test_a_number_is_not_given_twice_in_another_database(database: Database) -> None:
    """The ledger knows people by their numbers after they are gone."""
    with database.write() as connection:
        set_last_number(connection, "subscriber", 41)
        add_people(connection, 1)
        numbers = connection.scalars(sa.select(subscriber.c.id)).all()

        assert numbers == [42]
        assert find_last_number(connection, subscriber) == 42


def test_a_row_that_postgresql_cannot_hold_is_told_without_its_words(postgresql_url: str) -> None:
    """SQLite keeps a NUL in a text; what the driver says could hold an address."""
    database = Database(postgresql_url)
    row = (1, b"1" * 16, "kim\0@example.org", b"1" * 16, "", "", "", "{}", "confirmed", 0, 0, 0, 0)

    with pytest.raises(DatabaseError) as error, database.write() as connection:
        fill_table(connection, subscriber, [[row]])

    assert "table subscriber" in str(error.value)
    assert "kim" not in str(error.value)
    database.close()


def test_a_digest_tells_a_doubled_row_and_does_not_see_the_order() -> None:
    """Two databases read a table in two orders."""
    one, other, doubled = Digest(), Digest(), Digest()
    lines = [encode_row(row) for row in [(1, "a", None), (2, b"\x00", True)]]

    one.add(lines)
    other.add(reversed(lines))
    doubled.add([*lines, lines[0]])

    assert one.hexadecimal == other.hexadecimal
    assert one.hexadecimal != doubled.hexadecimal
