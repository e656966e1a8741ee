"""Any life an issue can have: senders that crash, wake and overlap, readers and operators between.

The windows are the real ones, turned by hand, so that every order of events is tried.
"""

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from newsletter.database import Database
from newsletter.errors import TemporaryError
from newsletter.sending.ledger import attempts, deliveries, lease, plan
from newsletter.sending.ledger.schema import METADATA as LEDGER
from newsletter.sending.ledger.status import DeliveryStatus, IssueState
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.rate import Rate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.run import Run
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt, Outcome, Rejected
from newsletter.sending.window import Window
from subscribers.store.schema import METADATA as SUBSCRIBERS
from tests.contracts.people import NOON
from tests.contracts.sends import (
    AUDIENCE,
    DEAD_PROCESS,
    RETRY_SCHEDULE,
    add_people,
    count,
    list_statuses,
    plan_issue,
    unsubscribe,
)
from tests.contracts.troubled_databases import DeafDatabase, FailingDatabase

MAX_IN_FLIGHT = 2
#: Nothing of an attempt is open, and the ledger says that no message was taken.
NOT_TAKEN = {"planned", "deferred", "failed", "skipped", "cancelled"}
LOST_ANSWER = InDoubt("the answer was lost")
LOST_MESSAGE = InDoubt("the message was lost")
OUTCOMES: list[Outcome] = [
    *[Accepted()] * 3,
    Rejected("550"),
    Deferred("451", 0),
    LOST_ANSWER,
    LOST_MESSAGE,
]
DECISIONS = [None, None, DeliveryStatus.PLANNED, DeliveryStatus.WRITTEN_OFF]
#: What happens more often stands here more often.
EVENTS = [
    *["turn"] * 6,
    *["answer"] * 6,
    *["take", "turn_in_trouble", "resume"] * 2,
    *["start", "interrupt", "lose_transport", "crash"],
    *["say_no", "pause", "cancel"],
]


class Sender:
    """One run: its window, and a transport that is moved by hand."""

    def __init__(self, run: Run, stream: RecipientStream) -> None:
        self.run = run
        self.stream = stream
        self.window = Window(run, stream)
        self.taken: list[Recipient] = []

    def turn(self, database: Database, *, is_last: bool = False) -> None:
        """Turn once, writing to that database."""
        object.__setattr__(self.run, "database", database)
        reports = self.window._drain(0)
        self.window._turn_patiently(reports, is_last=is_last)

    @property
    def is_done(self) -> bool:
        """Whether its thread would have ended."""
        return self.window._ending is not None and not self.window._open

    def holds(self, number: int) -> bool:
        """Whether it may yet send this person a message."""
        waiting = [*self.taken, *self.stream._waiting]
        return number in [each.delivery_id.subscriber_id for each in waiting]


class LifeOfAnIssue(RuleBasedStateMachine):
    """What the ledger says is compared with what really arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(f"sqlite:///{Path(self.folder.name) / 'newsletter.db'}")
        self.loop = asyncio.new_event_loop()
        #: The last one is the present sender; those before were taken over and may wake.
        self.senders: list[Sender] = []
        self.arrived: Counter[int] = Counter()
        #: How often an operator had each delivery tried again while it was in doubt.
        self.retried: Counter[int] = Counter()
        #: Who said no while nobody held a message for them, and how many had arrived.
        self.refused: dict[int, int] = {}
        self.planned = 0

    @initialize(people=st.integers(1, 5))
    def plan(self, people: int) -> None:
        """Everything begins with a plan."""
        with self.database.write() as connection:
            SUBSCRIBERS.create_all(connection)
            LEDGER.create_all(connection)
            self.people = add_people(connection, people)
            self.issue_id = plan_issue(connection)
        self.planned = people

    @rule(event=st.sampled_from(EVENTS), data=st.data())
    def happen(self, event: str, data: st.DataObject) -> None:
        """One rule for all, since hypothesis leaves some of several rules out of most lives."""
        if not self.senders:
            self.start(data)
        if self.senders:
            getattr(self, event)(data)

    # Senders

    def start(self, data: st.DataObject) -> None:
        """Somebody says `newsletter send`, maybe beside a sender who was taken for dead."""
        limit = data.draw(st.sampled_from([None, None, None, 1, 2]))
        if self.state() in {IssueState.SENDING, IssueState.SENT}:
            newcomers = data.draw(st.sampled_from([0, 0, 1]))
            self.become_sender(data.draw(st.sampled_from(DECISIONS)), limit, newcomers)

    def become_sender(
        self, decision: DeliveryStatus | None, limit: int | None, newcomers: int
    ) -> None:
        """Take the lease and carry out what the operator said, in one transaction."""
        with self.database.write() as connection:
            held = lease.acquire(connection, lease.name_for_issue(self.issue_id), DEAD_PROCESS)
            disowned = attempts.disown_intents(
                connection, self.issue_id, epoch=held.epoch, now_ms=NOON
            )
            if decision is DeliveryStatus.PLANNED:
                statuses = list_statuses(connection, self.issue_id)
                self.retried.update(n for n, status in statuses.items() if status == "in_doubt")
            if decision:
                deliveries.settle_doubt(connection, self.issue_id, decision, now_ms=NOON)
            if newcomers:
                self.people += add_people(connection, 1, prefix=f"new{len(self.people)}")
                self.planned += plan.plan_deliveries(connection, self.issue_id, AUDIENCE.select())
            if deliveries.count_deliveries(connection, self.issue_id).remaining:
                plan.set_issue_state(
                    connection, self.issue_id, IssueState.SENDING, only_from={IssueState.SENT}
                )
        assert disowned <= MAX_IN_FLIGHT
        self.senders.append(Sender(self.make_run(held, limit), self.make_stream()))

    def turn(self, data: st.DataObject) -> None:
        """Commit outcomes and intents."""
        self.turn_once(self.draw_sender(data), self.database)

    def turn_in_trouble(self, data: st.DataObject) -> None:
        """The first commit fails, before anything is done or after."""
        trouble = data.draw(st.sampled_from([FailingDatabase, DeafDatabase]))
        database = trouble(self.database, TemporaryError("locked"), turns={1})
        self.turn_once(self.draw_sender(data), database)

    def take(self, data: st.DataObject) -> None:
        """A transport takes recipients; their messages may be leaving from now on."""
        sender = self.draw_sender(data)
        sender.taken += sender.stream.take_nowait(data.draw(st.integers(1, 2)))

    def answer(self, data: st.DataObject) -> None:
        """The next hop says what it did; when nobody can know, it may be either."""
        sender = self.draw_sender(data)
        sender.taken += sender.stream.take_nowait()
        if sender.taken:
            recipient = sender.taken.pop(data.draw(st.integers(0, len(sender.taken) - 1)))
            outcome = data.draw(st.sampled_from(OUTCOMES))
            if isinstance(outcome, Accepted) or outcome == LOST_ANSWER:
                self.arrive(recipient)
            sender.window.report(recipient.delivery_id, outcome)

    def interrupt(self, data: st.DataObject) -> None:
        """Ctrl-C."""
        self.draw_sender(data).window.stop()

    def lose_transport(self, data: st.DataObject) -> None:
        """The next hop is gone."""
        sender = self.draw_sender(data)
        self.abandon(sender, have_arrived=data.draw(st.booleans()))
        sender.window.lose_transport()
        sender.turn(self.database, is_last=True)
        assert sender.is_done
        self.end(sender)

    def crash(self, data: st.DataObject) -> None:
        """Kill -9: whatever was not committed is forgotten."""
        sender = self.draw_sender(data)
        self.abandon(sender, have_arrived=data.draw(st.booleans()))
        self.senders.remove(sender)

    # Readers and operators

    def say_no(self, data: st.DataObject) -> None:
        """Somebody unsubscribes."""
        number = data.draw(st.sampled_from(self.people))
        with self.database.write() as connection:
            unsubscribe(connection, number)
        if not any(sender.holds(number) for sender in self.senders):
            self.refused.setdefault(number, self.arrived[number])

    def pause(self, _: st.DataObject) -> None:
        """Pause; a resume follows sooner or later."""
        self.set_state(IssueState.PAUSED)

    def resume(self, _: st.DataObject) -> None:
        """Let it go on, if it was paused."""
        self.set_state(IssueState.SENDING)

    def cancel(self, data: st.DataObject) -> None:
        """Seldom, since little happens afterwards."""
        if data.draw(st.integers(0, 4)) == 4:
            with self.database.write() as connection:
                plan.cancel_issue(connection, self.issue_id, now_ms=NOON)

    # What holds at every moment

    @invariant()
    def the_sum_is_right(self) -> None:
        """Nobody is added or dropped by anything but a plan."""
        if self.planned:
            tally = count(self.database, self.issue_id)
            assert tally.planned == self.planned
            assert tally.in_flight <= MAX_IN_FLIGHT

    @invariant()
    def nobody_gets_two_and_the_ledger_tells_the_truth(self) -> None:
        """Unless an operator said retry."""
        if not self.planned:
            return
        with self.database.read() as connection:
            statuses = list_statuses(connection, self.issue_id)
        for number, status in statuses.items():
            arrived, retried = self.arrived[number], self.retried[number]
            assert arrived <= 1 + retried
            assert status not in NOT_TAKEN or arrived <= retried
            assert status != "sent" or arrived >= 1
            assert arrived == self.refused.get(number, arrived)

    def teardown(self) -> None:
        """Every sender dies; one more run brings everybody to an end."""
        try:
            if self.planned:
                self.finish()
        finally:
            self.database.close()
            self.loop.close()
            self.folder.cleanup()

    def finish(self) -> None:
        """Send the rest to a next hop that takes everything."""
        for sender in [*self.senders]:
            self.abandon(sender, have_arrived=True)
            self.senders.remove(sender)
        self.set_state(IssueState.SENDING)
        if self.state() is not IssueState.CANCELLED:
            self.become_sender(None, None, 0)
        while self.senders:
            [sender] = self.senders
            self.turn_once(sender, self.database)
            for recipient in sender.stream.take_nowait(9):
                self.arrive(recipient)
                sender.window.report(recipient.delivery_id, Accepted())
        self.the_sum_is_right()
        self.nobody_gets_two_and_the_ledger_tells_the_truth()
        if self.state() is not IssueState.CANCELLED:
            assert count(self.database, self.issue_id).remaining == 0
            assert self.state() is IssueState.SENT

    # Steps

    def state(self) -> IssueState:
        """Tell where the issue stands."""
        with self.database.read() as connection:
            return plan.get_orders(connection, self.issue_id).state

    def turn_once(self, sender: Sender, database: Database) -> None:
        """Turn; whoever may not begin anything begins nothing."""
        may_begin = self.state() is IssueState.SENDING and sender is self.senders[-1]
        before = self.open_intents()
        sender.turn(database)
        assert may_begin or self.open_intents() <= before
        if sender.is_done:
            self.end(sender)

    def open_intents(self) -> int:
        """Count what is in flight."""
        return count(self.database, self.issue_id).in_flight

    def set_state(self, new: IssueState) -> None:
        """Pause or resume, when it may be."""
        sources = {IssueState.PAUSED, IssueState.SENDING}
        with self.database.write() as connection:
            plan.set_issue_state(connection, self.issue_id, new, only_from=sources)

    def draw_sender(self, data: st.DataObject) -> Sender:
        """Choose one; mostly the present one."""
        return data.draw(st.sampled_from([*self.senders, self.senders[-1]]))

    def make_run(self, held: lease.Lease, limit: int | None) -> Run:
        """Make a run without a rate."""
        return Run(
            database=self.database,
            issue_id=self.issue_id,
            lease=held,
            audience=AUDIENCE,
            max_in_flight=MAX_IN_FLIGHT,
            rate=Rate(0, lambda: 0.0),
            retry_schedule=RETRY_SCHEDULE,
            limit=limit,
            now_ms=lambda: NOON,
        )

    def make_stream(self) -> RecipientStream:
        """Make a stream on a loop that never runs: everything is taken without waiting."""

        async def on_loop() -> RecipientStream:
            return RecipientStream()

        return self.loop.run_until_complete(on_loop())

    def arrive(self, *recipients: Recipient) -> None:
        """Note what only the outside world knows."""
        self.arrived.update(each.delivery_id.subscriber_id for each in recipients)

    def abandon(self, sender: Sender, *, have_arrived: bool) -> None:
        """Lose sight of what a transport has taken."""
        if have_arrived:
            self.arrive(*sender.taken)
        sender.taken.clear()

    def end(self, sender: Sender) -> None:
        """Give the lease back, as `send` does at its end."""
        assert sender.stream.take_nowait(9) == []
        with self.database.write() as connection:
            plan.finish_issue(connection, self.issue_id, now_ms=NOON)
            lease.release(connection, sender.run.lease)
        self.senders.remove(sender)


TestLifeOfAnIssue = LifeOfAnIssue.TestCase
TestLifeOfAnIssue.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
