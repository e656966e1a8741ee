"""Copy a newsletter into another database, from SQLite to PostgreSQL or any other way.

Both call themselves the same: their mark and their first use are. So whichever is used first to
send is ahead of the other, and who then opens the other is told that it was restored from a backup
and sends nothing.
"""

from collections.abc import Callable

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import TemporaryError
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger.schema import lease
from newsletter.tables.carried import CARRIED
from newsletter.tables.fill import Arrived, continue_numbers, digest_table, fill_table
from newsletter.tables.numbers import find_last_number, gives_numbers
from newsletter.tables.rows import read_rows
from newsletter.usecases.empty_database import refuse_filled
from newsletter.usecases.installation import Installation

_WHAT = "the newsletter is to be copied"


def copy_database(
    installation: Installation, url: str, *, on_rows: Callable[[int], None]
) -> tuple[Arrived, ...]:
    """Copy everything into an empty database, whole or not at all; the source stays as it is.

    Each table is read again where it arrived and compared. Leases are copied as they are, held by
    nobody, since their epochs must only grow.

    Args:
        installation: Nobody may be sending, nor `newsletter serve` be running.
        url: Of the other database, in SQLAlchemy's form.
        on_rows: Hears how many rows each page had.

    Raises:
        TemporaryError: Somebody sends, or began to while it was copied.
        RefusedError: The other database has rows.
        DatabaseError: It does not take a row, or cannot be used.
    """
    with installation.database.write() as connection:
        migrations.refuse_during_a_send(connection, _WHAT)
        installation.record_action(connection, ActionKind.COPY)
    target = Database(url)
    try:
        migrations.upgrade(target)
        with installation.database.read() as source, target.write() as connection:
            refuse_filled(connection)
            copied = tuple(
                fill_table(connection, table, read_rows(source, table), on_rows=on_rows)
                for table in CARRIED
            )
            numbers = {t.name: find_last_number(source, t) for t in CARRIED if gives_numbers(t)}
            continue_numbers(connection, numbers)
            _refuse_if_begun(installation, copied)
    finally:
        target.close()
    return copied


def _refuse_if_begun(installation: Installation, copied: tuple[Arrived, ...]) -> None:
    """Look whether somebody began to send meanwhile: what he has done is not in the copy."""
    with installation.database.read() as connection:
        now = digest_table(connection, lease).hexadecimal
    if now not in {each.digest for each in copied if each.name == lease.name}:
        raise TemporaryError(f"{_WHAT}, and somebody began to send meanwhile; nothing was copied")
