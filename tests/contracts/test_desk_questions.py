"""What the operator's page asks, answered alike by both databases."""

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.list_held import list_held
from newsletter.usecases.look_around import list_issue_lines, list_troubles
from newsletter.usecases.report_issue import report_planned
from newsletter.usecases.show_growth import show_growth
from newsletter.usecases.tell_story import tell_story
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.subscription import State
from tests.contracts.readers import Readers
from tests.contracts.sends import add_people, plan_issue

FIRST, SECOND = "issue-30", "issue-31"


@pytest.fixture
def readers(database: Database) -> Readers:
    """Return a newsletter of three readers, with one issue that failed for one, and a newer one."""
    with database.write() as connection:
        numbers = add_people(connection, 3)
        plan_issue(connection, FIRST)
        connection.execute(
            sa.update(delivery)
            .where(delivery.c.subscriber_id == numbers[0])
            .values(status="failed", reply="550 5.1.1 reader0@example.org unknown", attempts=1)
        )
        plan_issue(connection, SECOND)
        connection.execute(
            sa.update(delivery)
            .where(delivery.c.issue_id == 2, delivery.c.subscriber_id == numbers[0])
            .values(status="failed", reply="550 5.1.1 no such user", attempts=1)
        )
    return Readers.of(database)


def test_issues_are_listed_by_page_and_with_their_sums(readers: Readers) -> None:
    """The newest first; a page goes on where the one before ended."""
    [newest] = list_issue_lines(readers.installation, limit=1)
    [older] = list_issue_lines(readers.installation, before_id=newest.issue.id, limit=1)

    assert (newest.issue.slug, older.issue.slug) == (SECOND, FIRST)
    assert (newest.tally.planned, newest.tally.failed, newest.tally.waiting) == (3, 1, 2)
    assert newest.is_left
    assert newest.issue.state is IssueState.SENDING


def test_one_code_is_told_across_issues(readers: Readers) -> None:
    """With the words of the newest, and without the address."""
    [trouble] = list_troubles(readers.installation)

    assert (trouble.code, trouble.count) == ("550 5.1.1", 2)
    assert trouble.issues == ((SECOND, 1), (FIRST, 1))
    assert trouble.sample == "550 5.1.1 no such user"


def test_an_issue_that_nobody_sends_is_held(readers: Readers) -> None:
    """It waits for somebody to go on with it."""
    held = list_held(readers.installation)

    assert [line.issue.slug for line in held.issues] == [SECOND, FIRST]
    assert held.networks == {}
    assert sum(held.outbox.values()) == sum(held.suppressions.values()) == 0


def test_growth_is_told_by_month_and_by_week(readers: Readers) -> None:
    """The last stretch is the one we are in."""
    by_month = show_growth(readers.installation)
    by_week = show_growth(readers.installation, step="week")

    assert (len(by_month.stretches), len(by_week.stretches)) == (12, 26)
    for growth in (by_month, by_week):
        assert growth.by_state[State.CONFIRMED] == 3
        assert (growth.stretches[-1].came, growth.stretches[-1].total) == (3, 3)
        assert growth.stretches[0].total == 0
    assert str(by_month.stretches[-1].begins_on) == "2026-01-01"
    assert str(by_week.stretches[-1].begins_on) == "2026-01-26"


def test_a_report_and_a_story_tell_the_same(readers: Readers) -> None:
    """One by issue, the other by reader."""
    report = report_planned(readers.installation, FIRST)
    story = tell_story(readers.installation, EmailAddress.parse("reader0@example.org"))

    assert report.samples == ("550 5.1.1 *** unknown",)
    assert [each.issue.slug for each in story.issues] == [SECOND, FIRST]
    assert [each.delivery.status for each in story.issues if each.delivery] == ["failed", "failed"]
    assert story.why_not_today == ""
    with pytest.raises(UnknownSubscriberError):
        tell_story(readers.installation, EmailAddress.parse("nobody@example.org"))
