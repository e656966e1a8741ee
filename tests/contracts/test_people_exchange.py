"""People go in and out without loss and without anyone becoming mailable who said no."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from subscribers.address import EmailAddress
from subscribers.consent import Consent, ConsentEvent
from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.exchange.csv_export import export_csv
from subscribers.exchange.csv_import import BATCH_ROWS, ImportTerms, Line, Verdict, import_csv
from subscribers.keyring import Keyring
from subscribers.profile import Profile
from subscribers.store.audience import select_audience
from subscribers.store.consents import list_consents
from subscribers.store.schema import METADATA, subscriber
from subscribers.store.subscribers import add_subscribers, count_by_state, list_subscribers
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression, suppress
from subscribers.subscriber import Subscriber
from subscribers.subscription import Change, State
from subscribers.suppression import Suppression, SuppressionReason
from tests.contracts.people import IMPORTED, KEYS, NOON, hash_of, person

TERMS = ImportTerms(state=State.CONFIRMED, basis="paper form", source="fair 2026")


def run(database: Database, data: str | bytes, terms: ImportTerms = TERMS) -> Iterator[Line]:
    """Begin to import a file."""
    raw = data.encode() if isinstance(data, str) else data
    return import_csv(io.BytesIO(raw), terms, begin=database.write, keys=KEYS, now_ms=lambda: NOON)


def everybody(database: Database) -> list[Subscriber]:
    """List everyone in the store."""
    with database.read() as connection:
        return list_subscribers(connection)


def audience(database: Database) -> list[bytes]:
    """List the address hashes of the audience."""
    with database.read() as connection:
        return [row.address_hash for row in connection.execute(select_audience(now_ms=NOON))]


class TestImport:
    """Taking people in."""

    def test_new_people_are_taken_with_their_evidence(self, database: Database) -> None:
        """Without the operator's word for the consent there is no import."""
        lines = list(
            run(database, "email,name,lang,tags,City\nkim@example.org,김민지,ko,AI;News,Seoul\n")
        )

        [kim] = everybody(database)
        assert lines == [Line(2, Verdict.TAKEN, "confirmed")]
        assert kim.address == EmailAddress.parse("kim@example.org")
        assert kim.profile == Profile(
            name="김민지", language="ko", tags=frozenset({"ai", "news"}), fields={"city": "Seoul"}
        )
        assert (kim.state, kim.created_at_ms, kim.confirmed_at_ms) == (State.CONFIRMED, NOON, NOON)
        with database.read() as connection:
            assert list_consents(connection, kim.id) == [
                Consent(
                    event=ConsentEvent.IMPORTED, at_ms=NOON, basis="paper form", source="fair 2026"
                )
            ]

    def test_every_row_is_accounted_for(self, database: Database) -> None:
        """The operator wants to know of each person what became of him, and why."""
        with database.write() as connection:
            add_subscribers(
                connection,
                [
                    person("known@example.org"),
                    person("left@example.org", state=State.UNSUBSCRIBED),
                    person("erased@example.org"),
                ],
                IMPORTED,
            )
            for address, reason in {
                "complained@example.org": SuppressionReason.COMPLAINT,
                "erased@example.org": SuppressionReason.ERASED,
            }.items():
                block = Suppression(address_hash=hash_of(address), reason=reason, at_ms=NOON)
                suppress(connection, [block])

        lines = list(
            run(
                database,
                "email\nnew@example.org\nKNOWN@example.org\nleft@example.org\nNEW@Example.org\n"
                "complained@example.org\nerased@example.org\nno address\n",
            )
        )

        assert lines == [
            Line(2, Verdict.TAKEN, "confirmed"),
            Line(3, Verdict.KNOWN, "confirmed"),
            Line(4, Verdict.KNOWN, "unsubscribed"),
            Line(5, Verdict.KNOWN, "confirmed"),
            Line(6, Verdict.REFUSED, "suppressed: complaint"),
            Line(7, Verdict.REFUSED, "suppressed: erased"),
            Line(8, Verdict.REFUSED, "column 1: An email address must have an @-sign."),
        ]

    @pytest.mark.parametrize(
        "change", [Change.UNSUBSCRIBE, Change.BOUNCE, Change.COMPLAIN, Change.ERASE]
    )
    def test_nobody_who_said_no_becomes_mailable(self, database: Database, change: Change) -> None:
        """Not by an import, whatever the file and the operator say."""
        with database.write() as connection:
            added = add_subscribers(connection, [person("kim@example.org")], IMPORTED)
            change_state(connection, added[hash_of("kim@example.org")], change, now_ms=NOON)
        before = everybody(database)

        [line] = run(database, "email,name,tags\nKim@example.org,Kim,ai\n")

        assert line.verdict is not Verdict.TAKEN
        assert everybody(database) == before
        assert audience(database) == []

    def test_known_people_keep_everything(self, database: Database) -> None:
        """Names, tags and fields too: the person may have changed them here."""
        list(run(database, "email,name,tags,city\nkim@example.org,Kim,ai,Seoul\n"))
        before = everybody(database)

        list(run(database, "email,name,tags,city\nkim@example.org,Lee,go,Busan\n"))

        assert everybody(database) == before

    def test_it_can_be_stopped_and_repeated(self, database: Database) -> None:
        """The first run ends in the middle of the second batch, as a kill would end it."""
        rows = "".join(f"reader{i}@example.org\n" for i in range(2 * BATCH_ROWS + 10))
        list(islice(run(database, f"email\n{rows}"), BATCH_ROWS + 1))
        taken_at_first = len(audience(database))

        verdicts = Counter(line.verdict for line in run(database, f"email\n{rows}"))

        assert taken_at_first == 2 * BATCH_ROWS
        assert verdicts == {Verdict.KNOWN: 2 * BATCH_ROWS, Verdict.TAKEN: 10}
        assert len(audience(database)) == 2 * BATCH_ROWS + 10

    def test_a_batch_that_fails_leaves_nothing_behind(self, database: Database) -> None:
        """Rows are reported once they are committed, so that no report is too early."""

        @contextmanager
        def fail_at_commit() -> Iterator[sa.Connection]:
            with database.write() as connection:
                yield connection
                raise OSError("no space left on device")

        lines = import_csv(
            io.BytesIO(b"email\nkim@example.org\n"),
            TERMS,
            begin=fail_at_commit,
            keys=KEYS,
            now_ms=lambda: NOON,
        )

        with pytest.raises(OSError, match="no space"):
            next(lines)
        assert everybody(database) == []

    def test_the_rows_before_an_unreadable_part_are_taken(self, database: Database) -> None:
        """They are reported before the error is raised; nothing is lost quietly."""
        lines = run(database, 'email,name\nkim@example.org,Kim\nlee@example.org,"Lee\n')

        assert next(lines) == Line(2, Verdict.TAKEN, "confirmed")
        with pytest.raises(ImportFileError, match="line 3"):
            next(lines)
        assert len(everybody(database)) == 1

    def test_somebody_added_meanwhile_is_known(self, database: Database) -> None:
        """Two imports of one file at the same time take each person once."""
        names = "".join(f"reader{i}@example.org\n" for i in range(50))
        first, second = run(database, f"email\n{names}"), run(database, f"email\n{names}")

        verdicts = Counter(
            line.verdict for pair in zip(first, second, strict=True) for line in pair
        )

        assert verdicts == {Verdict.TAKEN: 50, Verdict.KNOWN: 50}

    @pytest.mark.parametrize(
        ("asked", "told", "state"),
        [
            (State.CONFIRMED, "confirmed", State.CONFIRMED),
            (State.CONFIRMED, "", State.CONFIRMED),
            (State.CONFIRMED, "pending", State.PENDING),
            (State.CONFIRMED, "unsubscribed", State.UNSUBSCRIBED),
            (State.CONFIRMED, "bounced", State.BOUNCED),
            (State.CONFIRMED, "complained", State.COMPLAINED),
            (State.UNSUBSCRIBED, "confirmed", State.UNSUBSCRIBED),
            (State.PENDING, "confirmed", State.PENDING),
        ],
    )
    def test_the_lesser_state_counts(
        self, database: Database, asked: State, told: str, state: State
    ) -> None:
        """Whoever unsubscribed elsewhere does not become mailable here."""
        terms = ImportTerms(state=asked, basis="b", source="s")

        list(run(database, f"email,status\nkim@example.org,{told}\n", terms))

        assert everybody(database)[0].state is state

    def test_bounces_and_complaints_of_the_file_suppress(self, database: Database) -> None:
        """So that a later sign-up elsewhere in the program meets them, too."""
        list(
            run(
                database,
                "email,status,suppressed\nb@example.org,bounced,\nc@example.org,complained,\n"
                "m@example.org,confirmed,manual\n",
            )
        )

        with database.read() as connection:
            found = [find_suppression(connection, hash_of(f"{each}@example.org")) for each in "bcm"]
        assert [each.reason for each in found if each] == ["hard_bounce", "complaint", "manual"]
        assert audience(database) == []

    def test_tags_of_the_operator_join_those_of_the_file(self, database: Database) -> None:
        """Where somebody came from is a common tag."""
        terms = ImportTerms(state=State.CONFIRMED, basis="b", source="s", tags=frozenset({"fair"}))

        list(run(database, "email,tags\nkim@example.org,ai\nlee@example.org,\n", terms))

        assert [each.profile.tags for each in everybody(database)] == [{"ai", "fair"}, {"fair"}]


class TestExport:
    """Giving people out."""

    def test_a_file_to_open_in_a_spreadsheet(self, database: Database) -> None:
        """Nothing is calculated, everything is named."""
        with database.write() as connection:
            add_subscribers(
                connection,
                [
                    person(
                        "=kim@example.org",
                        profile=Profile(
                            name='=HYPERLINK("http://evil.example")',
                            tags=frozenset({"b", "a"}),
                            fields={"phone": "+49 30 123", "delta": "-5"},
                        ),
                    )
                ],
                IMPORTED,
            )

        assert write(database) == (
            "email,name,language,timezone,tags,subscription_state,suppressed,created_at,confirmed_at,"
            "paused_until,delta,phone\r\n"
            '\'=kim@example.org,"\'=HYPERLINK(""http://evil.example"")",,,"a, b",confirmed,,'
            "2026-01-31T08:00:00.000+00:00,2026-01-31T08:00:00.000+00:00,,'-5,'+49 30 123\r\n"
        )

    def test_erased_people_are_left_out(self, database: Database) -> None:
        """There is nothing left to tell of them."""
        with database.write() as connection:
            added = add_subscribers(connection, [person("kim@example.org")], IMPORTED)
            change_state(connection, added[hash_of("kim@example.org")], Change.ERASE, now_ms=NOON)

        assert write(database).count("\r\n") == 1

    def test_importing_it_again_changes_nothing(self, database: Database) -> None:
        """Everyone is known, or suppressed as before."""
        fill(database)
        before = everybody(database)

        verdicts = {line.verdict for line in run(database, write(database))}

        assert Verdict.TAKEN not in verdicts
        assert everybody(database) == before

    def test_importing_it_elsewhere_loses_nothing(self, database: Database) -> None:
        """Whoever leaves takes his people along, those who said no included."""
        fill(database)
        exported = write(database)
        others = Keyring({1: b"the secret of another installation"})
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        METADATA.create_all(engine)

        list(
            import_csv(
                io.BytesIO(exported.encode()),
                TERMS,
                begin=engine.begin,
                keys=others,
                now_ms=lambda: NOON + 1,
            )
        )

        with engine.begin() as connection:
            again = io.StringIO(newline="")
            export_csv(connection, again)
            moved = [row.id for row in connection.execute(select_audience(now_ms=NOON))]
        engine.dispose()
        assert again.getvalue() == exported
        assert len(moved) == len(audience(database)) == 2


def fill(database: Database) -> None:
    """Add people of every kind, with everything that a CSV file could break."""
    odd = Profile(
        name="-5 'Kim' \"K\"",
        language="ko",
        tags=frozenset({"=ai", "weekly digest"}),
        fields={
            "phone": "+49 30 1",
            "note": "'=1\nline two, with; all | kinds",
            "quote": "''",
            "at": "＠kim",
        },
    )
    with database.write() as connection:
        added = add_subscribers(
            connection,
            [
                person("+odd@한국.example.org", profile=odd),
                person("plain@example.org"),
                person("pending@example.org", state=State.PENDING),
                person("left@example.org", state=State.UNSUBSCRIBED),
                person("paused@example.org", paused_until_ms=NOON + 86_400_001),
                person("blocked@example.org"),
                person("bounced@example.org"),
                person("complained@example.org"),
            ],
            IMPORTED,
        )
        change_state(connection, added[hash_of("bounced@example.org")], Change.BOUNCE, now_ms=NOON)
        change_state(
            connection, added[hash_of("complained@example.org")], Change.COMPLAIN, now_ms=NOON
        )
        block = Suppression(
            address_hash=hash_of("blocked@example.org"),
            reason=SuppressionReason.MANUAL,
            at_ms=NOON,
        )
        suppress(connection, [block])


def write(database: Database) -> str:
    """Export everyone."""
    file = io.StringIO(newline="")
    with database.read() as connection:
        export_csv(connection, file)
    return file.getvalue()


def test_people_with_a_hash_of_their_own_address_only(database: Database) -> None:
    """Suppression and ledger find people by it; a wrong one would hide them."""
    list(run(database, "email\nKim@Example.org\n"))

    with database.read() as connection:
        [row] = connection.execute(sa.select(subscriber.c.address_hash))
        assert count_by_state(connection)[State.CONFIRMED] == 1
    assert row.address_hash == hash_of("kim@example.org")


@pytest.mark.parametrize(
    ("state", "basis", "source"),
    [
        (State.CONFIRMED, "", "fair"),
        (State.CONFIRMED, "paper form", " "),
        (State.ERASED, "b", "s"),
    ],
)
def test_terms_that_say_too_little_are_refused(state: State, basis: str, source: str) -> None:
    """Confirmed people without evidence are a complaint to come."""
    with pytest.raises(InvalidValueError):
        ImportTerms(state=state, basis=basis, source=source)
