"""Failed deliveries are planned again when the operator says so, on both databases."""

import pytest

from newsletter.database import Database
from newsletter.reports.report import Report, ReportKind
from newsletter.sending.ledger import failed
from newsletter.sending.ledger.attempts import list_attempts
from newsletter.sending.ledger.plan import finish_issue, set_issue_state
from newsletter.sending.ledger.reports import FoundReport, record_reports
from newsletter.sending.ledger.status import IssueState, Tally
from newsletter.sending.transports.transport import Accepted, Deferred, Outcome, Rejected
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change
from tests.contracts.people import NOON
from tests.contracts.scripted_transports import ScriptedTransport, answer_in_turn
from tests.contracts.sends import AUDIENCE, Sending, plan_for

HOUR = 3_600_000
WEEK = 7 * 24 * HOUR
FULL = Rejected("552 5.2.2 mailbox full")
GREY = Deferred("450 4.2.0 try again")


@pytest.fixture
def sending(database: Database) -> Sending:
    """Return an issue of three people that failed for the first two."""
    sending = plan_for(database, 3)
    sending.send(ScriptedTransport(answer_in_turn(FULL, FULL, Accepted("250 ok"))))
    with database.write() as connection:
        assert finish_issue(connection, sending.issue_id, now_ms=NOON)
    return sending


def plan_again(sending: Sending) -> tuple[int, int]:
    """Plan what failed again; tell how many it would be, and were."""
    audience = AUDIENCE.select()
    with sending.database.write() as connection:
        told = failed.count_mailable(connection, sending.issue_id, audience)
        done = failed.plan_again(connection, sending.issue_id, audience)
        set_issue_state(
            connection, sending.issue_id, IssueState.SENDING, only_from={IssueState.SENT}
        )
    return told, done


def send_at(sending: Sending, now_ms: int, *outcomes: Outcome) -> list[int]:
    """Run at a moment; tell who was tried."""
    transport = ScriptedTransport(answer_in_turn(*outcomes))
    sending.send(transport, sending.begin(now_ms=now_ms))
    return sorted(transport.arrived)


def test_what_failed_is_planned_and_sent_and_what_was_sent_is_left_alone(sending: Sending) -> None:
    """Whoever has the issue does not get it twice."""
    counts = plan_again(sending)
    planned = sending.tally()

    tried = send_at(sending, NOON + WEEK, Accepted("250 ok"), Accepted("250 ok"))

    assert counts == (2, 2)
    assert planned == Tally(sent=1, waiting=2)
    assert tried == list(sending.people[:2])
    assert sending.tally() == Tally(sent=3)


def test_every_attempt_stays_on_record(sending: Sending) -> None:
    """With the words of its time."""
    plan_again(sending)
    send_at(sending, NOON + WEEK, Accepted("250 ok"), FULL)

    with sending.database.read() as connection:
        told = [
            [
                (each.number, str(each.outcome), each.reply)
                for each in list_attempts(connection, who)
            ]
            for who in sending.people[:2]
        ]

    assert told == [
        [(1, "rejected", FULL.reply), (2, "accepted", "250 ok")],
        [(1, "rejected", FULL.reply), (2, "rejected", FULL.reply)],
    ]


def test_the_deadline_counts_from_the_new_attempt(sending: Sending) -> None:
    """Else what is deferred a week later would be given up at once."""
    plan_again(sending)

    send_at(sending, NOON + WEEK, GREY, GREY)
    deferred = sending.tally()
    send_at(sending, NOON + WEEK + 49 * HOUR, GREY, GREY)

    assert deferred == Tally(sent=1, deferred=2)
    assert sending.tally() == Tally(sent=1, failed=2)


@pytest.mark.parametrize("change", [Change.BOUNCE, Change.COMPLAIN, Change.UNSUBSCRIBE])
def test_whoever_gets_no_issue_any_more_stays_failed(sending: Sending, change: Change) -> None:
    """Skipped would mean that nobody ever tried."""
    with sending.database.write() as connection:
        change_state(connection, sending.people[0], change, now_ms=NOON)

    counts = plan_again(sending)

    assert counts == (1, 1)
    assert sending.tally() == Tally(sent=1, failed=1, waiting=1)


def test_what_a_report_says_had_left_is_not_sent_again(sending: Sending) -> None:
    """An attempt before the last may have arrived after all."""
    report = Report(
        source="sendgrid",
        source_id="1",
        kind=ReportKind.DELIVERED,
        bounce_class=None,
        occurred_at_ms=NOON,
    )
    found = FoundReport(report=report, subscriber_id=sending.people[0], issue_id=sending.issue_id)
    with sending.database.write() as connection:
        record_reports(connection, [found], now_ms=NOON)

    counts = plan_again(sending)

    assert counts == (1, 1)
    assert sending.tally() == Tally(sent=1, failed=1, waiting=1)
