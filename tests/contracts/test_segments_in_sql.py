"""A segment in SQL picks whom a plain reading of it picks, on SQLite and on PostgreSQL."""

from collections.abc import Mapping
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from newsletter.reports.report import ReportKind
from newsletter.sending.ledger.history import select_by_history
from newsletter.sending.ledger.partitions import make_missing_partitions
from newsletter.sending.ledger.schema import delivery, issue, report
from newsletter.settings.segments import HISTORY_KEYS
from subscribers.address import EmailAddress
from subscribers.segments.compile import Question, compile_segment
from subscribers.segments.grammar import parse_segment
from subscribers.segments.tree import EVERYONE, Not, Segment
from subscribers.store.schema import subscriber
from subscribers.store.subscribers import add_subscribers
from subscribers.subscriber import NewSubscriber
from tests.contracts.people import IMPORTED, KEYS, NOON, hash_of, person
from tests.segments import (
    SLUGS,
    RandomPerson,
    is_member,
    list_people,
    list_tests,
    people,
    segments,
)

SEOUL = ZoneInfo("Asia/Seoul")
NUMBERS = count()
QUESTION = Question(
    now_ms=NOON,
    zone=SEOUL,
    select_outside=lambda test: select_by_history(test.key, test.value),
)


def find_members(connection: sa.Connection, segment: Segment) -> set[int]:
    """Find the numbers of whoever is in a segment."""
    where = compile_segment(segment, QUESTION)
    return set(connection.execute(sa.select(subscriber.c.id).where(where)).scalars())


def read_plainly(people: Mapping[int, RandomPerson], segment: Segment) -> set[int]:
    """Find the same people without a database."""
    return {
        number
        for number, person in people.items()
        if is_member(person, segment, zone=SEOUL, now_ms=NOON)
    }


def add_issues(connection: sa.Connection) -> None:
    """Make issues known that people may have received."""
    rows = [
        {
            "id": number,
            "slug": slug,
            "title": slug,
            "state": "sent",
            "is_modified": False,
            "content_sha256": "",
            "edition_digest": "",
            "planned_at_ms": NOON,
        }
        for number, slug in enumerate(SLUGS, start=1)
    ]
    connection.execute(sa.insert(issue), rows)
    make_missing_partitions(connection)


def add(connection: sa.Connection, person: RandomPerson) -> int:
    """Add somebody, with what he received; return his number."""
    address = EmailAddress.parse(f"reader{next(NUMBERS)}@{person.domain}")
    new = NewSubscriber(
        public_id=KEYS.address_hash(address)[::-1],
        address=address,
        address_hash=KEYS.address_hash(address),
        profile=person.profile,
        state=person.state,
        created_at_ms=person.created_at_ms,
        confirmed_at_ms=person.confirmed_at_ms,
    )
    [number] = add_subscribers(connection, [new], IMPORTED).values()
    for issue_id, slug in enumerate(SLUGS, start=1):
        # Whoever did not receive it was planned all the same.
        status = "sent" if slug in person.received else "failed"
        connection.execute(
            sa.insert(delivery).values(issue_id=issue_id, subscriber_id=number, status=status)
        )
    return number


def test_each_test_picks_whom_a_plain_reading_picks(connection: sa.Connection) -> None:
    """By itself and after ``not``, with every value that somebody has, or nobody."""
    add_issues(connection)
    numbers = {add(connection, person): person for person in list_people()}
    asked = [segment for test in list_tests() for segment in (test, Not(test))]

    found = {segment: find_members(connection, segment) for segment in asked}

    assert found == {segment: read_plainly(numbers, segment) for segment in asked}


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    crowd=st.lists(people(), min_size=1, max_size=8),
    asked=st.lists(segments(), min_size=1, max_size=12),
)
def test_sql_picks_whom_a_plain_reading_picks(
    database: Database, crowd: list[RandomPerson], asked: list[Segment]
) -> None:
    """Whoever is picked gets the issue, and whoever is not must not: the two may never differ."""
    with database.write() as connection, connection.begin_nested() as savepoint:
        add_issues(connection)
        numbers = {add(connection, person): person for person in crowd}

        found = [find_members(connection, segment) for segment in asked]
        savepoint.rollback()

    assert found == [read_plainly(numbers, segment) for segment in asked]


@pytest.fixture
def history(connection: sa.Connection) -> dict[str, int]:
    """Return the numbers of people, by what the first issue was to each."""
    add_issues(connection)
    people = [person(f"{name}@example.org") for name in HISTORY_KEYS]
    added = add_subscribers(connection, people, IMPORTED)
    numbers = {name: added[hash_of(f"{name}@example.org")] for name in HISTORY_KEYS}
    for name, number in numbers.items():
        status = {"planned": "planned", "failed": "failed"}.get(name, "sent")
        connection.execute(
            sa.insert(delivery).values(issue_id=1, subscriber_id=number, status=status)
        )
    for name, kind in (("bounced", ReportKind.BOUNCE), ("complained", ReportKind.COMPLAINT)):
        connection.execute(
            sa.insert(report).values(
                source="test",
                source_id=name,
                issue_id=1,
                subscriber_id=numbers[name],
                kind=kind,
                occurred_at_ms=NOON,
                received_at_ms=NOON,
            )
        )
    return numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("planned:issue-1", HISTORY_KEYS),
        ("received:issue-1", ("received", "bounced", "complained")),
        ("failed:issue-1", ("failed",)),
        ("bounced:issue-1", ("bounced",)),
        ("complained:issue-1", ("complained",)),
        ("planned:issue-1 and not (received:issue-1 or failed:issue-1)", ("planned",)),
        ("received:issue-2", ()),
        ("received:nothing", ()),
    ],
)
def test_an_issue_s_history_picks_people(
    connection: sa.Connection, history: dict[str, int], text: str, names: tuple[str, ...]
) -> None:
    """What came back later does not undo that the next hop took it."""
    segment = parse_segment(text, outside=HISTORY_KEYS)

    assert find_members(connection, segment) == {history[name] for name in names}


def test_everyone_is_everyone(connection: sa.Connection, history: dict[str, int]) -> None:
    """A segment without tests leaves nobody out."""
    assert find_members(connection, EVERYONE) == set(history.values())
