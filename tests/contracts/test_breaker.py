"""A next hop that takes nothing pauses the issue, and nobody has failed for it who need not."""

from collections.abc import Callable, Iterator

import pytest

from newsletter.database import Database
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.status import IssueState
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.run import Ending
from newsletter.sending.transports.transport import Accepted, Deferred, Outcome, Rejected
from tests.contracts.people import NOON
from tests.contracts.scripted_transports import HoardingTransport, ScriptedTransport
from tests.contracts.sends import Sending, plan_for

PEOPLE = 300
MINUTE_MS = 60_000


@pytest.fixture
def sending(database: Database) -> Sending:
    """Return an issue planned for three hundred people."""
    return plan_for(database, PEOPLE)


def always(outcome: Outcome) -> Callable[[Recipient], Outcome]:
    """Make a script that answers everybody alike."""
    return lambda _: outcome


def after(number: int, outcome: Outcome) -> Callable[[Recipient], Outcome]:
    """Make a script that takes so many messages, and answers all others alike."""
    seen: list[Recipient] = []

    def script(recipient: Recipient) -> Outcome:
        seen.append(recipient)
        return outcome if len(seen) > number else Accepted()

    return script


def find_planned(sending: Sending) -> PlannedIssue:
    """Find the issue in the ledger."""
    with sending.database.read() as connection:
        found = plan.find_issue(connection, "issue-30")
    assert found is not None
    return found


def test_an_issue_that_is_refused_from_the_first_is_paused_and_fails_nobody(
    sending: Sending,
) -> None:
    """It was not about them: when it is mended they get it like everyone."""
    transport = ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam")))

    ending, progress = sending.send(transport)

    planned, tally = find_planned(sending), sending.tally()
    assert ending is Ending.PAUSED
    assert planned.state is IssueState.PAUSED
    assert "554 5.7.1 blocked for spam" in planned.pause_reason
    assert 20 <= progress.rejected <= 20 + 3 * 4
    assert (tally.failed, tally.in_flight, tally.waiting) == (0, 0, PEOPLE)


def test_when_it_is_mended_everyone_gets_one_message(sending: Sending) -> None:
    """Those who were refused, too."""
    sending.send(ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam"))))
    sending.set_state(IssueState.SENDING)
    transport = ScriptedTransport()

    ending, _ = sending.send(transport)

    assert ending is Ending.FINISHED
    assert transport.arrived == dict.fromkeys(sending.people, 1)
    assert (sending.tally().sent, sending.tally().failed) == (PEOPLE, 0)


def test_a_mailbox_that_does_not_exist_stays_failed(sending: Sending) -> None:
    """A list that begins with old addresses is paused once, and then goes on behind them."""
    transport = ScriptedTransport(always(Rejected("550 5.1.1 no such user")))

    ending, progress = sending.send(transport)

    assert ending is Ending.PAUSED
    assert sending.tally().failed == progress.rejected


def test_whoever_is_refused_for_the_third_time_stays_failed(sending: Sending) -> None:
    """An operator who lets it go on in spite of the refusals gets past them."""
    for _ in range(3):
        sending.set_state(IssueState.SENDING)
        sending.send(ScriptedTransport(always(Rejected("550 no"))))

    assert sending.tally().failed >= 20
    assert sending.status_of(sending.people[0]) == "failed"


def test_a_provider_that_begins_to_refuse_is_noticed_after_a_hundred(sending: Sending) -> None:
    """What it took before stays sent."""
    transport = ScriptedTransport(after(50, Rejected("550 5.7.0 quota")))

    ending, progress = sending.send(transport)

    tally = sending.tally()
    assert ending is Ending.PAUSED
    assert 100 <= progress.rejected <= 100 + 3 * 4
    assert (tally.sent, tally.failed, tally.waiting) == (50, 0, PEOPLE - 50)


def test_what_is_in_flight_meanwhile_is_planned_again_as_well(sending: Sending) -> None:
    """Its refusal comes when the issue is paused already."""
    transport = HoardingTransport(40, outcome=Rejected("550 5.7.0 blocked"))

    sending.send(transport, sending.begin(max_in_flight=40))

    assert (sending.tally().failed, sending.tally().waiting) == (0, PEOPLE)


def test_a_next_hop_that_puts_everybody_off_pauses_the_issue(sending: Sending) -> None:
    """They are due again in their time."""
    ending, _ = sending.send(ScriptedTransport(always(Deferred("452 4.3.1 no space"))))

    tally = sending.tally()
    assert ending is Ending.PAUSED
    assert 20 <= tally.deferred <= 20 + 3 * 4
    assert tally.remaining == PEOPLE


def test_greylisting_is_no_reason_to_pause(sending: Sending) -> None:
    """Whoever has to come twice is taken then."""
    script = always(Deferred("450 4.2.0 <***>: Greylisted, come back in a minute"))

    ending, _ = sending.send(ScriptedTransport(script))

    assert ending is Ending.FINISHED
    assert find_planned(sending).state is IssueState.SENDING
    assert sending.tally().deferred == PEOPLE


def test_full_mailboxes_that_are_tried_again_are_no_reason_to_pause(sending: Sending) -> None:
    """A run that has nobody but them meets nothing else."""
    full = Deferred("452 4.2.2 mailbox full")
    taken: Iterator[Outcome] = iter(
        [Accepted() if number % 4 else full for number in range(PEOPLE)]
    )
    sending.send(ScriptedTransport(lambda _: next(taken)))
    later = sending.begin(now_ms=NOON + 10 * MINUTE_MS)

    ending, progress = sending.send(ScriptedTransport(always(full)), later)

    assert ending is Ending.FINISHED
    assert progress.deferred == PEOPLE // 4


def test_refusals_with_accepted_messages_between_them_go_on(sending: Sending) -> None:
    """Two of three addresses may be old without anything being wrong with the next hop."""
    answers: Iterator[Outcome] = iter(
        [Accepted(), Rejected("550 5.1.1"), Rejected("550 5.1.1")] * PEOPLE
    )

    ending, progress = sending.send(ScriptedTransport(lambda _: next(answers)))

    assert ending is Ending.FINISHED
    assert (progress.accepted, progress.rejected) == (PEOPLE // 3, PEOPLE * 2 // 3)


@pytest.mark.parametrize("people", [1, 19])
def test_too_few_for_a_streak_are_paused_when_all_are_refused(
    database: Database, people: int
) -> None:
    """The next hop refused everything, however little that was."""
    sending = plan_for(database, people)

    ending, _ = sending.send(ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam"))))

    planned, tally = find_planned(sending), sending.tally()
    assert ending is Ending.PAUSED
    assert planned.pause_reason.endswith("said: 554 5.7.1 blocked for spam")
    assert (planned.state, tally.failed, tally.waiting) == (IssueState.PAUSED, 0, people)


def test_a_limit_below_a_streak_pauses_as_well(sending: Sending) -> None:
    """So does a day's share of a warm-up: a trial that fails is no reason to go on tomorrow."""
    transport = ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam")))

    ending, _ = sending.send(transport, sending.begin(limit=5))

    assert (ending, sending.tally().waiting) == (Ending.PAUSED, PEOPLE)


@pytest.mark.parametrize("words", ["550 5.1.1 no such user", "550 no such user here"])
def test_few_mailboxes_that_do_not_exist_have_failed(database: Database, words: str) -> None:
    """That tells nothing of the next hop."""
    sending = plan_for(database, 3)

    ending, _ = sending.send(ScriptedTransport(always(Rejected(words))))

    assert (ending, sending.tally().failed) == (Ending.FINISHED, 3)


def test_few_that_are_refused_after_others_were_taken_have_failed(sending: Sending) -> None:
    """The next hop takes the issue, and not these."""
    sending.send(ScriptedTransport(), sending.begin(limit=PEOPLE - 3))

    ending, _ = sending.send(ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam"))))

    assert (ending, sending.tally().failed) == (Ending.FINISHED, 3)


def test_few_that_are_refused_for_the_third_time_have_failed(database: Database) -> None:
    """An issue comes to its end."""
    sending = plan_for(database, 3)
    transport = ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam")))
    endings = []
    for _ in range(3):
        sending.set_state(IssueState.SENDING)
        endings.append(sending.send(transport)[0])

    assert endings == [Ending.PAUSED, Ending.PAUSED, Ending.FINISHED]
    assert sending.tally().failed == 3


def test_who_is_planned_again_is_tried_as_long_as_anybody(database: Database) -> None:
    """To lift a block may take days; what is put off after it is no old matter."""
    sending = plan_for(database, 3)
    sending.send(ScriptedTransport(always(Rejected("554 5.7.1 blocked for spam"))))
    sending.set_state(IssueState.SENDING)
    later = NOON + 3 * 24 * 60 * MINUTE_MS

    sending.send(
        ScriptedTransport(always(Deferred("451 4.3.0 later"))), sending.begin(now_ms=later)
    )

    assert (sending.tally().deferred, sending.tally().failed) == (3, 0)


def test_whoever_was_refused_beside_the_sender_that_paused_is_planned_again_too(
    sending: Sending,
) -> None:
    """Several workers meet the same block, and only the first of them sees enough of it."""
    seen: list[Recipient] = []

    def script(recipient: Recipient) -> Outcome:
        seen.append(recipient)
        if len(seen) == 5:
            with sending.database.write() as connection:
                plan.pause_issue(connection, sending.issue_id, reason="the next hop took none")
        return Rejected("554 5.7.1 blocked for spam")

    ending, progress = sending.send(ScriptedTransport(script))

    assert ending is Ending.PAUSED
    assert progress.rejected >= 5
    assert sending.tally().failed == 0
