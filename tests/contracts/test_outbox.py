"""The outbox keeps its promises on SQLite and on PostgreSQL alike."""

import threading
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.errors import NextHopDownError, TransportError
from newsletter.outbox.entry import Entry, Kind, Status
from newsletter.outbox.history import count_by_status, list_entries
from newsletter.outbox.letters import list_due, record_intents, take_over
from newsletter.outbox.requests import list_asked
from newsletter.outbox.schema import outbox
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.process import Process
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    Rejected,
    Report,
)
from newsletter.usecases.sign_up import SignUp, sign_up
from newsletter.usecases.suppress_addresses import suppress_address
from newsletter.usecases.work import LEASE_NAME, Worker
from subscribers.address import EmailAddress
from subscribers.suppression import SuppressionReason
from tests.contracts.people import KEYS, NOON
from tests.contracts.readers import DAY_MS, open_installation
from tests.contracts.sends import DEAD_PROCESS

MINUTE_MS = 60_000
KIM = EmailAddress.parse("kim@example.org")


@dataclass
class Script:
    """A next hop that answers as it is told, one message after the other; then it accepts."""

    answers: list[Outcome | TransportError | None] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Take one at a time."""
        if self.answers and isinstance(self.answers[0], TransportError):
            raise self.answers.pop(0)  # type: ignore[misc]
        while taken := await recipients.take():
            answer = self.answers.pop(0) if self.answers else Accepted("250 ok")
            self.messages.append(template.splice(taken[0]))
            if answer is not None and not isinstance(answer, TransportError):
                report(taken[0].delivery_id, answer)


@dataclass
class Office:
    """An installation, its next hop and its clock."""

    database: Database
    script: Script = field(default_factory=Script)
    clock: list[int] = field(default_factory=lambda: [NOON])

    def __post_init__(self) -> None:
        self.installation = open_installation(self.database, self.script, self.clock)
        self.worker = Worker(self.installation)

    def ask(self, *addresses: str) -> None:
        """Send the form for each address."""
        for address in addresses:
            request = SignUp(address=EmailAddress.parse(address), form="page", wording="Yes.")
            sign_up(self.installation, request)

    def work(self, *answers: Outcome | TransportError | None) -> None:
        """Let the worker work, and the next hop answer so."""
        self.script.answers += answers
        self.worker.work_off()

    def entries(self, address: str = "kim@example.org") -> list[Entry]:
        """List what the outbox tells of an address."""
        address_hash = KEYS.address_hash(EmailAddress.parse(address))
        with self.database.read() as connection:
            return list_entries(connection, subscriber_id=None, address_hash=address_hash)

    def statuses(self) -> dict[Status, int]:
        """Count rows by status, without those that are 0."""
        with self.database.read() as connection:
            return {status: n for status, n in count_by_status(connection).items() if n}


@pytest.fixture
def office(database: Database) -> Office:
    """Return one that nobody has asked anything."""
    return Office(database)


def test_what_was_asked_is_one_row_whatever_is_known(office: Office) -> None:
    """The answer's time must not tell who is subscribed."""
    office.ask("kim@example.org", "kim@example.org")

    with office.database.read() as connection:
        asked = list_asked(connection, limit=10)
    assert [each.kind for each in asked] == [Kind.SIGN_UP] * 2
    assert office.statuses() == {Status.ASKED: 2}


def test_a_row_at_rest_knows_no_address_and_no_token(office: Office) -> None:
    """It only counts, and can be found by a hash."""
    office.ask("kim@example.org")
    office.work()

    with office.database.read() as connection:
        row = connection.execute(sa.select(outbox)).one()
    assert (row.status, row.address, row.nonce, row.details) == ("sent", None, None, "{}")
    assert row.settled_at_ms == NOON


def test_a_deferred_message_waits_and_is_the_same_when_it_comes(office: Office) -> None:
    """Same link, Date and Message-ID: a server that has seen it knows it again."""
    office.ask("kim@example.org")
    office.work(Deferred("451 later"))
    office.work()
    waiting = office.statuses()
    office.clock[0] += 5 * MINUTE_MS
    office.work()

    first, second = office.script.messages
    assert waiting == {Status.WAITING: 1}
    assert first == second
    assert [(e.status, e.attempts, e.repeats) for e in office.entries()] == [(Status.SENT, 2, 0)]


def test_a_rejected_message_is_not_tried_again(office: Office) -> None:
    """Never means never."""
    office.ask("kim@example.org")
    office.work(Rejected("550 5.1.1 unknown"))
    office.clock[0] += DAY_MS
    office.work()

    [entry] = office.entries()
    assert (entry.status, entry.reply, entry.attempts) == (Status.FAILED, "550 5.1.1 unknown", 1)


@pytest.mark.parametrize("nobody_knows", [InDoubt("lost"), None], ids=["in doubt", "no answer"])
def test_in_doubt_it_leaves_once_more_and_no_third_time(
    office: Office, nobody_knows: Outcome | None
) -> None:
    """Without it nobody could confirm; with more of them the form would be a flood."""
    office.ask("kim@example.org")
    for _ in range(3):
        office.work(nobody_knows)
        office.clock[0] += 5 * MINUTE_MS

    first, second = office.script.messages
    assert first == second
    [entry] = office.entries()
    assert (entry.status, entry.attempts, entry.repeats) == (Status.IN_DOUBT, 2, 1)


def test_a_next_hop_that_is_down_leaves_everybody_waiting(office: Office) -> None:
    """Nothing was handed over, so nothing is in doubt."""
    office.ask("kim@example.org", "lee@example.org")
    office.work(NextHopDownError("nobody answers"))
    down = office.statuses()
    office.clock[0] += 2 * MINUTE_MS
    office.work()

    assert down == {Status.WAITING: 2}
    assert office.statuses() == {Status.SENT: 2}
    assert [entry.attempts for entry in office.entries()] == [1]


def test_a_message_whose_link_has_expired_is_not_sent(office: Office) -> None:
    """It would only disappoint."""
    office.ask("kim@example.org")
    office.work(Deferred("451 later"))
    office.clock[0] += 7 * DAY_MS
    office.work()

    assert len(office.script.messages) == 1
    assert Status.WAITING not in office.statuses()


def test_a_complaint_that_comes_while_it_waits_is_heard(office: Office) -> None:
    """Nothing is sent to whoever said no, at the last moment either."""
    office.ask("kim@example.org")
    office.work(Deferred("451 later"))
    suppress_address(office.installation, KIM, SuppressionReason.COMPLAINT, source="report")
    office.clock[0] += 5 * MINUTE_MS
    office.work()

    assert len(office.script.messages) == 1
    assert office.statuses() == {Status.DROPPED: 1}


def test_a_newer_request_takes_the_place_of_a_message_that_waits(office: Office) -> None:
    """The link in the older one would confirm nothing."""
    office.ask("kim@example.org")
    office.work(Deferred("451 later"))
    office.ask("kim@example.org")
    office.clock[0] += 5 * MINUTE_MS
    office.work()

    assert [entry.status for entry in office.entries()] == [Status.DROPPED, Status.SENT]


def test_only_one_worker_works_at_a_time(office: Office) -> None:
    """Two would send everything twice."""
    with office.database.write() as connection:
        lease.acquire(connection, LEASE_NAME, Process.current())
    office.ask("kim@example.org")

    with pytest.raises(LeaseHeldError):
        office.work()

    assert office.script.messages == []


@pytest.mark.parametrize(("repeats_safely", "third"), [(True, "waiting"), (False, "in_doubt")])
def test_what_a_dead_worker_left_is_taken_over(
    office: Office, repeats_safely: bool, third: str
) -> None:
    """Once where nobody knows; each time where the next hop keeps one of them anyway."""
    office.ask("kim@example.org")
    office.work(Deferred("451 later"))
    found = []
    for epoch in (10, 20):
        with office.database.write() as connection:
            due = list_due(connection, limit=10, now_ms=NOON + DAY_MS)
            record_intents(connection, due, epoch=epoch, now_ms=NOON)
        with office.database.write() as connection:
            take_over(connection, epoch=epoch + 1, now_ms=NOON, repeats_safely=repeats_safely)
        found.append(str(office.entries()[0].status))

    assert found == ["waiting", third]


def test_a_worker_takes_over_from_a_dead_one_at_once(office: Office) -> None:
    """Whoever was killed on this machine holds nothing any more."""
    with office.database.write() as connection:
        lease.acquire(connection, LEASE_NAME, DEAD_PROCESS)
    office.ask("kim@example.org")
    office.work()

    assert office.statuses() == {Status.SENT: 1}


def test_messages_of_several_kinds_and_languages_all_leave(office: Office) -> None:
    """Each has a template of its own."""
    for address, language in (("kim@example.org", "ko"), ("lee@example.org", "en")):
        request = SignUp(
            address=EmailAddress.parse(address), language=language, form="page", wording="Yes."
        )
        sign_up(office.installation, request)
    office.work()

    assert office.statuses() == {Status.SENT: 2}


def test_what_came_to_rest_is_forgotten_after_a_month(office: Office) -> None:
    """It told what became of a message, and nobody asks any more."""
    office.ask("kim@example.org")
    office.work()
    office.clock[0] += 31 * DAY_MS
    office.work()

    assert office.statuses() == {}


def test_a_worker_that_is_woken_works_at_once_and_stops_when_told(office: Office) -> None:
    """The form's confirmation leaves in the same second."""
    stop = threading.Event()
    thread = threading.Thread(target=office.worker.run, args=[stop])
    thread.start()
    office.ask("kim@example.org")
    office.worker.wake()
    deadline = threading.Event()
    for _ in range(100):
        if office.statuses() == {Status.SENT: 1}:
            break
        deadline.wait(0.1)
    stop.set()
    office.worker.wake()
    thread.join(5)

    assert office.statuses() == {Status.SENT: 1}
    assert not thread.is_alive()
