"""The subscriber store keeps its promises on SQLite and on PostgreSQL alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from newsletter.database import Database
from subscribers.consent import Consent, ConsentEvent
from subscribers.errors import ForbiddenChangeError, UnknownSubscriberError
from subscribers.profile import Profile
from subscribers.store.audience import Mailable, count_everybody, load_mailable, select_audience
from subscribers.store.consents import append_consents, list_consents
from subscribers.store.schema import consent, subscriber
from subscribers.store.subscribers import (
    add_subscriber,
    add_subscribers,
    count_by_state,
    find_states,
    find_subscriber,
    get_by_public_id,
    list_field_names,
    list_subscribers,
)
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import (
    find_reasons,
    find_suppression,
    lift,
    list_suppressions,
    suppress,
)
from subscribers.store.tags import add_tags, count_tags, find_tags, has_tag, replace_tags
from subscribers.subscriber import NewSubscriber, Subscriber
from subscribers.subscription import Change, State
from subscribers.suppression import LIFTED_BY_CONFIRMATION, Suppression, SuppressionReason
from tests.contracts.people import IMPORTED, NOON, hash_of, person

LATER = NOON + 60_000
KIM_PROFILE = Profile(
    name='김민지 "Kim" O\'Neil',
    language="ko-KR",
    tags=frozenset({"ai", "weekly digest"}),
    fields={"company": "Größe & 한글 <b>", "phone": "+49 30 1\n2"},
)


def add(connection: sa.Connection, *people: NewSubscriber) -> list[int]:
    """Add people and return their numbers in that order."""
    added = add_subscribers(connection, people, IMPORTED)
    return [added[each.address_hash] for each in people]


def get(connection: sa.Connection, address: str) -> Subscriber:
    """Return somebody who must be known."""
    found = find_subscriber(connection, hash_of(address))
    assert found is not None
    return found


def tagged(name: str) -> sa.ColumnElement[bool]:
    """Return the condition that somebody carries a tag."""
    return has_tag(name, subscriber.c.id)


def manual(address: str, reason: SuppressionReason = SuppressionReason.MANUAL) -> Suppression:
    """Return a suppression by an operator, or for another reason."""
    return Suppression(address_hash=hash_of(address), reason=reason, at_ms=NOON, source="test")


class TestPeople:
    """Adding, finding and listing people."""

    def test_a_person_is_found_as_added(self, connection: sa.Connection) -> None:
        """Whatever people are called, they get it back letter by letter."""
        kim = person("Kim@한국.example.org", profile=KIM_PROFILE, paused_until_ms=LATER)

        number = add_subscriber(connection, kim, IMPORTED)
        found = find_subscriber(connection, kim.address_hash)

        assert number is not None
        assert found == Subscriber(
            id=number,
            public_id=kim.public_id,
            address=kim.address,
            address_hash=kim.address_hash,
            profile=KIM_PROFILE,
            state=State.CONFIRMED,
            paused_until_ms=LATER,
            created_at_ms=NOON,
            state_changed_at_ms=NOON,
            confirmed_at_ms=NOON,
        )
        assert get_by_public_id(connection, kim.public_id) == found
        assert list_consents(connection, number) == [IMPORTED]

    def test_adding_somebody_known_changes_nothing(self, connection: sa.Connection) -> None:
        """An import must not make anyone mailable who said no."""
        add(connection, person("kim@example.org", state=State.UNSUBSCRIBED, profile=KIM_PROFILE))
        before = get(connection, "kim@example.org")

        number = add_subscriber(connection, person("KIM@example.org"), IMPORTED)

        assert number is None
        assert get(connection, "kim@example.org") == before
        assert list_consents(connection, before.id) == [IMPORTED]

    def test_of_many_only_the_new_ones_are_added(self, connection: sa.Connection) -> None:
        """A batch with one known address in it is the usual case when an import is repeated."""
        add(connection, person("kim@example.org"))
        batch = [person(f"reader{i}@example.org") for i in range(2500)]

        added = add_subscribers(connection, [person("kim@example.org"), *batch], IMPORTED)

        assert set(added) == {each.address_hash for each in batch}
        assert count_by_state(connection)[State.CONFIRMED] == 2501

    def test_adding_nobody_is_nothing(self, connection: sa.Connection) -> None:
        """A batch may hold nothing but refused rows."""
        assert add_subscribers(connection, [], IMPORTED) == {}

    def test_who_is_not_known_is_not_found(self, connection: sa.Connection) -> None:
        """Finding may fail quietly, getting may not."""
        with pytest.raises(UnknownSubscriberError):
            get_by_public_id(connection, b"\0" * 16)

        assert find_subscriber(connection, hash_of("nobody@example.org")) is None

    def test_states_are_found_in_bulk(self, connection: sa.Connection) -> None:
        """An import asks for thousands of addresses with one statement."""
        add(connection, person("kim@example.org"), person("lee@example.org", state=State.PENDING))
        hashes = [hash_of(f"reader{i}@example.org") for i in range(5000)]

        found = find_states(
            connection, [*hashes, hash_of("kim@example.org"), hash_of("lee@example.org")]
        )

        assert found == {
            hash_of("kim@example.org"): State.CONFIRMED,
            hash_of("lee@example.org"): State.PENDING,
        }

    def test_pages_follow_each_other_without_gap_or_overlap(
        self, connection: sa.Connection
    ) -> None:
        """A list of a million people is read page by page while others come and go."""
        numbers = add(connection, *(person(f"reader{i}@example.org") for i in range(5)))

        first = list_subscribers(connection, limit=3)
        second = list_subscribers(connection, after_id=first[-1].id, limit=3)
        third = list_subscribers(connection, after_id=second[-1].id, limit=3)

        assert [each.id for each in first + second] == sorted(numbers)
        assert third == []

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({}, ["ada", "kim", "lee"]),
            ({"state": State.PENDING}, ["lee"]),
            ({"tag": "ai"}, ["ada", "kim"]),
            ({"tag": "nobody has it"}, []),
            ({"text": "KIM@"}, ["kim"]),
            ({"text": "lovelace"}, ["ada"]),
            ({"text": "100%"}, ["lee"]),
            ({"text": "_"}, []),
            ({"tag": "ai", "text": "example", "state": State.CONFIRMED}, ["ada", "kim"]),
            ({"tag": "ai", "state": State.PENDING}, []),
        ],
    )
    def test_a_list_can_be_narrowed(
        self, connection: sa.Connection, wanted: dict[str, object], names: list[str]
    ) -> None:
        """Operators look people up by what they remember; % and _ are text like any other."""
        tagged = frozenset({"ai"})
        add(
            connection,
            person("ada@example.org", profile=Profile(name="Ada Lovelace", tags=tagged)),
            person("kim@example.org", profile=Profile(tags=tagged)),
            person("lee@example.org", state=State.PENDING, profile=Profile(name="100% Lee")),
        )

        found = list_subscribers(connection, **wanted)  # type: ignore[arg-type]  # from the table

        assert [str(each.address).partition("@")[0] for each in found] == names

    def test_every_state_is_counted_also_when_nobody_is_in_it(
        self, connection: sa.Connection
    ) -> None:
        """A table of counts without a line for bounced would leave the reader guessing."""
        add(connection, person("kim@example.org"), person("lee@example.org", state=State.PENDING))

        counts = count_by_state(connection)

        assert counts == dict.fromkeys(State, 0) | {State.CONFIRMED: 1, State.PENDING: 1}

    @pytest.mark.parametrize("text", ["kIm", "KIM@EX", "ÜL", "100%"])
    def test_people_are_searched_by_a_part_of_address_or_name(
        self, connection: sa.Connection, text: str
    ) -> None:
        """Small letters or capital, and every character as itself."""
        add(
            connection,
            person("kim@example.org", profile=Profile(name="KÜL 100%")),
            person("lee@example.org", profile=Profile(name="Lee 1000")),
        )

        found = list_subscribers(connection, text=text)

        assert [str(each.address) for each in found] == ["kim@example.org"]

    def test_field_names_are_told_once_in_order(self, connection: sa.Connection) -> None:
        """They become the columns of an export."""
        add(
            connection,
            person("kim@example.org", profile=Profile(fields={"city": "Seoul", "age": "7"})),
            person("lee@example.org", profile=Profile(fields={"city": "Busan"})),
            person("ada@example.org"),
        )

        assert list_field_names(connection) == ["age", "city"]

    def test_a_number_is_never_given_twice(self, connection: sa.Connection) -> None:
        """The ledger knows people by number after they are gone."""
        first, second = add(connection, person("kim@example.org"), person("lee@example.org"))

        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(sa.delete(subscriber).where(subscriber.c.id == second))

        assert second > first


class TestTags:
    """Labels on people."""

    def test_tags_are_added_and_replaced(self, connection: sa.Connection) -> None:
        """Two ways to give tags: an import adds, a preference page replaces."""
        kim, lee = add(connection, person("kim@example.org"), person("lee@example.org"))

        add_tags(connection, {kim: {"ai", "python"}, lee: {"ai"}})
        add_tags(connection, {kim: {"ai"}})
        replace_tags(connection, lee, {"go", "rust"})

        assert find_tags(connection, [kim, lee]) == {kim: {"ai", "python"}, lee: {"go", "rust"}}
        assert count_tags(connection) == {"ai": 1, "go": 1, "python": 1, "rust": 1}


class TestChanges:
    """A change of state with all that goes with it."""

    def test_a_change_and_its_evidence_are_one(self, connection: sa.Connection) -> None:
        """What is not in the evidence could not be proven later."""
        [kim] = add(connection, person("kim@example.org"))

        state = change_state(connection, kim, Change.UNSUBSCRIBE, now_ms=LATER, source="one click")

        found = get(connection, "kim@example.org")
        assert state is found.state is State.UNSUBSCRIBED
        assert (found.state_changed_at_ms, found.confirmed_at_ms) == (LATER, NOON)
        assert list_consents(connection, kim) == [
            IMPORTED,
            Consent(event=ConsentEvent.WITHDRAWN, at_ms=LATER, source="one click"),
        ]

    def test_a_second_click_changes_nothing(self, connection: sa.Connection) -> None:
        """Mail services repeat the one-click POST."""
        [kim] = add(connection, person("kim@example.org"))
        change_state(connection, kim, Change.UNSUBSCRIBE, now_ms=NOON)

        change_state(connection, kim, Change.UNSUBSCRIBE, now_ms=LATER)

        assert get(connection, "kim@example.org").state_changed_at_ms == NOON
        assert len(list_consents(connection, kim)) == 2

    def test_a_forbidden_change_changes_nothing(self, connection: sa.Connection) -> None:
        """The caller may go on in the same transaction."""
        [kim] = add(connection, person("kim@example.org", state=State.UNSUBSCRIBED))
        suppress(connection, [manual("kim@example.org", SuppressionReason.HARD_BOUNCE)])

        with pytest.raises(ForbiddenChangeError):
            change_state(connection, kim, Change.CONFIRM, now_ms=LATER)

        assert get(connection, "kim@example.org").state is State.UNSUBSCRIBED
        assert find_suppression(connection, hash_of("kim@example.org")) is not None
        assert list_consents(connection, kim) == [IMPORTED]

    def test_nobody_cannot_change(self, connection: sa.Connection) -> None:
        """A number from outside may be wrong."""
        with pytest.raises(UnknownSubscriberError):
            change_state(connection, 4711, Change.UNSUBSCRIBE, now_ms=NOON)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (Change.BOUNCE, SuppressionReason.HARD_BOUNCE),
            (Change.COMPLAIN, SuppressionReason.COMPLAINT),
        ],
    )
    @pytest.mark.parametrize("state", [State.CONFIRMED, State.UNSUBSCRIBED])
    def test_bounces_and_complaints_suppress_at_once(
        self,
        connection: sa.Connection,
        state: State,
        change: Change,
        reason: SuppressionReason,
    ) -> None:
        """Also for whoever left meanwhile: the address must not come back by an import."""
        [kim] = add(connection, person("kim@example.org", state=state))

        change_state(connection, kim, change, now_ms=LATER, source="report")

        assert find_suppression(connection, hash_of("kim@example.org")) == Suppression(
            address_hash=hash_of("kim@example.org"), reason=reason, at_ms=LATER, source="report"
        )

    @pytest.mark.parametrize("reason", list(SuppressionReason))
    def test_a_confirmation_lifts_what_it_may_lift(
        self, connection: sa.Connection, reason: SuppressionReason
    ) -> None:
        """A fresh double opt-in outweighs a bounce and an erasure, never a complaint."""
        [kim] = add(connection, person("kim@example.org", state=State.PENDING))
        suppress(connection, [manual("kim@example.org", reason)])

        change_state(connection, kim, Change.CONFIRM, now_ms=LATER)

        is_suppressed = find_suppression(connection, hash_of("kim@example.org")) is not None
        assert is_suppressed == (reason not in LIFTED_BY_CONFIRMATION)
        assert get(connection, "kim@example.org").confirmed_at_ms == LATER

    def test_an_operator_lifts_everything(self, connection: sa.Connection) -> None:
        """Somebody has to be able to mend a mistake."""
        [kim] = add(connection, person("kim@example.org"))
        change_state(connection, kim, Change.COMPLAIN, now_ms=NOON)

        state = change_state(connection, kim, Change.LIFT, now_ms=LATER, source="by mail")

        assert state is State.UNSUBSCRIBED
        assert find_suppression(connection, hash_of("kim@example.org")) is None

    def test_an_erasure_leaves_nothing_of_a_person_but_a_suppression(
        self, connection: sa.Connection
    ) -> None:
        """The number stays for the ledger, the public id for links in old messages."""
        kim = person("kim@example.org", profile=KIM_PROFILE)
        [number] = add(connection, kim)

        change_state(connection, number, Change.ERASE, now_ms=LATER)

        assert get_by_public_id(connection, kim.public_id) == Subscriber(
            id=number,
            public_id=kim.public_id,
            address=None,
            address_hash=None,
            profile=Profile(),
            state=State.ERASED,
            paused_until_ms=0,
            created_at_ms=NOON,
            state_changed_at_ms=LATER,
            confirmed_at_ms=NOON,
        )
        assert find_subscriber(connection, kim.address_hash) is None
        assert find_reasons(connection, [kim.address_hash]) == {
            kim.address_hash: SuppressionReason.ERASED
        }
        assert list_subscribers(connection) == []
        assert [each.id for each in list_subscribers(connection, state=State.ERASED)] == [number]

    def test_an_old_link_of_an_erased_person_still_answers(self, connection: sa.Connection) -> None:
        """One click works for whoever is gone already."""
        [kim] = add(connection, person("kim@example.org"))
        change_state(connection, kim, Change.ERASE, now_ms=NOON)

        state = change_state(connection, kim, Change.UNSUBSCRIBE, now_ms=LATER)

        assert state is State.ERASED

    def test_an_erased_person_may_come_back_as_somebody_new(
        self, connection: sa.Connection
    ) -> None:
        """The old row stays empty; the suppression falls with the confirmation."""
        [old] = add(connection, person("kim@example.org"))
        change_state(connection, old, Change.ERASE, now_ms=NOON)
        again = NewSubscriber(
            public_id=b"\x01" * 16,
            address=person("kim@example.org").address,
            address_hash=hash_of("kim@example.org"),
            profile=Profile(),
            state=State.PENDING,
            created_at_ms=LATER,
        )

        [new] = add(connection, again)
        change_state(connection, new, Change.CONFIRM, now_ms=LATER)

        assert new > old
        assert connection.execute(select_audience(now_ms=LATER)).scalars().all() == [new]

    def test_two_changes_at_once_follow_each_other(self, database: Database) -> None:
        """A click and a complaint in the same moment: the complaint stands, both are proven."""
        with database.write() as connection:
            [kim] = add(connection, person("kim@example.org"))

        def change(what: Change) -> State:
            with database.write() as connection:
                return change_state(connection, kim, what, now_ms=LATER)

        with ThreadPoolExecutor(2) as threads:
            states = list(threads.map(change, [Change.COMPLAIN, Change.UNSUBSCRIBE]))

        with database.read() as connection:
            assert states[0] is State.COMPLAINED
            assert get(connection, "kim@example.org").state is State.COMPLAINED


class TestConsents:
    """The evidence."""

    @pytest.mark.parametrize(
        "statement", [sa.update(consent).values(basis="forged"), sa.delete(consent)]
    )
    def test_evidence_cannot_be_changed(
        self, connection: sa.Connection, statement: sa.Update | sa.Delete
    ) -> None:
        """The database itself refuses, whoever asks."""
        [kim] = add(connection, person("kim@example.org"))

        with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
            connection.execute(statement)

        assert list_consents(connection, kim) == [IMPORTED]

    def test_evidence_is_listed_in_the_order_of_its_writing(
        self, connection: sa.Connection
    ) -> None:
        """Two events may bear the same millisecond."""
        [kim] = add(connection, person("kim@example.org"))
        changed = Consent(event=ConsentEvent.CHANGED, at_ms=NOON, source="preferences")

        append_consents(connection, [kim], changed)

        assert list_consents(connection, kim) == [IMPORTED, changed]


class TestSuppressions:
    """Addresses that get no issue."""

    @pytest.mark.parametrize(
        ("first", "second", "kept"),
        [
            (SuppressionReason.HARD_BOUNCE, SuppressionReason.COMPLAINT, 1),
            (SuppressionReason.ERASED, SuppressionReason.MANUAL, 1),
            (SuppressionReason.COMPLAINT, SuppressionReason.HARD_BOUNCE, 0),
            (SuppressionReason.MANUAL, SuppressionReason.ERASED, 0),
            (SuppressionReason.MANUAL, SuppressionReason.COMPLAINT, 0),
            (SuppressionReason.HARD_BOUNCE, SuppressionReason.ERASED, 0),
        ],
    )
    def test_the_graver_reason_stays(
        self,
        connection: sa.Connection,
        first: SuppressionReason,
        second: SuppressionReason,
        kept: int,
    ) -> None:
        """Else a complaint could be laundered by an erasure and a new sign-up."""
        suppress(connection, [manual("kim@example.org", first)])

        suppress(connection, [manual("kim@example.org", second)])

        found = find_suppression(connection, hash_of("kim@example.org"))
        assert found is not None
        assert found.reason is (first, second)[kept]

    def test_lifting_tells_whether_there_was_anything(self, connection: sa.Connection) -> None:
        """An operator who mistyped the address has to hear of it."""
        suppress(connection, [manual("kim@example.org")])

        assert not lift(
            connection, hash_of("kim@example.org"), only=[SuppressionReason.HARD_BOUNCE]
        )
        assert lift(connection, hash_of("kim@example.org"))
        assert not lift(connection, hash_of("kim@example.org"))

    def test_suppressions_are_listed_page_by_page(self, connection: sa.Connection) -> None:
        """The list may be as long as that of the people."""
        all_of_them = [manual(f"reader{i}@example.org") for i in range(5)]
        suppress(connection, all_of_them)

        first = list_suppressions(connection, limit=3)
        second = list_suppressions(connection, after=first[-1].address_hash, limit=3)

        assert first + second == sorted(all_of_them, key=lambda each: each.address_hash)


class TestAudience:
    """Who gets an issue, and who does not."""

    @pytest.fixture
    def numbers(self, connection: sa.Connection) -> dict[str, int]:
        """Return one person of every kind, by what stands against him."""
        tagged = Profile(name="Kim", language="ko", tags=frozenset({"ai"}), fields={"a": "b"})
        kinds = {
            "mailable": person("mailable@example.org", profile=tagged),
            "other_tag": person("other@example.org"),
            "paused": person("paused@example.org", profile=tagged, paused_until_ms=LATER),
            "suppressed": person("suppressed@example.org", profile=tagged),
            "pending": person("pending@example.org", state=State.PENDING, profile=tagged),
            "unsubscribed": person("left@example.org", state=State.UNSUBSCRIBED),
            "bounced": person("bounced@example.org", state=State.BOUNCED),
            "complained": person("complained@example.org", state=State.COMPLAINED),
            "erased": person("erased@example.org"),
        }
        found = dict(zip(kinds, add(connection, *kinds.values()), strict=True))
        suppress(
            connection,
            [
                manual("suppressed@example.org"),
                manual("complained@example.org", SuppressionReason.COMPLAINT),
            ],
        )
        change_state(connection, found["erased"], Change.ERASE, now_ms=NOON)
        return found

    def test_only_confirmed_unsuppressed_people_who_are_not_paused_are_in_it(
        self, connection: sa.Connection, numbers: dict[str, int]
    ) -> None:
        """Nobody else may get an issue, whatever the rest of the program does."""
        rows = connection.execute(select_audience(now_ms=NOON)).all()

        assert rows == [
            (numbers["mailable"], hash_of("mailable@example.org")),
            (numbers["other_tag"], hash_of("other@example.org")),
        ]

    def test_a_tag_narrows_it(self, connection: sa.Connection, numbers: dict[str, int]) -> None:
        """An issue may be for some only."""
        rows = connection.execute(select_audience(where=tagged("ai"), now_ms=NOON)).all()

        assert rows == [(numbers["mailable"], hash_of("mailable@example.org"))]

    def test_a_pause_ends_by_itself(
        self, connection: sa.Connection, numbers: dict[str, int]
    ) -> None:
        """The person chose the date; nobody has to do anything."""
        rows = connection.execute(select_audience(where=tagged("ai"), now_ms=LATER)).all()

        assert [row.id for row in rows] == [numbers["mailable"], numbers["paused"]]

    @pytest.mark.parametrize("tag", ["", "ai", "nobody has it"])
    def test_audience_and_left_out_are_everybody(
        self, connection: sa.Connection, numbers: dict[str, int], tag: str
    ) -> None:
        """The sums shown before sending must be those of the list of subscribers."""
        where = tagged(tag) if tag else None
        audience = len(connection.execute(select_audience(where=where, now_ms=NOON)).all())

        counted = count_everybody(connection, where=where, now_ms=NOON)

        assert counted.members == audience
        assert audience + sum(counted.left_out.values()) == len(numbers) - 1

    @pytest.mark.usefixtures("numbers")
    def test_everybody_left_out_has_one_reason(self, connection: sa.Connection) -> None:
        """A complained person is suppressed, too; he is counted once."""
        counted = count_everybody(connection, where=tagged("ai"), now_ms=NOON)

        assert counted.left_out == {
            "bounced": 1,
            "complained": 1,
            "not_in_segment": 1,
            "paused": 1,
            "pending": 1,
            "suppressed": 1,
            "unsubscribed": 1,
        }

    @pytest.mark.usefixtures("numbers")
    def test_who_is_suppressed_and_paused_is_counted_once(self, connection: sa.Connection) -> None:
        """The pause ends by itself, so that the other reason is the one to tell."""
        nobody = manual("nobody@example.org")
        suppress(connection, [manual("paused@example.org"), nobody])

        members, left_out = count_everybody(connection, now_ms=NOON)

        assert members == 2
        assert "paused" not in left_out
        assert left_out["suppressed"] == 2

    @pytest.mark.usefixtures("numbers")
    def test_it_can_be_planned_in_one_statement(self, connection: sa.Connection) -> None:
        """The ledger takes it in whole, without a row passing through this program."""
        connection.execute(sa.text("CREATE TEMPORARY TABLE plan (id INTEGER)"))
        plan = sa.table("plan", sa.column("id"))
        audience = select_audience(now_ms=NOON).subquery()

        connection.execute(sa.insert(plan).from_select(["id"], sa.select(audience.c.id)))

        assert len(connection.execute(sa.select(plan.c.id)).all()) == 2

    def test_what_a_message_needs_is_loaded_or_the_reason_told(
        self, connection: sa.Connection, numbers: dict[str, int]
    ) -> None:
        """Asked again just before each intent: people leave while an issue is being sent."""
        ids = [*numbers.values(), 4711]

        found = load_mailable(connection, ids, now_ms=NOON)

        kim = found.pop(numbers["mailable"])
        other = found.pop(numbers["other_tag"])
        assert kim == Mailable(
            id=numbers["mailable"],
            public_id=hash_of("mailable@example.org")[::-1],
            address=person("mailable@example.org").address,
            name="Kim",
            language="ko",
            fields={"a": "b"},
        )
        assert isinstance(other, Mailable)
        assert other.fields == {}
        assert found == {
            numbers[reason]: reason for reason in numbers if reason not in {"mailable", "other_tag"}
        } | {4711: "erased"}

    def test_nobody_is_loaded_when_nobody_is_asked_for(self, connection: sa.Connection) -> None:
        """The last handful of a run may be empty."""
        assert load_mailable(connection, [], now_ms=NOON) == {}


@pytest.mark.parametrize(
    "break_it",
    [
        lambda: sa.update(subscriber).values(address=None),
        lambda: sa.update(subscriber).values(state="erased"),
        lambda: sa.update(subscriber).values(state="active"),
    ],
)
def test_the_database_itself_keeps_the_rules(
    connection: sa.Connection, break_it: Callable[[], sa.Update]
) -> None:
    """An address is kept exactly as long as the person; states are those of the vocabulary."""
    add(connection, person("kim@example.org"))

    with pytest.raises(DBAPIError), connection.begin_nested():
        connection.execute(break_it())

    assert get(connection, "kim@example.org").state is State.CONFIRMED
