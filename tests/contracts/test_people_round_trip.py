"""People leave as CSV or JSON, arrive in another database, and leave it as the same bytes."""

import io
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database import Database
from subscribers.exchange.csv_export import export_csv
from subscribers.exchange.csv_import import ImportTerms, Verdict, import_rows
from subscribers.exchange.json_export import export_json
from subscribers.exchange.json_people import read_json_people
from subscribers.exchange.pages import Selection
from subscribers.exchange.people import read_people
from subscribers.exchange.people_format import PeopleFormat
from subscribers.keyring import Keyring
from subscribers.profile import (
    STORE_COLUMNS,
    Profile,
    parse_field_value,
    parse_name,
    parse_tag,
)
from subscribers.store.schema import METADATA
from subscribers.store.subscribers import add_subscribers, list_subscribers
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import suppress
from subscribers.subscription import Change, State
from subscribers.suppression import Suppression, SuppressionReason
from tests.contracts.people import IMPORTED, KEYS, NOON, hash_of, person

OTHER_KEYS = Keyring({1: b"the secret of another installation"})
TERMS = ImportTerms(state=State.CONFIRMED, basis="paper form", source="fair 2026")
#: What happened to a person who was confirmed; None for nothing.
FATES = (None, Change.UNSUBSCRIBE, Change.BOUNCE, Change.COMPLAIN, Change.ERASE)

nasty = st.text(st.sampled_from("'\"=+-@,;\t\r\n|＝＋ a5😀é한\u200b\u202e\\"), max_size=12)
anything = nasty | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
names = anything.map(parse_name)
field_values = anything.map(parse_field_value).filter(bool)
field_names = st.sampled_from(["status", "lang"]) | st.from_regex(
    "[a-z][a-z0-9_]{0,5}", fullmatch=True
).filter(lambda name: name not in STORE_COLUMNS)
tags = st.text(st.sampled_from("'\"=+-@ a5한😀"), min_size=1, max_size=8).filter(str.strip)
profiles = st.builds(
    Profile,
    name=names,
    language=st.sampled_from(["", "ko", "en-GB"]),
    timezone=st.sampled_from(["", "Asia/Seoul"]),
    tags=st.frozensets(tags.map(parse_tag), max_size=3),
    fields=st.dictionaries(field_names, field_values, max_size=3),
)
local_parts = st.from_regex(r"[a-z0-9_+=-]{1,8}", fullmatch=True)
people_of_all_kinds = st.lists(
    st.tuples(
        local_parts,
        profiles,
        st.sampled_from([State.CONFIRMED, State.PENDING]),
        st.sampled_from(FATES),
        st.sampled_from([None, *SuppressionReason]),
        st.integers(0, 2 * NOON),
    ),
    max_size=5,
    unique_by=lambda told: told[0],
)


def fill(connection: sa.Connection, told: Sequence[tuple[object, ...]]) -> None:
    """Add people, and let happen to them what happens."""
    for local, profile, state, fate, reason, paused_until_ms in told:
        address = f"{local}@example.org"
        assert isinstance(profile, Profile)
        assert isinstance(state, State)
        assert isinstance(paused_until_ms, int)
        new = person(address, state=state, profile=profile, paused_until_ms=paused_until_ms)
        added = add_subscribers(connection, [new], IMPORTED)
        if isinstance(fate, Change):
            change_state(connection, added[hash_of(address)], fate, now_ms=NOON)
        if isinstance(reason, SuppressionReason):
            block = Suppression(address_hash=hash_of(address), reason=reason, at_ms=NOON)
            suppress(connection, [block])


def write(
    connection: sa.Connection, file_format: PeopleFormat, selection: Selection | None = None
) -> str:
    """Export people."""
    file = io.StringIO(newline="")
    selection = selection or Selection()
    if file_format is PeopleFormat.CSV:
        export_csv(connection, file, selection)
    else:
        export_json(connection, file, selection, is_lines=file_format is PeopleFormat.JSONL)
    return file.getvalue()


def take(
    engine: sa.Engine | Database, text: str, file_format: PeopleFormat, keys: Keyring
) -> set[Verdict]:
    """Import people; return what became of the rows."""
    file = io.BytesIO(text.encode())
    people = (
        read_people(file)
        if file_format is PeopleFormat.CSV
        else read_json_people(file, is_lines=file_format is PeopleFormat.JSONL)
    )
    begin = engine.write if isinstance(engine, Database) else engine.begin
    lines = import_rows(people, TERMS, begin=begin, keys=keys, now_ms=lambda: NOON + 1)
    return {line.verdict for line in lines}


@pytest.mark.parametrize("file_format", PeopleFormat)
@given(told=people_of_all_kinds)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whoever_leaves_takes_his_people_along(
    database: Database, file_format: PeopleFormat, told: Sequence[tuple[object, ...]]
) -> None:
    """Not a character is lost, and nobody changes his state, on either database."""
    elsewhere = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(elsewhere)
    with database._writer.connect() as connection:
        fill(connection, told)
        written = write(connection, file_format)
        connection.rollback()

    verdicts = take(elsewhere, written, file_format, OTHER_KEYS)

    with elsewhere.begin() as connection:
        again = write(connection, file_format)
    elsewhere.dispose()
    assert again == written
    assert verdicts <= {Verdict.TAKEN}


@pytest.mark.parametrize("file_format", PeopleFormat)
def test_coming_back_changes_nothing(database: Database, file_format: PeopleFormat) -> None:
    """Everyone is known, or refused as before."""
    told = [
        ("-5", Profile(name="'=1", fields={"phone": "+49 30 1"}), State.CONFIRMED, None, None, 0),
        ("left", Profile(), State.CONFIRMED, Change.UNSUBSCRIBE, None, 0),
        ("gone", Profile(tags=frozenset({"a"})), State.CONFIRMED, Change.BOUNCE, None, NOON),
    ]
    with database.write() as connection:
        fill(connection, told)
        before = list_subscribers(connection)
        written = write(connection, file_format)

    verdicts = take(database, written, file_format, KEYS)

    with database.read() as connection:
        assert list_subscribers(connection) == before
        assert write(connection, file_format) == written
    assert Verdict.TAKEN not in verdicts


@pytest.mark.parametrize(
    ("selection", "addresses"),
    [
        (Selection(), ["a@example.org", "b@example.org", "c@example.org"]),
        (Selection(state=State.UNSUBSCRIBED), ["b@example.org"]),
        (Selection(tag="ai"), ["a@example.org", "b@example.org"]),
        (Selection(tag="ai", state=State.CONFIRMED), ["a@example.org"]),
    ],
)
def test_a_part_of_the_people_can_be_written(
    database: Database, selection: Selection, addresses: list[str]
) -> None:
    """By state, by tag, or both; how many there are is told from the first page on."""
    tagged = Profile(tags=frozenset({"ai"}))
    told = [
        ("a", tagged, State.CONFIRMED, None, None, 0),
        ("b", tagged, State.CONFIRMED, Change.UNSUBSCRIBE, None, 0),
        ("c", Profile(), State.CONFIRMED, None, None, 0),
    ]
    pages: list[tuple[int, int]] = []
    file = io.StringIO(newline="")
    with database.write() as connection:
        fill(connection, told)
        export_csv(connection, file, selection, on_page=lambda *told: pages.append(told))

    [_, *rows] = file.getvalue().splitlines()

    assert [row.partition(",")[0] for row in rows] == addresses
    assert pages == [(len(addresses), len(addresses))]
