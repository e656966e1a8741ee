"""A database restored from a backup: noticed, kept from sending, and accepted by the operator.

The ledger of a backup does not know what left since, and would send it again. So each machine
keeps beside its key file how far it has seen the database go.
"""

import secrets
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from newsletter.errors import RefusedError, TemporaryError
from newsletter.log import Log
from newsletter.mark_file import Mark, find_mark, locate_mark, write_mark
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import mark as marks
from newsletter.sending.ledger import plan
from newsletter.usecases.installation import Installation

#: A run raises the mark at its begin and end, and this often meanwhile. A backup made within so
#: much time of the death of its machine is not noticed.
EVERY_SECONDS: Final = 5.0

_log = Log(__name__)


def notice_restored(installation: Installation) -> None:
    """Look whether the database is behind this machine's mark; if so, pause all that is unended.

    Costs a small file and a row. Raises nothing: whoever wants to send asks `refuse_restored`.
    """
    known = find_mark(locate_mark(installation.settings))
    if known is None:
        return
    with installation.database.read() as connection:
        if not _is_behind(connection, known):
            return
    with installation.database.write() as connection:
        if _is_behind(connection, known):
            _note(connection, installation, known)


def refuse_restored(installation: Installation, connection: sa.Connection) -> None:
    """Stand against sending from a restored database until the operator has accepted it.

    Raises:
        RefusedError: Says what happened, which issues are not to be sent again, and how to go on.
    """
    if marks.find_restored(connection) is None:
        return
    raise RefusedError(
        "the database was restored from a backup, or came in a parcel: it is behind what this"
        " newsletter has sent. What left since is not in it, nor who left or signed up since."
        " Issues under way are paused, and what remained of them is in doubt. An issue that was"
        " begun since then is unknown to it and would go to everyone again. When you know what to"
        " do: newsletter db accept-restore",
        problems=[
            f"{slug} was sent from this machine, and the database does not know it"
            for slug in list_forgotten(installation, connection)
        ],
    )


def accept_restored(installation: Installation) -> tuple[bool, list[str]]:
    """Let the newsletter send again; tell whether it was kept from it, and `list_forgotten`."""
    with installation.database.write() as connection:
        forgotten = list_forgotten(installation, connection)
        installation.record_action(connection, ActionKind.ACCEPT_RESTORE)
        return marks.accept_restored(connection), forgotten


def list_forgotten(installation: Installation, connection: sa.Connection) -> list[str]:
    """List the issues that were sent from this machine and that the database does not know."""
    known = find_mark(locate_mark(installation.settings))
    if known is None or known.database != marks.get_first_use(connection):
        return []
    return [slug for slug in known.slugs if plan.find_issue(connection, slug) is None]


class MarkKeeper:
    """Raises this machine's mark while something is sent."""

    def __init__(
        self,
        installation: Installation,
        slug: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing raised.

        Args:
            installation: Whose mark it is.
            slug: The issue that is sent; empty for system messages.
            clock: Seconds, monotonic.
        """
        self._installation = installation
        self._slug = slug
        self._clock = clock
        self._due = 0.0

    def raise_if_due(self) -> None:
        """Raise it, unless it was raised just now; a database that is locked is asked later."""
        if self._clock() >= self._due:
            try:
                self.raise_mark()
            except TemporaryError:
                self._due = self._clock() + EVERY_SECONDS

    def raise_mark(self) -> None:
        """Raise it in the database, then in the file.

        Never the other way round: a process that dies between would leave a file that calls its
        own database restored. A file that cannot be written is told in the log and stops nobody.
        """
        installation = self._installation
        path = locate_mark(installation.settings)
        known = find_mark(path)
        with installation.database.write() as connection:
            first_use = marks.get_first_use(connection)
            if known is None or known.database != first_use:
                known = Mark(database=first_use, id=secrets.token_hex(8), number=0)
            elif _is_behind(connection, known):
                # Restored under our feet; whoever sends hears of the pause with his next commit.
                _note(connection, installation, known)
            number = marks.raise_number(connection, known.id, least=known.number)
        try:
            write_mark(path, known.raised(number, self._slug))
        except OSError as error:
            _log.warning(
                "the mark cannot be written: a restored backup would not be noticed",
                file=str(path),
                reason=error.strerror,
            )
        self._due = self._clock() + EVERY_SECONDS


def _is_behind(connection: sa.Connection, known: Mark) -> bool:
    """Tell whether this very database has been further than it is."""
    if marks.get_first_use(connection) != known.database:
        return False
    return marks.find_number(connection, known.id) < known.number


def _note(connection: sa.Connection, installation: Installation, known: Mark) -> None:
    marks.note_restored(connection, now_ms=installation.now_ms())
    marks.raise_number(connection, known.id, least=known.number)
