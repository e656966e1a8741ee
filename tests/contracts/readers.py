"""An installation whose readers sign up, confirm and leave; its clock is set by hand."""

import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.operators.schema import METADATA as OPERATORS
from newsletter.outbox.schema import METADATA as OUTBOX
from newsletter.sending.ledger.installation import record_fingerprint
from newsletter.sending.ledger.schema import METADATA as LEDGER
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.memory import MemoryTransport
from newsletter.sending.transports.transport import Report, Transport
from newsletter.settings import DatabaseSettings, Settings, TransportSettings
from newsletter.usecases.installation import Installation
from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.usecases.work import Worker
from subscribers.address import EmailAddress
from subscribers.keyring import Keyring
from subscribers.store.schema import METADATA as SUBSCRIBERS
from subscribers.store.subscribers import find_subscriber
from subscribers.subscriber import Subscriber
from tests.contracts.people import KEYS, NOON
from tests.contracts.sends import RETRY_SCHEDULE
from tests.unit.sample_messages import NEWSLETTER

DAY_MS = 24 * 3_600_000
NETWORK = "203.0.113.0/24"
WORDING = "I want to receive Weekly by mail, until I say otherwise."


@dataclass
class Mailbox:
    """A next hop that keeps every message in the order in which it came."""

    messages: list[EmailMessage] = field(default_factory=list)

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Keep each message."""
        hop = MemoryTransport()
        await hop.deliver(template, recipients, report)
        for raw in hop.delivered.values():
            message = BytesParser(policy=email.policy.default).parsebytes(raw)
            assert isinstance(message, EmailMessage)
            self.messages.append(message)


@dataclass
class Readers:
    """Readers of one newsletter, and the worker that answers them."""

    installation: Installation
    mailbox: Mailbox
    clock: list[int]

    def __post_init__(self) -> None:
        self._worker = Worker(self.installation)

    @classmethod
    def of(cls, database: Database, *, keys: Keyring = KEYS) -> "Readers":
        """Make an installation on a database."""
        mailbox, clock = Mailbox(), [NOON]
        installation = open_installation(database, mailbox, clock, keys=keys)
        return cls(installation, mailbox, clock)

    def sign_up(
        self,
        address: str = "kim@example.org",
        *,
        name: str = "",
        language: str = "en",
        tag: str = "",
    ) -> list[EmailMessage]:
        """Send the form and let the worker work; return what was sent for it."""
        request = SignUp(
            address=EmailAddress.parse(address),
            name=name,
            language=language,
            tags=frozenset({tag} - {""}),
            form="page",
            wording=WORDING,
            network=NETWORK,
        )
        sign_up(self.installation, request)
        return self.work()

    def work(self) -> list[EmailMessage]:
        """Let the worker do what there is to do; return what was sent."""
        before = len(self.mailbox.messages)
        self._worker.work_off()
        return self.mailbox.messages[before:]

    def wait(self, milliseconds: int) -> list[EmailMessage]:
        """Let time pass and the worker work."""
        self.clock[0] += milliseconds
        return self.work()

    def find(self, address: str = "kim@example.org") -> Subscriber | None:
        """Find a person by an address."""
        with self.installation.database.read() as connection:
            return find_subscriber(connection, self.hash_of(address))

    def state(self, address: str = "kim@example.org") -> str:
        """Tell a person's state; empty for nobody."""
        person = self.find(address)
        return str(person.state) if person else ""

    def hash_of(self, address: str = "kim@example.org") -> bytes:
        """Hash an address as this installation does."""
        return self.installation.keys.address_hash(EmailAddress.parse(address))

    def everything(self) -> str:
        """Write out every row of every table, to look for what must not be there."""
        with self.installation.database.read() as connection:
            return "\n".join(
                f"{table.name} {row}"
                for metadata in (SUBSCRIBERS, LEDGER, OUTBOX, OPERATORS)
                for table in metadata.sorted_tables
                for row in connection.execute(sa.select(table))
            )


def open_installation(
    database: Database, transport: Transport, clock: list[int], *, keys: Keyring = KEYS
) -> Installation:
    """Open an installation with settings of its own."""
    with database.write() as connection:
        record_fingerprint(connection, keys.fingerprint, now_ms=clock[0])
    settings = Settings(
        folder=Path("/nowhere"),
        newsletter=NEWSLETTER,
        database=DatabaseSettings(url="sqlite://"),
        transport=TransportSettings(url="memory:"),
    )
    return Installation(
        settings=settings,
        keys=keys,
        database=database,
        signing_keys=(),
        transport=transport,
        transport_name="memory:",
        max_in_flight=64,
        retry_schedule=RETRY_SCHEDULE,
        now_ms=lambda: clock[0],
    )


def read_link(message: EmailMessage, path: str) -> str:
    """Read the token of a link with this path from a message's plain text."""
    part = message.get_body(("plain",))
    assert part is not None
    found = re.search(rf"/{path}/([\w-]+)", part.get_content())
    assert found is not None
    return found[1]
