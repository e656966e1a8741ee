"""A newsletter on PostgreSQL, workers that are processes, and a next hop that counts."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.drill.next_hop import NextHop
from newsletter.errors import TemporaryError
from newsletter.sending.ledger.schema import delivery, issue
from newsletter.sending.ledger.status import IssueState
from tests.acceptance.killed import ISSUE, Newsletter, make_newsletter

#: Longer than anything here takes.
PATIENCE_SECONDS = 60.0
CONNECTIONS = 4
MAX_IN_FLIGHT = 16


@dataclass(frozen=True)
class Workplace:
    """A planned newsletter, and what its workers do."""

    newsletter: Newsletter
    next_hop: NextHop
    database: Database

    @property
    def log(self) -> Path:
        """What the commands said."""
        return self.newsletter.folder / "commands.log"

    @contextmanager
    def starting(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command; it does not outlive the block, even if it is frozen."""
        with self.log.open("a") as log:
            process = subprocess.Popen(
                self.newsletter.command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.newsletter.environ,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @contextmanager
    def working(self, count: int = 1, *options: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Start workers."""
        if not count:
            yield []
            return
        with self.starting("worker", *options) as one, self.working(count - 1, *options) as others:
            yield [one, *others]

    @property
    def database_name(self) -> str:
        """The name of the database on its server."""
        with self.database.read() as connection:
            return str(connection.execute(sa.text("SELECT current_database()")).scalar_one())

    def plan(self) -> None:
        """Plan the issue and offer its chunks, and send nothing of it."""
        with self.starting("send", ISSUE, "--yes") as process:
            self.wait_until(lambda: self.tally() != {})
            process.kill()

    def control(self, *arguments: str) -> None:
        """Run a command to its end."""
        self.newsletter.run(*arguments)

    def tally(self) -> dict[str, int]:
        """Count the deliveries by where they stand."""
        statement = sa.select(delivery.c.status, sa.func.count()).group_by(delivery.c.status)
        with self.database.read() as connection:
            return dict(connection.execute(statement).all())

    def state(self) -> IssueState:
        """Tell where the issue stands."""
        with self.database.read() as connection:
            return IssueState(connection.execute(sa.select(issue.c.state)).scalar_one())

    def owners(self) -> set[int]:
        """List the numbers of the processes that hold a chunk at this moment."""
        statement = sa.text("SELECT owner FROM lease WHERE name LIKE 'issue:%' AND owner <> ''")
        with self.database.read() as connection:
            owners = connection.execute(statement).scalars()
            return {int(owner.rsplit("/", 2)[1]) for owner in owners}

    def age_leases(self, process: subprocess.Popen[bytes]) -> None:
        """Let the time pass that a silent owner keeps what he holds."""
        statement = sa.text("UPDATE lease SET until_ms = 0 WHERE owner LIKE :owner")
        with self.database.write() as connection:
            connection.execute(statement, {"owner": f"%/{process.pid}/%"})

    def wait_until(self, is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until something is so, also while the database does not answer."""
        end = time.monotonic() + seconds
        while not is_known(is_so):
            assert time.monotonic() < end, (self.tally(), self.log.read_text("utf-8")[-4000:])
            time.sleep(0.02)

    def wait_until_sent(self) -> None:
        """Wait until nothing of the issue remains."""
        self.wait_until(lambda: self.state() is IssueState.SENT)

    def most_messages(self) -> int:
        """Count the messages that the address which got most of them got."""
        return max((self.next_hop.accepted + self.next_hop.unanswered).values())


def make_workplace(
    folder: Path, database_url: str, next_hop: NextHop, *, people: int, **environ: str
) -> Workplace:
    """Make a newsletter whose next hop is running already."""
    transport = {
        "NEWSLETTER_DATABASE__URL": database_url,
        "NEWSLETTER_TRANSPORT__URL": next_hop.url,
        "NEWSLETTER_TRANSPORT__CONNECTIONS": str(CONNECTIONS),
        "NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT": str(MAX_IN_FLIGHT),
    }
    newsletter = make_newsletter(folder, people, transport | environ)
    return Workplace(newsletter, next_hop, Database(database_url))


def freeze(process: subprocess.Popen[bytes]) -> None:
    """Stop a process where it stands."""
    process.send_signal(signal.SIGSTOP)


def wake(process: subprocess.Popen[bytes]) -> None:
    """Let it go on."""
    process.send_signal(signal.SIGCONT)


@contextmanager
def without_database(server: sa.URL, name: str) -> Iterator[None]:
    """Cut every connection to a database, and let nobody in until the end of the block."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    allow = f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS "
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    with engine.connect() as connection:
        connection.execute(sa.text(allow + "false"))
        connection.execute(sa.text(cut), {"name": name})
        yield
        connection.execute(sa.text(allow + "true"))
    engine.dispose()


def is_known(is_so: Callable[[], bool]) -> bool:
    """Tell whether something is so, as far as the database says."""
    with suppress(TemporaryError):
        return is_so()
    return False
