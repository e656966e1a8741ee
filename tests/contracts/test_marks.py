"""The ledger's side of noticing a restored backup, on both databases."""

import sqlalchemy as sa

from newsletter.sending.ledger import deliveries, mark, plan
from newsletter.sending.ledger.installation import record_fingerprint
from newsletter.sending.ledger.status import IssueState
from tests.contracts.people import NOON
from tests.contracts.sends import add_people, plan_issue


def test_a_mark_only_grows(connection: sa.Connection) -> None:
    """Each machine's by itself."""
    first = mark.raise_number(connection, "here", least=0)
    second = mark.raise_number(connection, "here", least=0)
    leapt = mark.raise_number(connection, "here", least=9)
    other = mark.raise_number(connection, "there", least=0)

    assert (first, second, leapt, other) == (1, 2, 9, 1)
    assert mark.find_number(connection, "here") == 9
    assert mark.find_number(connection, "nowhere") == 0


def test_a_restored_database_sends_nothing_until_it_is_accepted(connection: sa.Connection) -> None:
    """All that remained of an issue under way is in doubt, and the operator decides."""
    record_fingerprint(connection, "secret", now_ms=NOON)
    add_people(connection, 3)
    issue_id = plan_issue(connection)

    mark.note_restored(connection, now_ms=NOON)

    found = plan.find_issue(connection, plan.list_issues(connection)[0].slug)
    tally = deliveries.count_deliveries(connection, issue_id)
    assert found is not None
    assert (found.state, bool(found.pause_reason)) == (IssueState.PAUSED, True)
    assert (tally.in_doubt, tally.remaining) == (3, 0)
    assert mark.find_restored(connection) == NOON
    assert mark.accept_restored(connection)
    assert not mark.accept_restored(connection)
    assert mark.find_restored(connection) is None


def test_an_issue_that_has_ended_stays_as_it_is(connection: sa.Connection) -> None:
    """It was sent before the backup was made."""
    record_fingerprint(connection, "secret", now_ms=NOON)
    add_people(connection, 1)
    issue_id = plan_issue(connection)
    plan.cancel_issue(connection, issue_id, now_ms=NOON)

    mark.note_restored(connection, now_ms=NOON)

    assert plan.list_issues(connection)[0].state is IssueState.CANCELLED
    assert deliveries.count_deliveries(connection, issue_id).in_doubt == 0
