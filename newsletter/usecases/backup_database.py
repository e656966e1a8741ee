"""Write the whole newsletter into one file, as of one moment, while others go on writing."""

from collections.abc import Callable
from pathlib import Path

from newsletter import migrations
from newsletter.errors import RefusedError, UserError
from newsletter.operators.actions import ActionKind
from newsletter.tables.backup_file import TableEnd, write_backup
from newsletter.usecases.installation import Installation
from newsletter.whole_file import open_whole_file


def backup_database(
    installation: Installation, path: Path, *, on_rows: Callable[[int], None]
) -> dict[str, TableEnd]:
    """Make a backup; return what was written of each table.

    Only its owner may read the file, for it holds everybody's address. The key file is not in it.

    Args:
        installation: Whose newsletter it is; it may be sending.
        path: A file that is not there yet; it appears whole or not at all.
        on_rows: Hears how many rows each page had.

    Raises:
        RefusedError: There is such a file.
        UserError: It cannot be written.
    """
    if path.exists():
        raise RefusedError(f"{path}: there is such a file already; a backup replaces none")
    with installation.database.write() as connection:
        installation.record_action(connection, ActionKind.BACKUP)
    try:
        with open_whole_file(path) as file, installation.database.read() as connection:
            return write_backup(
                file,
                connection,
                revision=migrations.NEWEST_REVISION,
                now_ms=installation.now_ms(),
                on_rows=on_rows,
            )
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
