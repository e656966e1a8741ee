"""A newsletter of made-up people in a folder of its own, used by the real commands only."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from newsletter.database import Database, now_ms
from newsletter.errors import NewsletterError
from newsletter.sending.ledger.schema import delivery, issue, schedule
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.settings import environ_without_settings
from subscribers.store.schema import subscriber
from subscribers.subscription import State

CONNECTIONS = 8
#: No command takes so long, however busy the machine.
_PATIENCE_SECONDS = 300.0
#: What the end of a command's words may take in an error.
_MOST_CHARACTERS = 2000
#: It never comes by itself.
_SOME_DAY = "2099-01-01T08:00:00+00:00"
_TEXT = """\
# {title}

Hello {{{{ subscriber.name or "reader" }}}},

this issue is made up, and so are its readers. [A page](https://example.org/{slug}).

{lines}
"""
_LINES = "\n\n".join(["It says nothing that anybody should know. " * 8] * 4)


class DrillError(NewsletterError):
    """The drill itself cannot go on; it says nothing about the promise."""


@dataclass(frozen=True)
class Scratch:
    """A newsletter that nobody misses."""

    folder: Path
    #: Where its messages go.
    server_url: str
    max_in_flight: int
    environ: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Cut it off from the settings that this process was given."""
        ours = {
            "NEWSLETTER_TRANSPORT__URL": self.server_url,
            "NEWSLETTER_TRANSPORT__CONNECTIONS": str(CONNECTIONS),
            "NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT": str(self.max_in_flight),
        }
        object.__setattr__(self, "environ", environ_without_settings() | ours)

    @property
    def database_file(self) -> Path:
        """The ledger."""
        return self.folder / "newsletter.db"

    def begin(self) -> None:
        """Make settings, key and folders."""
        sender, pages = ("--from", "drill@example.org"), ("--base-url", "https://example.org")
        self.run("init", "--name", "Drill", *sender, *pages, "--no-input")

    def add_people(self, count: int) -> None:
        """Import so many confirmed subscribers."""
        people = self.folder / "people.csv"
        rows = (f"reader{number}@example.org,Reader {number}" for number in range(count))
        people.write_text("email,name\n" + "\n".join(rows) + "\n", encoding="utf-8")
        terms = ("--consent-basis", "made up", "--source", "drill")
        self.run("subscribers", "import", str(people), "--status", "confirmed", *terms)

    def count_people(self) -> int:
        """Count whom the next issue is for: whose address was refused before has left."""
        statement = sa.select(sa.func.count()).where(subscriber.c.state == State.CONFIRMED)
        with self._opened() as database, database.read() as connection:
            return connection.execute(statement).scalar_one()

    def write_issue(self, slug: str) -> None:
        """Write an issue that was not sent yet."""
        text = _TEXT.format(title=slug, slug=slug, lines=_LINES)
        (self.folder / "issues" / f"{slug}.md").write_text(text, encoding="utf-8")

    def run(self, *arguments: str, may_end_with: Sequence[int] = (0,)) -> None:
        """Run a command to its end.

        Raises:
            DrillError: It ended otherwise; with its words.
        """
        with self.starting("-m", "newsletter", *self._place(arguments)) as process:
            self.require_end(self.wait(process), may_end_with, arguments)

    @contextmanager
    def starting_victim(
        self, point: str, countdown: int, *arguments: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command that will be killed at a point."""
        trap = ("-m", "newsletter.drill.victim", point, str(countdown))
        with self.starting(*trap, *self._place(arguments)) as process:
            yield process

    @contextmanager
    def starting(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start the interpreter; it does not outlive the block."""
        with self._log_file.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                [sys.executable, *arguments],
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a process; return its code, negative for the signal that ended it.

        Raises:
            DrillError: It does not end.
        """
        try:
            return process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise DrillError(f"a command has not ended in {_PATIENCE_SECONDS:.0f} s") from None

    def require_end(self, code: int, expected: Sequence[int], arguments: Sequence[str]) -> None:
        """Make sure that a command ended as it may.

        Raises:
            DrillError: It did not; with its words.
        """
        if code not in expected:
            words = self._log_file.read_text("utf-8", "replace")[-_MOST_CHARACTERS:].strip()
            raise DrillError(f"`newsletter {' '.join(arguments)}` ended with {code}:\n{words}")

    def schedule_for_now(self, slug: str) -> None:
        """Schedule an issue, and let its time come."""
        self.run("send", slug, "--at", _SOME_DAY, "--yes")
        with self._opened() as database, database.write() as connection:
            now = now_ms(connection.dialect.name)
            connection.execute(sa.update(schedule).values(due_at_ms=now))

    def serve_until_killed(self, point: str) -> int:
        """Serve until the first time a point is come to; return the code, as `wait` does."""
        with self.starting_victim(point, 1, "serve", "--port", "0") as process:
            return self.wait(process)

    def let_time_pass(self) -> None:
        """Make everything due that was put off."""
        statement = sa.update(delivery).where(delivery.c.status == DeliveryStatus.DEFERRED)
        with self._opened() as database, database.write() as connection:
            connection.execute(statement.values(next_at_ms=0))

    def read_ledger(self, slug: str) -> dict[str, DeliveryStatus]:
        """Read where the delivery of each address stands; empty for what was never planned."""
        statement = (
            sa.select(subscriber.c.address, delivery.c.status)
            .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
            .join(issue, issue.c.id == delivery.c.issue_id)
            .where(issue.c.slug == slug)
        )
        with self._opened() as database, database.read() as connection:
            return {
                address: DeliveryStatus(status) for address, status in connection.execute(statement)
            }

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        database = Database(f"sqlite:///{self.database_file}")
        try:
            yield database
        finally:
            database.close()

    @property
    def _log_file(self) -> Path:
        return self.folder / "commands.log"

    def _place(self, arguments: Sequence[str]) -> tuple[str, ...]:
        return ("-C", str(self.folder), *arguments)
