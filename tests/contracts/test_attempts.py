"""Deferred deliveries are tried again on both databases, and attempts are on record."""

from collections import Counter

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import deferred
from newsletter.sending.ledger.attempts import AttemptOutcome, list_attempts
from newsletter.sending.ledger.person import forget_person
from newsletter.sending.ledger.reasons import count_reasons
from newsletter.sending.ledger.schema import attempt, delivery
from newsletter.sending.ledger.status import DeliveryStatus, IssueState, Tally
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt, Outcome, Rejected
from tests.contracts.people import NOON
from tests.contracts.scripted_transports import (
    ReturningTransport,
    ScriptedTransport,
    answer_in_turn,
    at_message,
)
from tests.contracts.sends import Sending, plan_for

MINUTE = 60_000
HOUR = 60 * MINUTE
GREY = Deferred("450 4.2.0 try again")


@pytest.fixture
def sending(database: Database) -> Sending:
    """Return an issue planned for three people."""
    return plan_for(database, 3)


def send_at(sending: Sending, now_ms: int, *outcomes: Outcome) -> Counter[int]:
    """Run at a moment; tell who was tried."""
    transport = ScriptedTransport(answer_in_turn(*outcomes))
    sending.send(transport, sending.begin(now_ms=now_ms))
    return transport.arrived


def told(sending: Sending, number: int) -> list[tuple[int, int, int, str, str]]:
    """Tell everything that is on record about one person, times from noon on."""
    with sending.database.read() as connection:
        return [
            (
                each.number,
                each.began_at_ms - NOON,
                each.ended_at_ms - NOON,
                str(each.outcome),
                each.reply,
            )
            for each in list_attempts(connection, number)
        ]


def next_at(sending: Sending) -> int | None:
    """Tell when the next attempt is due, from noon on."""
    with sending.database.read() as connection:
        found = deferred.find_next_attempt(connection, sending.issue_id)
    return None if found is None else found - NOON


def count_on_record(sending: Sending) -> int:
    """Count the rows."""
    with sending.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(attempt)).scalar_one()


class TestSchedule:
    """Deferred, again and again, until it is sent or given up."""

    def test_a_deferred_delivery_is_tried_after_one_five_and_fifteen_minutes(
        self, sending: Sending
    ) -> None:
        """Counted from the end of each attempt; then it is sent."""
        first = sending.people[0]
        send_at(sending, NOON, GREY, Accepted(), Accepted())
        due = [next_at(sending)]

        for _ in range(2):
            assert send_at(sending, NOON + (due[-1] or 0), GREY) == Counter([first])
            due.append(next_at(sending))
        send_at(sending, NOON + (due[-1] or 0), Accepted("250 at last"))

        assert due == [MINUTE, 6 * MINUTE, 21 * MINUTE]
        assert sending.tally() == Tally(sent=3)
        assert next_at(sending) is None
        assert told(sending, first) == [
            (1, 0, 0, "deferred", GREY.reply),
            (2, MINUTE, MINUTE, "deferred", GREY.reply),
            (3, 6 * MINUTE, 6 * MINUTE, "deferred", GREY.reply),
            (4, 21 * MINUTE, 21 * MINUTE, "accepted", "250 at last"),
        ]

    def test_after_the_deadline_it_has_failed_and_says_so(self, sending: Sending) -> None:
        """Nobody is tried for ever, and the next hop's last words are kept."""
        send_at(sending, NOON, GREY, Accepted(), Accepted())
        send_at(sending, NOON + 47 * HOUR, GREY)
        before = (next_at(sending), sending.tally())

        send_at(sending, NOON + 48 * HOUR, Deferred("452 4.2.2 full"))

        with sending.database.read() as connection:
            why = count_reasons(connection, sending.issue_id, DeliveryStatus.FAILED, most=5)
        assert before == (47 * HOUR + 5 * MINUTE, Tally(sent=2, deferred=1))
        assert sending.tally() == Tally(sent=2, failed=1)
        assert why == {"given up after 48 h: 452 4.2.2 full": 1}
        assert told(sending, sending.people[0])[-1][3:] == ("deferred", "452 4.2.2 full")

    def test_trouble_of_our_own_is_due_at_once_and_never_given_up(self, sending: Sending) -> None:
        """It is no word about the recipient."""
        ours = Deferred("refused for us", retry_after_seconds=0)
        send_at(sending, NOON, ours, Accepted(), Accepted())

        send_at(sending, NOON + 100 * HOUR, ours)

        assert next_at(sending) == 100 * HOUR
        assert sending.tally() == Tally(sent=2, deferred=1)

    def test_a_retry_leaves_alone_what_was_never_tried(self, sending: Sending) -> None:
        """An operator who stopped an issue by hand has not asked for the rest."""
        run = sending.begin(limit=1)
        sending.send(ScriptedTransport(answer_in_turn(GREY)), run)
        transport = ScriptedTransport()

        sending.send(transport, sending.begin(now_ms=NOON + MINUTE, only_deferred=True))

        assert transport.arrived == Counter(sending.people[:1])
        assert sending.tally() == Tally(sent=1, waiting=2)

    def test_a_retry_takes_only_what_is_due(self, sending: Sending) -> None:
        """The others keep their time."""
        send_at(sending, NOON, GREY, Deferred("421", retry_after_seconds=600), Accepted())
        transport = ScriptedTransport()

        sending.send(transport, sending.begin(now_ms=NOON + MINUTE, only_deferred=True))

        assert transport.arrived == Counter(sending.people[:1])
        assert next_at(sending) == 10 * MINUTE

    def test_what_is_handed_back_in_a_retry_is_deferred_still(self, sending: Sending) -> None:
        """A run that ends early must not make it look as if it had never been tried."""
        send_at(sending, NOON, GREY, GREY, GREY)

        sending.send(ReturningTransport(), sending.begin(now_ms=NOON + MINUTE))

        assert sending.tally() == Tally(deferred=3)
        assert next_at(sending) == MINUTE
        assert count_on_record(sending) == 3

    def test_whoever_left_meanwhile_is_not_tried_again(self, sending: Sending) -> None:
        """The audience is asked again with each attempt."""
        send_at(sending, NOON, GREY, Accepted(), Accepted())
        sending.unsubscribe(sending.people[0])

        assert send_at(sending, NOON + MINUTE) == Counter()
        assert sending.tally() == Tally(sent=2, skipped=1)

    def test_an_issue_is_found_when_it_has_something_due(self, sending: Sending) -> None:
        """By whoever goes on with it; a paused one is the operator's."""
        send_at(sending, NOON, GREY, Accepted(), Accepted())

        def find(now_ms: int) -> list[str]:
            with sending.database.read() as connection:
                return deferred.list_issues_due(connection, now_ms=now_ms)

        early, due = find(NOON + MINUTE - 1), find(NOON + MINUTE)
        sending.set_state(IssueState.PAUSED)

        assert (early, due, find(NOON + MINUTE)) == ([], ["issue-30"], [])


class TestRecord:
    """What is written down of attempts."""

    def test_what_is_accepted_at_once_costs_no_row(self, sending: Sending) -> None:
        """Its delivery tells the same."""
        send_at(sending, NOON, *[Accepted("250 ok")] * 3)

        assert count_on_record(sending) == 0
        assert told(sending, sending.people[0]) == [(1, 0, 0, "accepted", "250 ok")]

    def test_each_other_outcome_is_on_record(self, sending: Sending) -> None:
        """With the next hop's words."""
        send_at(sending, NOON, GREY, Rejected("550 5.1.1 nobody"), InDoubt("no answer"))

        found = [told(sending, number)[0][3:] for number in sending.people]

        assert found == [
            ("deferred", GREY.reply),
            ("rejected", "550 5.1.1 nobody"),
            ("in_doubt", "no answer"),
        ]

    def test_an_attempt_whose_sender_died_is_in_doubt(self, sending: Sending) -> None:
        """Whoever takes over writes it down, at the time he finds it."""
        number = sending.people[0]
        held = sending.take_over()
        with sending.database.write() as connection:
            connection.execute(
                sa.update(delivery)
                .where(delivery.c.subscriber_id == number)
                .values(
                    status="in_flight",
                    epoch=held.epoch,
                    attempts=1,
                    first_intent_at_ms=NOON - 5,
                    last_intent_at_ms=NOON - 5,
                )
            )

        sending.take_over()

        assert told(sending, number) == [
            (1, -5, 0, "in_doubt", "the sender ended before the outcome was known")
        ]

    def test_the_last_word_on_an_attempt_counts(self, sending: Sending) -> None:
        """Its own sender, taken over meanwhile, knows what the successor had to doubt."""
        late = at_message(1, sending.take_over)
        first, second, third = sending.people

        sending.send(ScriptedTransport(late), sending.begin(max_in_flight=3))

        assert [told(sending, number)[0][3] for number in (first, second, third)] == [
            "accepted"
        ] * 3

    def test_erasing_a_person_empties_the_words(self, sending: Sending) -> None:
        """They may name him; the rest of the record stays."""
        number = sending.people[0]
        send_at(sending, NOON, GREY, Accepted(), Accepted())
        with sending.database.write() as connection:
            forget_person(connection, number)

        assert told(sending, number) == [(1, 0, 0, "deferred", "")]

    def test_nothing_is_written_about_whoever_was_erased_in_flight(self, sending: Sending) -> None:
        """The outcome comes in after the erasure."""
        number = sending.people[0]

        def erase() -> None:
            with sending.database.write() as connection:
                forget_person(connection, number)

        def script(_: object) -> Outcome:
            erase()
            return GREY

        sending.send(ScriptedTransport(script), sending.begin(limit=1))

        assert told(sending, number) == [(1, 0, 0, AttemptOutcome.DEFERRED, "")]
