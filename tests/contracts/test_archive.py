"""The archive's rows: kept with the plan, changed with it, and shown to whom they are meant for."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import archive, plan
from newsletter.sending.ledger.archive import EditionRecord
from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import IssueState
from tests.contracts.people import NOON
from tests.contracts.sends import AUDIENCE, add_people, insert_issue
from tests.unit.sample_issues import make_issue

RECORD = EditionRecord(
    title="Spring",
    preheader="First flowers",
    language="ko",
    published_at_ms=NOON - 1000,
    article="<p>꽃</p>",
    text="꽃\n",
    updated_at_ms=NOON,
)


def archive_issue(
    connection: sa.Connection, slug: str = "issue-30", record: EditionRecord = RECORD
) -> int:
    """Plan an issue for everyone and keep its edition; return its number."""
    issue_id = insert_issue(connection, slug)
    plan.plan_deliveries(connection, issue_id, AUDIENCE.select())
    archive.record_edition(connection, issue_id, record)
    return issue_id


def test_what_was_kept_is_found_whole(connection: sa.Connection) -> None:
    """Korean, too, on both databases."""
    archive_issue(connection)

    found = archive.find_edition(connection, "issue-30")

    assert found is not None
    assert (found.article, found.text, found.title) == ("<p>꽃</p>", "꽃\n", "Spring")
    assert found.is_listed
    assert archive.find_edition(connection, "another") is None


def test_the_newest_comes_first(connection: sa.Connection) -> None:
    """By the date its author gave it, for an old issue may be sent late."""
    for number, age in enumerate((5, 1, 9)):
        record = replace(RECORD, published_at_ms=NOON - age)
        archive_issue(connection, f"issue-{number}", record)

    slugs = [entry.slug for entry in archive.list_entries(connection)]

    assert slugs == ["issue-1", "issue-0", "issue-2"]
    assert [entry.slug for entry in archive.list_entries(connection, limit=1)] == ["issue-1"]


def test_a_second_run_changes_nothing_unless_the_text_was_changed_on_purpose(
    connection: sa.Connection,
) -> None:
    """The date of publication stays even then."""
    issue_id = archive_issue(connection)
    newer = replace(RECORD, title="Summer", published_at_ms=NOON + 5, updated_at_ms=NOON + 5)

    archive.record_edition(connection, issue_id, newer)
    kept = archive.find_edition(connection, "issue-30")
    archive.record_edition(connection, issue_id, newer, replaces=True)
    changed = archive.find_edition(connection, "issue-30")

    assert kept is not None
    assert changed is not None
    assert kept.title == "Spring"
    assert (changed.title, changed.updated_at_ms) == ("Summer", NOON + 5)
    assert changed.published_at_ms == RECORD.published_at_ms


class TestCancelled:
    """An issue that was given up."""

    def test_one_that_reached_nobody_was_never_published(self, connection: sa.Connection) -> None:
        """The author thought better of it in time."""
        add_people(connection, 2)
        issue_id = archive_issue(connection)

        plan.cancel_issue(connection, issue_id, now_ms=NOON)

        assert archive.find_edition(connection, "issue-30") is None
        assert archive.list_entries(connection, with_unlisted=True) == []

    def test_one_that_reached_somebody_is_there_for_him(self, connection: sa.Connection) -> None:
        """His message has a link to it; nobody else is told."""
        add_people(connection, 2)
        issue_id = archive_issue(connection)
        connection.execute(sa.update(delivery).values(first_intent_at_ms=NOON))

        plan.cancel_issue(connection, issue_id, now_ms=NOON)

        found = archive.find_edition(connection, "issue-30")
        assert found is not None
        assert not found.is_listed
        assert archive.list_entries(connection) == []
        assert len(archive.list_entries(connection, with_unlisted=True)) == 1


def test_an_issue_for_a_tag_is_not_listed(connection: sa.Connection) -> None:
    """It was meant for a few; whoever has its link may read it."""
    issue_id = plan.insert_issue(
        connection,
        make_issue(slug="patrons"),
        edition_digest="d" * 64,
        segment="tag:patrons",
        now_ms=NOON,
    )
    archive.record_edition(connection, issue_id, RECORD)

    assert archive.list_entries(connection) == []
    assert archive.find_edition(connection, "patrons") is not None


@pytest.mark.parametrize("state", [IssueState.SENDING, IssueState.PAUSED, IssueState.SENT])
def test_an_issue_is_published_from_its_plan_on(database: Database, state: IssueState) -> None:
    """The first reader follows his link before the last one has his message."""
    with database.write() as connection:
        issue_id = archive_issue(connection)
        plan.set_issue_state(connection, issue_id, state, only_from=set(IssueState))

    with database.read() as connection:
        assert [entry.slug for entry in archive.list_entries(connection)] == ["issue-30"]
