"""A run from its first intent to its last outcome, with everything that can come between."""

import time
from collections import Counter

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger.schema import lease as lease_table
from newsletter.sending.ledger.status import Tally
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.run import Ending, Progress
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    Rejected,
)
from tests.contracts.people import NOON
from tests.contracts.scripted_transports import (
    HoardingTransport,
    ScriptedTransport,
    answer_in_turn,
    wait_until,
)
from tests.contracts.sends import Sending, plan_for
from tests.contracts.troubled_databases import CountingDatabase


@pytest.fixture
def sending(database: Database) -> Sending:
    """Return an issue planned for ten people."""
    return plan_for(database, 10)


class TestWindow:
    """Intents before bytes, as many as the window holds."""

    def test_everyone_gets_one_message(self, sending: Sending) -> None:
        """The plain case: nothing comes between."""
        transport = ScriptedTransport()

        ending, progress = sending.send(transport)

        assert ending is Ending.FINISHED
        assert transport.arrived == Counter(sending.people)
        assert sending.tally() == Tally(sent=10)
        assert progress == Progress(accepted=10)
        assert sending.attempts() == Counter(sending.people)

    def test_a_finished_plan_sends_nothing(self, sending: Sending) -> None:
        """It may be asked for at any time."""
        sending.send(ScriptedTransport())
        transport = ScriptedTransport()

        ending, progress = sending.send(transport)

        assert (ending, progress) == (Ending.FINISHED, Progress())
        assert transport.arrived == Counter()

    def test_open_intents_are_committed_and_never_more_than_the_window(
        self, sending: Sending
    ) -> None:
        """What another connection sees is what a crash would leave in doubt."""
        seen: list[int] = []
        transport = HoardingTransport(4, on_full=lambda: seen.append(sending.tally().in_flight))

        sending.send(transport, sending.begin(max_in_flight=4))

        assert len(seen) == 7
        assert set(seen) == {4}
        assert sending.tally() == Tally(sent=10)

    def test_a_window_of_one_goes_message_by_message(self, sending: Sending) -> None:
        """The smallest there is."""
        open_intents: list[int] = []

        def script(_: Recipient) -> Outcome:
            open_intents.append(sending.tally().in_flight)
            return Accepted()

        sending.send(ScriptedTransport(script), sending.begin(max_in_flight=1))

        assert open_intents == [1] * 10

    def test_nobody_waits_for_the_slowest(self, sending: Sending) -> None:
        """The first one's answer comes after everybody else's; a batch would wait for it."""
        transport = HoardingTransport(2)

        ending, _ = sending.send(transport, sending.begin(max_in_flight=2))

        assert ending is Ending.FINISHED
        assert list(transport.arrived)[-1] == sending.people[0]
        assert sending.tally() == Tally(sent=10)

    def test_outcomes_and_next_intents_share_a_commit(self, sqlite_database: Database) -> None:
        """A commit is a sync of the disk: two for each window would halve the rate."""
        ledger = CountingDatabase(sqlite_database)
        sending = plan_for(sqlite_database, 40, ledger=ledger)

        sending.send(HoardingTransport(1), sending.begin(max_in_flight=1))

        # One for each message, one that opens the first and at most a few that only keep the lease.
        assert ledger.commits <= 45

    def test_each_outcome_is_recorded_and_counted(self, sending: Sending) -> None:
        """The observer is told what the ledger has."""
        progress: list[int] = []
        script = answer_in_turn(
            Accepted(), Rejected("550"), Deferred("451"), InDoubt("?"), *[Accepted()] * 6
        )
        run = sending.begin(on_progress=lambda told: progress.append(told.ended))

        ending, counted = sending.send(ScriptedTransport(script), run)

        assert ending is Ending.FINISHED
        assert counted == Progress(accepted=7, rejected=1, deferred=1, in_doubt=1)
        assert sending.tally() == Tally(sent=7, failed=1, deferred=1, in_doubt=1)
        assert progress[-1] == 10

    def test_a_deferred_delivery_waits_until_it_is_due(self, sending: Sending) -> None:
        """The next hop's word counts, else a minute."""
        minute = NOON + 60_000
        deferrals = [Deferred("451"), Deferred("421", retry_after_seconds=600)]
        script = answer_in_turn(*deferrals, *[Accepted()] * 8)
        sending.send(ScriptedTransport(script))
        early, due = ScriptedTransport(), ScriptedTransport()

        sending.send(early, sending.begin(now_ms=minute - 1))
        sending.send(due, sending.begin(now_ms=minute))

        assert early.arrived == Counter()
        assert due.arrived == Counter(sending.people[:1])
        assert sending.tally() == Tally(sent=9, deferred=1)

    def test_a_second_attempt_is_the_same_message(self, sending: Sending) -> None:
        """A store that has it already hides the repeat."""
        taken: list[Recipient] = []

        def script(recipient: Recipient) -> Outcome:
            taken.append(recipient)
            return Deferred("451")

        sending.send(ScriptedTransport(script), sending.begin(limit=1))
        sending.send(ScriptedTransport(script), sending.begin(limit=1, now_ms=NOON + 60_000))

        first, second = taken
        assert first == second
        assert first.dated_at_ms == NOON

    def test_the_lease_is_kept_while_nothing_happens(self, sqlite_database: Database) -> None:
        """A next hop that thinks for a minute must not cost the right to send."""
        sending = plan_for(sqlite_database, 1)

        def script(_: Recipient) -> Outcome:
            with sqlite_database.write() as connection:
                connection.execute(sa.update(lease_table).values(until_ms=1))
            wait_until(is_extended)
            return Accepted()

        def is_extended() -> bool:
            statement = sa.select(lease_table).where(lease_table.c.until_ms > 1)
            with sqlite_database.read() as connection:
                return connection.execute(statement).first() is not None

        _, progress = sending.send(ScriptedTransport(script))

        assert progress == Progress(accepted=1)


class TestLimits:
    """How many, and how fast."""

    def test_a_run_begins_no_more_than_its_limit(self, sending: Sending) -> None:
        """The next one goes on behind it."""
        first, second = ScriptedTransport(), ScriptedTransport()

        ending, _ = sending.send(first, sending.begin(limit=3))
        sending.send(second, sending.begin(limit=3))

        assert ending is Ending.LIMITED
        assert first.arrived == Counter(sending.people[:3])
        assert second.arrived == Counter(sending.people[3:6])
        assert sending.tally() == Tally(sent=6, waiting=4)

    def test_whoever_is_skipped_does_not_count(self, sending: Sending) -> None:
        """A limit is a number of messages."""
        sending.unsubscribe(*sending.people[:4])

        ending, progress = sending.send(ScriptedTransport(), sending.begin(limit=3))

        assert ending is Ending.LIMITED
        assert progress == Progress(accepted=3, skipped=4)
        assert sending.tally() == Tally(sent=3, skipped=4, waiting=3)

    def test_a_limit_beyond_the_plan_finishes_it(self, sending: Sending) -> None:
        """Nothing is left to begin."""
        ending, _ = sending.send(ScriptedTransport(), sending.begin(limit=11))

        assert ending is Ending.FINISHED

    def test_a_rate_spreads_messages_over_time(self, sqlite_database: Database) -> None:
        """The first leaves at once, the others in their time."""
        sending = plan_for(sqlite_database, 30)
        began = time.monotonic()

        run = sending.begin(rate_per_second=50, max_in_flight=64)
        ending, progress = sending.send(ScriptedTransport(), run)

        # 29 after the first, one every 20 ms.
        assert ending is Ending.FINISHED
        assert progress == Progress(accepted=30)
        assert time.monotonic() - began >= 0.57

    def test_whoever_is_skipped_takes_no_time(self, sqlite_database: Database) -> None:
        """A rate is one of messages."""
        sending = plan_for(sqlite_database, 42)
        sending.unsubscribe(*sending.people[1:41])
        began = time.monotonic()

        _, progress = sending.send(ScriptedTransport(), sending.begin(rate_per_second=10))

        # Two messages: 0.1 s. With the others it would be four seconds.
        assert progress == Progress(accepted=2, skipped=40)
        assert time.monotonic() - began < 2

    def test_a_rate_and_a_limit_hold_together(self, sqlite_database: Database) -> None:
        """The smaller room counts."""
        sending = plan_for(sqlite_database, 10)

        run = sending.begin(rate_per_second=100, limit=7, max_in_flight=2)
        ending, progress = sending.send(ScriptedTransport(), run)

        assert (ending, progress) == (Ending.LIMITED, Progress(accepted=7))
