"""What an issue came to: counted, kept when it ended, and counted anew when a run began since."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import lease, plan, summary
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import delivery, issue_summary
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.usecases.report_issue import find_samples
from newsletter.usecases.summarise_issue import (
    SlowDomain,
    find_code,
    keep_summary,
    load_summary,
    summarise_issue,
)
from subscribers.consent import Consent, ConsentEvent, Origin
from subscribers.store.growth import count_came, count_left, count_sign_ups_by_network
from subscribers.store.subscribers import add_subscribers, count_by_state
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change, State
from tests.contracts.people import IMPORTED, NOON, person
from tests.contracts.sends import add_people, plan_issue


def settle(
    connection: sa.Connection,
    number: int,
    status: str,
    reply: str = "",
    *,
    took_ms: int = 50,
) -> None:
    """Bring one delivery to where it stands."""
    connection.execute(
        sa.update(delivery)
        .where(delivery.c.subscriber_id == number)
        .values(
            status=status,
            reply=reply,
            attempts=1,
            first_intent_at_ms=NOON,
            settled_at_ms=NOON + took_ms,
        )
    )


def end(database: Database, issue_id: int) -> None:
    """Run through an issue that has nothing left, as a sender does."""
    with database.write() as connection:
        held = lease.acquire(connection, lease.name_for_issue(issue_id), Process.current())
        plan.finish_issue(connection, issue_id, now_ms=NOON)
        lease.release(connection, held)
    keep_summary(database, issue_id, epoch=held.epoch)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("550 5.1.1 no such user", "550 5.1.1"),
        ("450 try later", "450"),
        ("550-5.7.1 two lines", "550 5.7.1"),
        ("given up after 48 h: 450 4.2.1 busy", "450 4.2.1"),
        ("SendGrid answered 500, expected 202", ""),
        ("the connection broke after 250 messages", ""),
        ("5500 is no code", ""),
        ("", ""),
    ],
)
def test_a_code_is_found_where_a_server_gave_one(words: str, code: str) -> None:
    """Numbers in the midst of words are no codes."""
    assert find_code(words) == code


def test_troubles_are_grouped_by_code_with_a_sample_without_addresses(
    connection: sa.Connection,
) -> None:
    """A report is shown around; what servers repeat of an address must not be in it."""
    numbers = add_people(connection, 5)
    issue_id = plan_issue(connection)
    settle(connection, numbers[0], "failed", "550 5.1.1 <reader0@example.org>: reader0 unknown")
    settle(connection, numbers[1], "failed", "550 5.1.1 <reader1@example.org> unknown")
    settle(connection, numbers[2], "failed", "554 5.7.1 blocked")
    settle(connection, numbers[3], "in_doubt", "the connection broke")
    settle(connection, numbers[4], "sent", "250 ok")

    found = summarise_issue(connection, issue_id)
    samples = find_samples(connection, [(issue_id, each) for each in found.troubles])

    assert [(each.status, each.code, each.count) for each in found.troubles] == [
        (DeliveryStatus.FAILED, "550 5.1.1", 2),
        (DeliveryStatus.FAILED, "554 5.7.1", 1),
        (DeliveryStatus.IN_DOUBT, "", 1),
    ]
    assert samples == ("550 5.1.1 <***>: *** unknown", "554 5.7.1 blocked", "the connection broke")
    assert (found.rows, found.tally.planned) == (5, 5)


def test_slow_domains_are_told_with_those_still_deferred_first(connection: sa.Connection) -> None:
    """Who waits yet is worse off than who waited."""
    people = [person(f"{name}@{domain}") for domain in ("a.example", "b.example") for name in "xyz"]
    numbers = sorted(add_subscribers(connection, people, IMPORTED).values())
    issue_id = plan_issue(connection)
    for number in numbers[:3]:
        settle(connection, number, "sent", took_ms=summary.LATE_MS + 1000)
    settle(connection, numbers[3], "deferred", took_ms=5000)
    for number in numbers[4:]:
        settle(connection, number, "sent", took_ms=summary.LATE_MS)

    found = summarise_issue(connection, issue_id)

    assert found.slow_domains == (
        SlowDomain(domain="b.example", late=1, deferred=1, longest_seconds=5),
        SlowDomain(domain="a.example", late=3, deferred=0, longest_seconds=61),
    )


def test_the_sums_of_an_ended_issue_are_kept_and_are_the_same(database: Database) -> None:
    """A page that shows thirty issues must not count three million rows."""
    with database.write() as connection:
        numbers = add_people(connection, 6)
        issue_id = plan_issue(connection)
        for number in numbers:
            settle(connection, number, "sent", took_ms=summary.LATE_MS * 2)
        settle(connection, numbers[0], "failed", "550 5.1.1 unknown")
        settle(connection, numbers[1], "skipped", "unsubscribed")
        counted = summarise_issue(connection, issue_id)
    end(database, issue_id)

    with database.write() as connection:
        # Only so can be seen that nobody counts again.
        connection.execute(sa.delete(delivery).where(delivery.c.issue_id == issue_id))
        kept = load_summary(connection, issue_id)

    # Four people are too few for a domain to be kept.
    assert counted.slow_domains == (
        SlowDomain(domain="example.org", late=4, deferred=0, longest_seconds=120),
    )
    assert kept == replace(counted, slow_domains=())


def test_a_new_run_makes_the_kept_sums_void(database: Database) -> None:
    """What was true before --add-new or a second look at the doubtful is not told after it."""
    with database.write() as connection:
        [number] = add_people(connection, 1)
        issue_id = plan_issue(connection)
        settle(connection, number, "sent")
    end(database, issue_id)
    with database.write() as connection:
        before = summary.find_summaries(connection, [issue_id])
        lease.acquire(connection, lease.name_for_issue(issue_id), Process.current())
        after = summary.find_summaries(connection, [issue_id])
        sent = load_summary(connection, issue_id).tally.sent

    assert (len(before), len(after), sent) == (1, 0, 1)


@pytest.mark.parametrize("status", ["in_doubt", "deferred", "planned"])
def test_nothing_is_kept_of_an_issue_that_may_change(database: Database, status: str) -> None:
    """A report may settle it without any run."""
    with database.write() as connection:
        [number] = add_people(connection, 1)
        issue_id = plan_issue(connection)
        settle(connection, number, status)

    end(database, issue_id)

    with database.read() as connection:
        assert connection.execute(sa.select(issue_summary)).all() == []


def test_growth_ends_with_those_who_are_confirmed_today(database: Database) -> None:
    """Whatever happened in between: who came less who left is who is there."""
    with database.write() as connection:
        numbers = add_people(connection, 6)
        add_subscribers(connection, [person("new@example.org", state=State.PENDING)], IMPORTED)
        change_state(connection, numbers[0], Change.UNSUBSCRIBE, now_ms=NOON + 86_400_000)
        change_state(connection, numbers[1], Change.ERASE, now_ms=NOON + 2 * 86_400_000)

        came, left = count_came(connection), count_left(connection)
        states = count_by_state(connection)

    assert sum(came.values()) - sum(left.values()) == states[State.CONFIRMED] == 4
    assert [count for _, count in sorted(left.items())] == [1, 1]


def test_networks_of_many_sign_ups_are_told(connection: sa.Connection) -> None:
    """Imports are none, old ones are over, and a few from one place are nothing strange."""

    def sign_up(name: str, network: str, at_ms: int) -> None:
        evidence = Consent(
            event=ConsentEvent.REQUESTED, at_ms=at_ms, origin=Origin(network=network)
        )
        add_subscribers(connection, [person(f"{name}@example.org")], evidence)

    add_people(connection, 3)
    for number in range(3):
        sign_up(f"many{number}", "203.0.113.0/24", NOON)
        sign_up(f"old{number}", "192.0.2.0/24", NOON - 1)
    sign_up("few", "198.51.100.0/24", NOON)
    sign_up("unknown", "", NOON)

    found = count_sign_ups_by_network(connection, since_ms=NOON, least=3)

    assert found == {"203.0.113.0/24": 3}
