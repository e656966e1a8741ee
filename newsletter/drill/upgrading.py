"""A database of the first release that is upgraded, and killed in the middle of it."""

import shutil
import signal
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.drill.points import Point
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


@dataclass(frozen=True, slots=True)
class KilledUpgrade:
    """What a killed upgrade left."""

    #: Of the tables, before they were upgraded again.
    revision: str | None
    breaches: list[Breach]


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

    def kill(self, point: Point, countdown: int) -> KilledUpgrade | None:
        """Have an upgrade killed, then upgrade; None when it ended before."""
        for file in self._scratch.folder.glob("newsletter.db*"):
            file.unlink()
        shutil.copy(self._old, self._scratch.database_file)
        command = ("db", "upgrade")
        with self._scratch.starting_victim(point, countdown, *command) as process:
            code = self._scratch.wait(process)
        if code != -signal.SIGKILL:
            self._scratch.require_end(code, (0,), command)
            return None
        revision, breaches = self._look({_OLDEST, migrations.NEWEST_REVISION})
        self._scratch.run(*command)
        return KilledUpgrade(revision, breaches + self._look({migrations.NEWEST_REVISION})[1])

    def _look(self, revisions: set[str]) -> tuple[str | None, list[Breach]]:
        """Look whether the tables are of one of these revisions, whole, with every row."""
        with (
            closing(Database(f"sqlite:///{self._scratch.database_file}")) as database,
            database.read() as connection,
        ):
            found = migrations.find_revision(connection)
            health = connection.scalar(sa.text("PRAGMA integrity_check"))
            left = connection.scalar(sa.text("SELECT count(*) FROM delivery WHERE status = 'sent'"))
        breaches = []
        if found not in revisions or health != "ok":
            words = f"is at revision {found}, and its check says {health}"
            breaches.append(Breach(Fault.HALF_DONE, "the database", words))
        if left != _DELIVERIES:
            words = f"has {left} of {_DELIVERIES} deliveries"
            breaches.append(Breach(Fault.LOST, "the old issue", words))
        return found, breaches
