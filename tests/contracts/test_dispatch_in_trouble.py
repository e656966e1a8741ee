"""A run from its first intent to its last outcome, and what may come between."""

import asyncio
import signal
from collections import Counter
from dataclasses import replace

import pytest

from newsletter.database import Database
from newsletter.errors import DatabaseError, TemporaryError, TransportError
from newsletter.sending.dispatch import dispatch
from newsletter.sending.ledger.reasons import count_reasons
from newsletter.sending.ledger.status import DeliveryStatus, IssueState, Tally
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.run import Ending, Progress
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    Outcome,
)
from tests.contracts.scripted_transports import (
    InterruptedOnce,
    InterruptedTwice,
    ReturningTransport,
    ScriptedTransport,
    SilentTransport,
    accept,
    answer_in_turn,
    at_message,
    wait_until,
)
from tests.contracts.sends import (
    PATIENCE_SECONDS,
    TEMPLATE,
    Sending,
    plan_for,
)
from tests.contracts.troubled_databases import DeafDatabase, FailingDatabase, hold_for


@pytest.fixture
def sending(database: Database) -> Sending:
    """Return an issue planned for ten people."""
    return plan_for(database, 10)


class TestChangesWhileSending:
    """What readers and operators do in the middle of a run takes effect."""

    def test_whoever_unsubscribes_gets_nothing_more(self, sending: Sending) -> None:
        """From his click on, but for an intent that is open already."""
        last = sending.people[-1]
        transport = ScriptedTransport(at_message(1, lambda: sending.unsubscribe(last)))

        sending.send(transport)

        assert transport.arrived == Counter(sending.people[:-1])
        assert sending.status_of(last) == "skipped"
        with sending.database.read() as connection:
            skips = count_reasons(connection, sending.issue_id, DeliveryStatus.SKIPPED, most=5)
        assert skips == {"unsubscribed": 1}

    def test_when_everyone_left_is_gone_the_run_ends(self, sending: Sending) -> None:
        """A window full of skips is no end of the plan by itself."""
        sending.unsubscribe(*sending.people)

        ending, progress = sending.send(ScriptedTransport())

        assert (ending, progress) == (Ending.FINISHED, Progress(skipped=10))

    def test_a_pause_stops_it_and_a_resume_goes_on(self, sending: Sending) -> None:
        """Nobody is in doubt, nobody left out, nobody gets two."""
        transport = ScriptedTransport(at_message(3, lambda: sending.set_state(IssueState.PAUSED)))

        ending, _ = sending.send(transport)
        paused = sending.tally()
        sending.set_state(IssueState.SENDING)
        sending.send(transport)

        assert ending is Ending.PAUSED
        assert paused == Tally(sent=paused.sent, waiting=10 - paused.sent)
        assert 3 <= paused.sent <= 3 + 4
        assert transport.arrived == Counter(sending.people)

    def test_a_cancel_stops_it_and_leaves_nothing(self, sending: Sending) -> None:
        """What was withdrawn from the transport is cancelled, too."""
        transport = ScriptedTransport(at_message(3, sending.cancel))

        ending, _ = sending.send(transport)

        tally = sending.tally()
        assert ending is Ending.CANCELLED
        assert tally == Tally(sent=tally.sent, cancelled=10 - tally.sent)
        assert tally.sent == transport.arrived.total() <= 3 + 4

    def test_what_is_deferred_after_a_cancel_is_cancelled(self, sending: Sending) -> None:
        """Nobody will ever try it again, so it does not remain."""

        def script(_: Recipient) -> Outcome:
            sending.cancel()
            return Deferred("451")

        sending.send(ScriptedTransport(script))

        assert sending.tally() == Tally(cancelled=10)

    def test_whoever_was_taken_over_tells_what_he_knows_and_begins_nothing(
        self, sending: Sending
    ) -> None:
        """A process that was frozen for a minute wakes up as one of two senders."""
        transport = ScriptedTransport(at_message(2, sending.take_over))

        ending, _ = sending.send(transport)
        woken = sending.tally()
        sending.send(transport)

        assert ending is Ending.TAKEN_OVER
        assert woken == Tally(sent=woken.sent, waiting=10 - woken.sent)
        assert woken.sent <= 2 + 4
        assert transport.arrived == Counter(sending.people)

    def test_a_cancel_counts_also_for_whoever_was_taken_over(self, sending: Sending) -> None:
        """What he hands back or defers would remain for ever: a cancelled issue has no next run."""

        def script(_: Recipient) -> Outcome:
            sending.take_over()
            sending.cancel()
            return Deferred("451")

        ending, _ = sending.send(ScriptedTransport(script))

        assert ending is Ending.CANCELLED
        assert sending.tally().remaining == 0


class TestInterrupts:
    """Ctrl-C, once and twice."""

    def test_the_first_finishes_what_the_transport_has_taken(self, sending: Sending) -> None:
        """Nothing is in doubt; what was not taken counts as never begun."""
        transport = InterruptedOnce(until=lambda: sending.tally().in_flight == 2)

        ending, told = sending.send_interrupted(transport)

        assert (ending, told) == (Ending.INTERRUPTED, [1])
        assert sending.tally() == Tally(sent=2, waiting=8)
        assert sending.attempts() == Counter(sending.people[:2])

    def test_the_second_stops_at_once(self, sending: Sending) -> None:
        """What the transport holds is in doubt, and nothing else."""
        ending, told = sending.send_interrupted(InterruptedTwice())

        assert (ending, told) == (Ending.INTERRUPTED, [1, 2])
        assert sending.tally() == Tally(in_doubt=2, waiting=8)
        assert sending.status_of(sending.people[1]) == "in_doubt"

    def test_afterwards_signals_mean_what_they_meant(self, sending: Sending) -> None:
        """The handlers are this run's alone."""
        before = signal.getsignal(signal.SIGINT)

        sending.send_interrupted(ScriptedTransport())

        assert signal.getsignal(signal.SIGINT) is before

    def test_a_cancelled_task_leaves_no_thread_behind(self, sending: Sending) -> None:
        """A worker that is told to end must end; what its transport holds is in doubt."""

        async def give_up() -> None:
            transport = SilentTransport()
            run = asyncio.create_task(dispatch(sending.begin(), TEMPLATE, transport))
            await asyncio.to_thread(wait_until, lambda: transport.taken == 4)
            run.cancel()
            await run

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(asyncio.wait_for(give_up(), PATIENCE_SECONDS))

        assert sending.tally() == Tally(in_doubt=4, waiting=6)


class TestLostTransport:
    """A next hop that cannot be used any more."""

    @pytest.mark.parametrize("max_in_flight", [4, 64])
    def test_what_was_taken_is_in_doubt_and_the_rest_is_planned_again(
        self, sending: Sending, max_in_flight: int
    ) -> None:
        """Also when the whole plan fits into the window, and so was begun at once."""
        script = answer_in_turn(Accepted(), None, TransportError("535 who are you?"))
        transport = ScriptedTransport(script)

        with pytest.raises(TransportError, match="535"):
            sending.send(transport, sending.begin(max_in_flight=max_in_flight))

        assert sending.tally() == Tally(sent=1, in_doubt=2, waiting=7)
        assert sending.attempts() == transport.arrived

    def test_a_further_run_sends_the_rest(self, sending: Sending) -> None:
        """And leaves what is in doubt alone."""
        transport = ScriptedTransport(answer_in_turn(None, TransportError("down")))
        with pytest.raises(TransportError):
            sending.send(transport)

        transport.script = accept
        ending, _ = sending.send(transport)

        assert ending is Ending.FINISHED
        assert sending.tally() == Tally(sent=8, in_doubt=2)
        assert transport.arrived == Counter(sending.people)

    def test_any_other_error_is_the_transports(self, sending: Sending) -> None:
        """A library's own exception is not for those above; its cause is kept."""
        mistake = ZeroDivisionError("in the transport")
        transport = ScriptedTransport(answer_in_turn(mistake))

        with pytest.raises(TransportError, match="in the transport") as caught:
            sending.send(transport)

        assert caught.value.__cause__ is mistake
        assert sending.tally() == Tally(in_doubt=1, waiting=9)

    def test_a_transport_that_ends_too_early_has_failed(self, sending: Sending) -> None:
        """It had no reason to return before the stream's end."""
        ending, _ = sending.send(ReturningTransport())

        assert ending is Ending.TRANSPORT_FAILED
        assert sending.tally() == Tally(waiting=10)


class TestTroubleWithTheLedger:
    """A database that is locked, broken or gone for a while."""

    def test_another_writer_is_waited_for(self, sqlite_database: Database) -> None:
        """Longer than one turn's patience; the outcomes of that turn are not forgotten."""
        ledger = Database(f"sqlite:///{sqlite_database.file}", busy_timeout_seconds=0.2)
        sending = plan_for(sqlite_database, 10, ledger=ledger)
        transport = ScriptedTransport(at_message(2, lambda: hold_for(sqlite_database, 0.3)))

        ending, _ = sending.send(transport)

        assert ending is Ending.FINISHED
        assert sending.tally() == Tally(sent=10)
        assert transport.arrived == Counter(sending.people)
        ledger.close()

    def test_a_pause_that_is_heard_in_a_locked_turn_loses_nobody(
        self, sqlite_database: Database
    ) -> None:
        """Recipients are withdrawn once, and handed back by whichever turn commits."""
        ledger = FailingDatabase(sqlite_database, TemporaryError("locked"), turns={2})
        sending = plan_for(sqlite_database, 10, ledger=ledger)
        taken: list[Recipient] = []

        def script(recipient: Recipient) -> Outcome:
            taken.append(recipient)
            if len(taken) == 1:
                sending.set_state(IssueState.PAUSED)
            else:
                wait_until(lambda: ledger.commits == 3)
            return Accepted()

        ending, _ = sending.send(ScriptedTransport(script))

        assert ending is Ending.PAUSED
        assert sending.tally() == Tally(sent=2, waiting=8)

    def test_a_database_locked_for_too_long_ends_the_run(self, sqlite_database: Database) -> None:
        """What is open is found in doubt by the next one, and never sent again."""
        always = set(range(2, 100))
        ledger = FailingDatabase(sqlite_database, TemporaryError("locked"), turns=always)
        sending = plan_for(sqlite_database, 10, ledger=ledger)
        transport = ScriptedTransport()

        with pytest.raises(TemporaryError):
            sending.send(transport)
        left = sending.tally()
        healed = replace(sending, ledger=sqlite_database)
        healed.send(transport)

        assert left == Tally(in_flight=4, waiting=6)
        assert sending.tally() == Tally(sent=6, in_doubt=4)
        assert max(transport.arrived.values()) == 1

    def test_a_full_disk_ends_the_run(self, sqlite_database: Database) -> None:
        """There is no second try; the transport is told that no more will come."""
        ledger = FailingDatabase(sqlite_database, DatabaseError("the disk is full"), turns={3})
        sending = plan_for(sqlite_database, 10, ledger=ledger)
        transport = ScriptedTransport()

        with pytest.raises(DatabaseError):
            sending.send(transport)
        replace(sending, ledger=sqlite_database).send(transport)

        tally = sending.tally()
        assert tally == Tally(sent=10 - tally.in_doubt, in_doubt=tally.in_doubt)
        assert tally.in_doubt <= 4
        assert max(transport.arrived.values()) == 1

    @pytest.mark.parametrize("turn", [1, 2, 3])
    def test_a_commit_whose_answer_is_lost_is_made_good(
        self, database: Database, turn: int
    ) -> None:
        """It may have happened: nobody may stay in flight for it, or get two messages."""
        ledger = DeafDatabase(database, TemporaryError("no answer"), turns={turn})
        sending = plan_for(database, 10, ledger=ledger)
        transport = ScriptedTransport()

        ending, _ = sending.send(transport)

        assert ending is Ending.FINISHED
        assert sending.tally() == Tally(sent=10)
        assert transport.arrived == Counter(sending.people)
        assert sending.attempts() == transport.arrived
