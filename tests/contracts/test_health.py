"""What a supervisor or a load balancer is told of the database, on both."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.migrations import NEWEST_REVISION
from newsletter.usecases.look_at_health import is_well, look_at_health


@pytest.mark.parametrize(
    ("is_worker_alive", "told"),
    [
        (lambda: True, {"worker": "ok"}),
        (lambda: False, {"worker": "does not work"}),
        (None, {}),
    ],
)
def test_a_process_tells_of_its_own_workers_only(
    database: Database, is_worker_alive: Callable[[], bool] | None, told: dict[str, str]
) -> None:
    """Who looks after others, or only sends, has none that could be well."""
    found = look_at_health(database, is_worker_alive=is_worker_alive)

    assert found == {"database": "ok", "tables": "ok", **told}
    assert is_well(found) == ("does not work" not in told.values())


def test_tables_of_another_release_are_not_well(database: Database) -> None:
    """An upgrade that was forgotten, or a program that was."""
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        found = look_at_health(database, is_worker_alive=None)
    finally:
        with database.write() as connection:
            connection.execute(
                sa.text("UPDATE alembic_version SET version_num = :newest"),
                {"newest": NEWEST_REVISION},
            )

    assert found == {"database": "ok", "tables": "have another revision"}


def test_a_standby_is_not_well(empty_server_url: str) -> None:
    """It answers, and takes no sign-up."""
    standby = Database(f"{empty_server_url}&options=-cdefault_transaction_read_only%3Don")
    found = look_at_health(standby, is_worker_alive=None)
    standby.close()

    assert found == {"database": "is read-only", "tables": "ok"}


def test_a_server_that_is_gone_is_not_well() -> None:
    """No words of the driver: anybody may read these."""
    gone = Database("postgresql+psycopg://me:secret@127.0.0.1:1/weekly")

    found = look_at_health(gone, is_worker_alive=None)

    assert found == {"database": "does not answer", "tables": "unknown"}
