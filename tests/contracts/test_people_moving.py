"""People come from other services with what they said there, and nobody is mailable who said no."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from subscribers.consent import ConsentEvent
from subscribers.errors import ImportFileError
from subscribers.exchange.csv_import import BATCH_ROWS, ImportTerms, Line, Verdict, import_csv
from subscribers.exchange.shelf import Rehearsal
from subscribers.store.audience import select_audience
from subscribers.store.bulk import FEW_ROWS
from subscribers.store.consents import list_consents
from subscribers.store.subscribers import add_subscribers, find_subscriber, list_subscribers
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression
from subscribers.subscriber import Subscriber
from subscribers.subscription import Change, State
from tests.contracts.people import IMPORTED, KEYS, NOON, hash_of, person

SERVICES: Final = Path(__file__).parent.parent / "corpus" / "imports" / "services"
TERMS: Final = ImportTerms(state=State.CONFIRMED, basis="double opt-in", source="our old service")


def run(database: Database, data: bytes, terms: ImportTerms = TERMS, name: str = "") -> list[Line]:
    """Import a file."""
    stream = io.BytesIO(data)
    return list(
        import_csv(stream, terms, begin=database.write, keys=KEYS, now_ms=lambda: NOON, name=name)
    )


def rehearse(database: Database, data: bytes) -> list[Line]:
    """Rehearse an import, as ``--dry-run`` does."""
    with database.read() as connection:
        shelf = Rehearsal(connection)

        @contextmanager
        def begin() -> Iterator[sa.Connection]:
            yield connection

        lines = list(
            import_csv(
                io.BytesIO(data), TERMS, begin=begin, keys=KEYS, now_ms=lambda: NOON, shelf=shelf
            )
        )
        shelf.end(connection)
        return lines


def get(database: Database, address: str) -> Subscriber:
    """Get somebody who is known."""
    with database.read() as connection:
        found = find_subscriber(connection, hash_of(address))
    assert found is not None
    return found


def audience(database: Database) -> set[int]:
    """List the numbers of the audience."""
    with database.read() as connection:
        return {row.id for row in connection.execute(select_audience(now_ms=NOON))}


def mailchimp_zip() -> bytes:
    """Pack the corpus's files of Mailchimp as it does itself."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(SERVICES.glob("*_members_export_*.csv")):
            archive.write(file, file.name)
    return buffer.getvalue()


def test_an_audience_moves_as_a_whole(database: Database) -> None:
    """Each as what he is there, from the zip file as it was downloaded."""
    lines = run(database, mailchimp_zip())

    states = {
        name: get(database, f"{name}@example.org").state
        for name in ("kim", "lee", "left", "gone", "buyer")
    }
    assert {line.verdict for line in lines} == {Verdict.TAKEN}
    assert states == {
        "kim": State.CONFIRMED,
        "lee": State.CONFIRMED,
        "left": State.UNSUBSCRIBED,
        "gone": State.BOUNCED,
        "buyer": State.UNSUBSCRIBED,
    }
    assert audience(database) == {
        get(database, f"{each}@example.org").id for each in ("kim", "lee")
    }
    with database.read() as connection:
        block = find_suppression(connection, hash_of("gone@example.org"))
    assert block is not None
    assert block.reason == "hard_bounce"


def test_an_error_in_an_archive_names_the_file_in_it(database: Database) -> None:
    """A line number alone would be looked for in each of them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/subscribed_1.csv", "phone,OPTIN_TIME\n+49,\n")

    with pytest.raises(ImportFileError, match=r"^a/subscribed_1\.csv: line 1: "):
        run(database, buffer.getvalue())


def test_each_persons_consent_comes_along(database: Database) -> None:
    """With its own times and network; the import itself is one more piece."""
    run(database, mailchimp_zip())

    with database.read() as connection:
        told = [
            (each.event, each.at_ms, each.source, each.origin.network)
            for each in list_consents(connection, get(database, "kim@example.org").id)
        ]
    assert told == [
        (ConsentEvent.REQUESTED, 1_682_075_817_000, "Mailchimp", "203.0.113.0/24"),
        (ConsentEvent.CONFIRMED, 1_682_075_882_000, "Mailchimp", "203.0.113.0/24"),
        (ConsentEvent.IMPORTED, NOON, "our old service", ""),
    ]


@pytest.mark.parametrize("file", sorted(SERVICES.glob("*.csv")), ids=lambda file: file.stem)
def test_a_second_import_changes_nothing(database: Database, file: Path) -> None:
    """Whoever was not sure whether it ran to its end runs it again."""
    run(database, file.read_bytes(), name=file.name)
    with database.read() as connection:
        before = list_subscribers(connection)

    again = run(database, file.read_bytes(), name=file.name)

    with database.read() as connection:
        assert list_subscribers(connection) == before
    assert {line.verdict for line in again} <= {Verdict.KNOWN, Verdict.REFUSED}


def test_a_no_is_heard_where_somebody_is_here_by_an_import_only(database: Database) -> None:
    """A second file from the old service brings the unsubscriptions of the last days."""
    run(database, b"email,status\nkim@example.org,confirmed\nlee@example.org,confirmed\n")

    lines = run(database, b"email,status\nkim@example.org,unsubscribed\nlee@example.org,bounced\n")

    assert [line.verdict for line in lines] == [Verdict.ENDED, Verdict.ENDED]
    assert lines[0].reason == "confirmed until now, unsubscribed there"
    assert get(database, "lee@example.org").state is State.BOUNCED
    assert audience(database) == set()


def test_whoever_confirmed_here_is_not_let_go_by_an_old_file(database: Database) -> None:
    """He came back after he had left there; the report tells the operator of both."""
    run(database, b"email,status\nkim@example.org,pending\n")
    with database.write() as connection:
        number = find_subscriber(connection, hash_of("kim@example.org"))
        assert number is not None
        change_state(connection, number.id, Change.CONFIRM, now_ms=NOON)

    [line] = run(database, b"email,status\nkim@example.org,unsubscribed\n")

    assert line == Line(2, Verdict.KNOWN, "confirmed here, unsubscribed there")
    assert get(database, "kim@example.org").state is State.CONFIRMED


@pytest.mark.parametrize("apart", [1, BATCH_ROWS])
def test_of_two_rows_about_one_address_the_lesser_counts(database: Database, apart: int) -> None:
    """However far apart they are; and a repeated import says the same."""
    others = b"".join(b"r%d@example.org,\n" % number for number in range(apart - 1))
    data = b"email,status\nkim@example.org,confirmed\n" + others + b"KIM@example.org,unsubscribed\n"

    run(database, data)
    run(database, data)

    assert get(database, "kim@example.org").state is State.UNSUBSCRIBED


def test_a_rehearsal_tells_what_the_import_would(database: Database) -> None:
    """It changes nothing, and knows what it would have changed before."""
    with database.write() as connection:
        add_subscribers(connection, [person("known@example.org")], IMPORTED)
    others = b"".join(b"r%d@example.org,\n" % number for number in range(BATCH_ROWS))
    data = (
        b"email,status\nkim@example.org,\nknown@example.org,unsubscribed\nb@example.org,bounced\n"
        + others
        + b"kim@example.org,unsubscribed\nKNOWN@example.org,\nb@example.org,\nnobody,\n"
    )

    rehearsed = rehearse(database, data)
    with database.read() as connection:
        known = list_subscribers(connection)
    again = rehearse(database, data)

    assert [each.address and each.address.text for each in known] == ["known@example.org"]
    assert known[0].state is State.CONFIRMED
    assert rehearsed == again == run(database, data)


def test_a_file_that_begins_with_a_no_is_rehearsed_alike(database: Database) -> None:
    """The operator's word makes it one, too."""
    run(database, b"email\nkim@example.org\n")
    terms = ImportTerms(state=State.UNSUBSCRIBED, basis="left the list", source="old service")

    [line] = run(database, b"email\nkim@example.org\n", terms)

    assert line.verdict is Verdict.ENDED


def test_many_are_added_as_few_are(database: Database) -> None:
    """Known ones stay as they are, and every new one has a number, a profile and evidence."""
    known = [f"r{number}@example.org" for number in range(0, FEW_ROWS, 7)]
    run(database, b"email,name\n" + b"".join(b"%s,Old\n" % each.encode() for each in known))
    rows = b"".join(b"r%d@example.org,New,ai;go\n" % n for n in range(FEW_ROWS * 2))

    lines = run(database, b"email,name,tags\n" + rows)

    with database.read() as connection:
        people = list_subscribers(connection)
        evidence = [len(list_consents(connection, each.id)) for each in people]
    assert len(people) == FEW_ROWS * 2
    assert sum(line.verdict is Verdict.TAKEN for line in lines) == FEW_ROWS * 2 - len(known)
    assert sum(each.profile.name == "Old" for each in people) == len(known)
    assert sum(each.profile.tags == {"ai", "go"} for each in people) == FEW_ROWS * 2 - len(known)
    assert set(evidence) == {1}
