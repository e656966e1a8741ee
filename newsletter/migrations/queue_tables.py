"""The tables of the queue that workers take their jobs from: Procrastinate's own, on a server.

They come with the package. Which of its changes a database has is written down, so that a
revision of ours which calls `upgrade_queue` brings them to what the installed package needs,
whatever it found.
"""

from importlib import resources
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PACKAGE: Final = "procrastinate.sql"
_APPLIED: Final = sa.Table(
    "queue_change", sa.MetaData(), sa.Column("name", sa.Text, nullable=False)
)


def upgrade_queue(connection: sa.Connection) -> None:
    """Make the queue's tables, or bring them up to date; a file has no queue.

    Args:
        connection: In the transaction of a revision.
    """
    if connection.dialect.name == "sqlite":
        return
    is_new = not sa.inspect(connection).has_table(_APPLIED.name)
    _APPLIED.create(connection, checkfirst=True)
    known = set(connection.execute(sa.select(_APPLIED.c.name)).scalars())
    missing = [each for each in _list_changes() if each.name not in known]
    if is_new:
        # It has all changes in it that the package knows.
        _run(connection, resources.files(_PACKAGE) / "schema.sql")
    else:
        for each in missing:
            _run(connection, each)
    if missing:
        connection.execute(sa.insert(_APPLIED), [{"name": each.name} for each in missing])


def _list_changes() -> list["Traversable"]:
    """List the package's changes in their order; each is one file."""
    found = (resources.files(_PACKAGE) / "migrations").iterdir()
    return sorted(
        (each for each in found if each.name.endswith(".sql")), key=lambda each: each.name
    )


def _run(connection: sa.Connection, file: "Traversable") -> None:
    # As it stands: the driver would take a percent sign for a parameter's.
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection in a transaction has one"  # noqa: S101 - for mypy
    driver.execute(file.read_text("utf-8"))
