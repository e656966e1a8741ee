"""What happened, read on from a place, on both databases: nothing twice, nothing left out."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.reports.report import ReportKind
from newsletter.sending.ledger.feed import ListedDelivery, ListedReport
from newsletter.sending.ledger.schema import issue
from newsletter.usecases.installation import Installation
from newsletter.usecases.list_events import ConsentEntry, Place, Told, list_events
from subscribers.store.schema import consent
from tests.contracts.people import NOON
from tests.contracts.reported import Returns
from tests.contracts.sends import add_people

LATER_MS = 60_000


def read_all(
    installation: Installation, limit: int, place: Place | None = None
) -> tuple[list[Told], Place]:
    """Read page by page until a page is not full."""
    told: list[Told] = []
    place = place or Place()
    while True:
        page = list_events(installation, place, limit=limit)
        told += page.told
        place = page.place
        if len(page.told) < limit:
            return told, place


def end_issue(returns: Returns, issue_id: int, at_ms: int) -> None:
    """Let an issue have ended."""
    with returns.installation.database.write() as connection:
        connection.execute(
            sa.update(issue)
            .where(issue.c.id == issue_id)
            .values(state="sent", finished_at_ms=at_ms)
        )


@pytest.fixture
def returns(database: Database) -> Returns:
    """Return three readers, an issue that ended, one that has not, and a report."""
    returns = Returns.of(database)
    ended = returns.send("issue-30")
    end_issue(returns, ended, NOON)
    returns.send("issue-31")
    returns.take(returns.report(ReportKind.DELIVERED, ended))
    returns.readers.clock[0] = NOON + LATER_MS
    return returns


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_of_any_size_tell_the_same(returns: Returns, limit: int) -> None:
    """Three consents, three deliveries of the issue that ended, one report."""
    told, _ = read_all(returns.installation, limit)

    kinds = [type(each.happening) for each in told]
    assert kinds.count(ConsentEntry) == 3
    assert kinds.count(ListedReport) == 1
    assert kinds.count(ListedDelivery) == 3
    assert told == read_all(returns.installation, 1000)[0]


def test_what_happens_later_is_told_after_the_place(returns: Returns) -> None:
    """And nothing of before again."""
    _, place = read_all(returns.installation, 2)
    with returns.installation.database.write() as connection:
        add_people(connection, 1, prefix="late")

    told, _ = read_all(returns.installation, 2, place)

    assert [type(each.happening) for each in told] == [ConsentEntry]


def test_an_issue_that_ended_anew_is_told_anew(returns: Returns) -> None:
    """What failed was tried again: where its deliveries stand now is news."""
    _, place = read_all(returns.installation, 10)
    end_issue(returns, 1, NOON + 1000)

    told, _ = read_all(returns.installation, 10, place)

    assert [type(each.happening) for each in told] == [ListedDelivery] * 3


def test_an_issue_that_ended_just_now_is_held_back(returns: Returns) -> None:
    """Another may be about to be committed as having ended before it."""
    _, place = read_all(returns.installation, 10)
    end_issue(returns, 2, returns.readers.clock[0])

    told, _ = read_all(returns.installation, 10, place)
    returns.readers.clock[0] += LATER_MS

    assert told == []
    assert len(read_all(returns.installation, 10, place)[0]) == 3


def test_a_row_that_is_committed_late_is_not_left_out(database: Database, returns: Returns) -> None:
    """Its number is lower than one that was committed before it. SQLite's writers take turns."""
    if database.is_sqlite:
        with database.write() as connection:
            add_people(connection, 2, prefix="late")
        assert len(read_all(returns.installation, 10)[0]) == 9
        return
    slow = sa.create_engine(database._url)
    with slow.connect() as connection, connection.begin():
        add_people(connection, 1, prefix="slow")
        with database.write() as other:
            add_people(other, 1, prefix="quick")
        before, place = read_all(returns.installation, 10)
    slow.dispose()

    after, _ = read_all(returns.installation, 10, place)

    numbers = [
        each.happening.id for each in [*before, *after] if isinstance(each.happening, ConsentEntry)
    ]
    assert numbers == [1, 2, 3, 4, 5]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_whatever_the_pages_nothing_is_told_twice_or_left_out(
    returns: Returns, sizes: list[int]
) -> None:
    """Each page goes on where the last one ended."""
    everything, _ = read_all(returns.installation, 1000)
    told: list[Told] = []
    place = Place()

    for size in sizes:
        page = list_events(returns.installation, place, limit=size)
        told += page.told
        place = page.place

    assert told == everything[: sum(sizes)]


def test_every_piece_of_evidence_is_told(returns: Returns) -> None:
    """As many as there are in the table, in its order."""
    told, _ = read_all(returns.installation, 2)

    with returns.installation.database.read() as connection:
        numbers = connection.scalars(sa.select(consent.c.id).order_by(consent.c.id)).all()
    entries = [each.happening for each in told if isinstance(each.happening, ConsentEntry)]
    assert [each.id for each in entries] == list(numbers)
