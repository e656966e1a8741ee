"""A database of the first release that is upgraded, and killed in the middle of it."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import closing

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.drill.kills import Wish
from newsletter.drill.promise import Breach, Fault
from newsletter.drill.scratch import Scratch

_OLDEST = "0001"
_DELIVERIES = 100
#: As the first release wrote them; its tables never change again.
_ISSUE = sa.text(
    "INSERT INTO issue (id, slug, title, state, is_modified, content_sha256, edition_digest,"
    " planned_at_ms) VALUES (1, 'old', 'Old', 'sent', false, '', '', 0)"
)
_DELIVERY = sa.text(
    "INSERT INTO delivery (issue_id, subscriber_id, status) VALUES (1, :number, 'sent')"
)


class UpgradeDrill:
    """The same old database, upgraded as often as it is to be killed."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._old = scratch.folder / "old.db"
        scratch.begin()
        with closing(Database(f"sqlite:///{self._old}")) as database:
            migrations.make_tables(database, _OLDEST)
            with database.write() as connection:
                connection.execute(_ISSUE)
                connection.execute(_DELIVERY, [{"number": n} for n in range(_DELIVERIES)])
            database.empty_journal()

    def kill(self, wish: Wish) -> list[Breach] | None:
        """Have an upgrade killed, then upgrade; list what broke. None when it ended before."""
        for file in self._scratch.folder.glob("newsletter.db*"):
            file.unlink()
        shutil.copy(self._old, self._scratch.database_file)
        command = ("db", "upgrade")
        with self._scratch.starting_victim(wish.point, wish.countdown, *command) as process:
            code = self._scratch.wait(process)
        if code != -signal.SIGKILL:
            self._scratch.require_end(code, (0,), command)
            return None
        breaches = list(self._find_breaches({_OLDEST, migrations.NEWEST_REVISION}))
        self._scratch.run(*command)
        return breaches + list(self._find_breaches({migrations.NEWEST_REVISION}))

    def _find_breaches(self, revisions: set[str]) -> Iterator[Breach]:
        """Look whether the tables are of one of these revisions, whole, with every row."""
        with (
            closing(Database(f"sqlite:///{self._scratch.database_file}")) as database,
            database.read() as connection,
        ):
            found = migrations.find_revision(connection)
            health = connection.scalar(sa.text("PRAGMA integrity_check"))
            left = connection.scalar(sa.text("SELECT count(*) FROM delivery WHERE status = 'sent'"))
        if found not in revisions or health != "ok":
            words = f"is at revision {found}, and its check says {health}"
            yield Breach(Fault.HALF_DONE, "the database", words)
        if left != _DELIVERIES:
            yield Breach(Fault.LOST, "the old issue", f"has {left} of {_DELIVERIES} deliveries")
