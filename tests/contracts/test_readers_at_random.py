"""A reader's life at random: whatever happens, nobody is mailed against his no."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from newsletter.database import Database
from newsletter.migrations import upgrade
from newsletter.sending.ledger import deliveries, plan
from newsletter.usecases.confirm import confirm
from newsletter.usecases.disown import disown
from newsletter.usecases.erase import erase
from newsletter.usecases.import_subscribers import import_subscribers
from newsletter.usecases.leave import come_back, leave
from newsletter.usecases.suppress_addresses import lift_suppression, suppress_address
from subscribers.address import EmailAddress
from subscribers.errors import SubscribersError
from subscribers.exchange.csv_import import ImportTerms
from subscribers.store.audience import select_audience
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression
from subscribers.subscription import Change, State
from subscribers.suppression import SuppressionReason
from subscribers.tokens import make_token
from tests.contracts.readers import DAY_MS, Readers, read_link
from tests.contracts.sends import AUDIENCE, insert_issue

KIM = EmailAddress.parse("kim@example.org")
TERMS = ImportTerms(state=State.CONFIRMED, basis="a list", source="file")


@cache
def make_template() -> Path:
    """Make a database file with every table once; each life begins with a copy."""
    path = Path(tempfile.mkdtemp(prefix="newsletter-readers-")) / "newsletter.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


class ReaderLife(RuleBasedStateMachine):
    """One address, to which anything may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="newsletter-reader-"))
        file = shutil.copy(make_template(), self.folder / "newsletter.db")
        self.database = Database(f"sqlite:///{file}")
        self.readers = Readers.of(self.database)
        #: Whether mail is what the person, or an operator's list, said last.
        self.agreed = False
        #: Whether the person's last word, or an operator's, was no; an import must not change it.
        self.said_no = False
        #: Whether only an operator may allow another message.
        self.blocked = False
        #: What the link in the newest message would confirm, and whether it still may.
        self.link = ""
        #: The last link that was used to say "this was not me".
        self.disowned = ""
        self.leave_token = ""
        self.can_return_until_ms = 0

    def teardown(self) -> None:
        """Remove the database."""
        self.database.close()
        shutil.rmtree(self.folder)

    @initialize()
    def plan(self) -> None:
        """Have an issue under way, so that the ledger has something to lose."""
        with self.database.write() as connection:
            self.issue_id = insert_issue(connection)
            self.planned = 0

    @rule()
    def sign_up(self) -> None:
        """Let somebody, who may be a stranger, type the address into the form."""
        messages = self.readers.sign_up()
        assert len(messages) <= 1
        assert not (self.blocked and messages), "a message went to somebody who is not to get any"
        for message in messages:
            if "/confirm/" in message.as_string():
                self.link = read_link(message, "confirm")

    @rule()
    def confirm(self) -> None:
        """Press the button of the newest confirmation, whenever that came."""
        before = self.readers.state()
        is_done = self._try(lambda: confirm(self.readers.installation, self.link))
        # A second press of the button says nothing new.
        if is_done and before != "confirmed":
            assert not self.blocked
            self.agreed, self.said_no = True, False
            self.can_return_until_ms = 0
            self._keep_leave_token()

    @rule()
    def disown(self) -> None:
        """Say "this was not me"."""
        before = self.readers.state()
        is_done = self._try(lambda: disown(self.readers.installation, self.link))
        # A second press says nothing new, though an operator lifted the block in between.
        if is_done and self.link != self.disowned:
            self.disowned = self.link
            self.agreed, self.said_no = False, True
            self.blocked = self.blocked or (before == "pending" and self._is_manual())

    @rule()
    def leave(self) -> None:
        """Click on the link in an issue, however old it is."""
        was_confirmed = self.readers.state() == "confirmed" and self._is_token_of_now()
        if self.leave_token:
            leave(self.readers.installation, self.leave_token, source="one click")
            if self._is_token_of_now():
                self.agreed, self.said_no = False, True
            if was_confirmed:
                self.can_return_until_ms = self.readers.clock[0] + 3_600_000

    @rule()
    def take_back(self) -> None:
        """Undo it, in time or too late."""
        if self.leave_token:
            before = self.readers.state()
            come_back(self.readers.installation, self.leave_token)
            if before != "confirmed" and self.readers.state() == "confirmed":
                assert self.readers.clock[0] < self.can_return_until_ms
                assert not self.blocked
                self.agreed, self.said_no = True, False

    @rule(change=st.sampled_from([Change.BOUNCE, Change.COMPLAIN, Change.UNSUBSCRIBE]))
    def report(self, change: Change) -> None:
        """Let a report come in, or an operator end the subscription."""
        person = self.readers.find()
        if person is not None:
            with self.database.write() as connection:
                change_state(
                    connection, person.id, change, now_ms=self.readers.clock[0], source="report"
                )
            self.agreed, self.said_no = False, True
            self.can_return_until_ms = 0
            self.blocked = self.blocked or change is Change.COMPLAIN

    @rule()
    def erase(self) -> None:
        """Erase the person."""
        if self._try(lambda: erase(self.readers.installation, KIM, source="operator")):
            self.agreed, self.said_no = False, True
            assert "kim@example.org" not in self.readers.everything()

    @rule()
    def suppress(self) -> None:
        """Let an operator say no."""
        suppress_address(
            self.readers.installation, KIM, SuppressionReason.MANUAL, source="operator"
        )
        self.blocked = True

    @rule()
    def lift(self) -> None:
        """Let an operator lift what stands against the address."""
        with self.database.read() as connection:
            found = find_suppression(connection, self.readers.hash_of())
        if found is not None:
            lift_suppression(self.readers.installation, KIM, source="operator")
            self.blocked = self.said_no = False

    @rule()
    def import_it(self) -> None:
        """Import the address as confirmed."""
        known = self.readers.state()
        with self.database.read() as connection:
            suppressed = find_suppression(connection, self.readers.hash_of())
        [line] = import_subscribers(
            self.readers.installation, BytesIO(b"email\nkim@example.org\n"), TERMS
        )
        if line.verdict == "taken":
            assert (known, suppressed, self.said_no) == ("", None, False)
            self.agreed = True
            self._keep_leave_token()

    @rule(days=st.sampled_from([0.01, 0.5, 7, 31]))
    def wait(self, days: float) -> None:
        """Let time pass and the worker work."""
        messages = self.readers.wait(int(days * DAY_MS))
        assert messages == []

    @rule()
    def plan_who_came(self) -> None:
        """Plan the issue for whoever is in the audience by now and was not planned."""
        with self.database.write() as connection:
            self.planned += plan.plan_deliveries(connection, self.issue_id, AUDIENCE.select())

    @invariant()
    def only_who_agreed_and_is_not_suppressed_is_in_the_audience(self) -> None:
        """The one rule that counts."""
        with self.database.read() as connection:
            audience = connection.execute(select_audience(now_ms=self.readers.clock[0])).all()
        assert len(audience) <= 1
        if audience:
            assert self.agreed
            assert not self.blocked

    @invariant()
    def the_ledger_adds_up(self) -> None:
        """Whatever became of the people in it."""
        if hasattr(self, "issue_id"):
            with self.database.read() as connection:
                tally = deliveries.count_deliveries(connection, self.issue_id)
            assert tally.planned == self.planned

    def _try(self, act: Callable[[], object]) -> bool:
        """Do it; tell whether it was allowed."""
        try:
            act()
        except SubscribersError:
            return False
        return True

    def _keep_leave_token(self) -> None:
        """Get the link that the next issue would bring."""
        person = self.readers.find()
        assert person is not None
        keys = self.readers.installation.keys
        self.leave_token = make_token(keys, "unsubscribe", person.public_id, 1)

    def _is_token_of_now(self) -> bool:
        """Tell whether the link names the person known by now, or one erased before."""
        person = self.readers.find()
        keys = self.readers.installation.keys
        return person is not None and (
            make_token(keys, "unsubscribe", person.public_id, 1) == self.leave_token
        )

    def _is_manual(self) -> bool:
        with self.database.read() as connection:
            found = find_suppression(connection, self.readers.hash_of())
        return found is not None and found.reason is SuppressionReason.MANUAL


ReaderLife.TestCase.settings = settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestReaderLife = ReaderLife.TestCase
