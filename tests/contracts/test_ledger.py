"""The ledger keeps its promises on SQLite and on PostgreSQL alike."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from newsletter.database import Database
from newsletter.errors import TemporaryError
from newsletter.issues.issue import Revision
from newsletter.sending.ledger import attempts, deliveries, plan
from newsletter.sending.ledger.deferred import find_next_attempt
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.installation import find_fingerprint, record_fingerprint
from newsletter.sending.ledger.reasons import Reason, count_reasons, list_reasons
from newsletter.sending.ledger.schema import delivery, installation
from newsletter.sending.ledger.status import DeliveryStatus, IssueState, Tally
from subscribers.store.schema import subscriber
from tests.contracts.people import NOON
from tests.contracts.sends import (
    AUDIENCE,
    add_people,
    count,
    insert_issue,
    list_statuses,
    plan_issue,
)
from tests.unit.sample_issues import make_issue

LATER = NOON + 60_000
SENT, DEFERRED = DeliveryStatus.SENT, DeliveryStatus.DEFERRED
FAILED, IN_DOUBT = DeliveryStatus.FAILED, DeliveryStatus.IN_DOUBT
SKIPPED = DeliveryStatus.SKIPPED


@dataclass(frozen=True)
class Ledger:
    """One planned issue, spoken to in one transaction."""

    connection: sa.Connection
    issue_id: int
    #: Numbers of its four subscribers.
    people: Sequence[int]

    def open(self, *people: int, epoch: int = 1, now_ms: int = NOON) -> None:
        """Write intents, as the window does."""
        due = deliveries.list_due(
            self.connection, self.issue_id, after_id=0, limit=100, now_ms=now_ms
        )
        candidates = [each for each in due if each.subscriber_id in people]
        deliveries.record_intents(
            self.connection, self.issue_id, candidates, epoch=epoch, now_ms=now_ms
        )

    def settle(self, *outcomes: Settled, epoch: int = 1) -> None:
        """Write outcomes, as the window does."""
        others = [each for each in outcomes if each.status is not SENT]
        if others:
            attempts.record_attempts(
                self.connection, self.issue_id, others, epoch=epoch, now_ms=NOON
            )
        deliveries.record_outcomes(
            self.connection, self.issue_id, outcomes, epoch=epoch, now_ms=NOON
        )

    def due(self, *, after_id: int = 0, limit: int = 100, now_ms: int = NOON) -> list[int]:
        """List whose turn it is."""
        found = deliveries.list_due(
            self.connection, self.issue_id, after_id=after_id, limit=limit, now_ms=now_ms
        )
        return [each.subscriber_id for each in found]

    def row(self, number: int) -> dict[str, object]:
        """Return everything that is known of one delivery."""
        found = self.connection.execute(
            sa.select(delivery).where(
                delivery.c.issue_id == self.issue_id, delivery.c.subscriber_id == number
            )
        )
        return dict(found.mappings().one())

    def statuses(self) -> list[str]:
        """List where the deliveries stand, in the order of `people`."""
        return list(list_statuses(self.connection, self.issue_id).values())

    def tally(self) -> Tally:
        """Count the deliveries."""
        return deliveries.count_deliveries(self.connection, self.issue_id)


@pytest.fixture
def ledger(connection: sa.Connection) -> Ledger:
    """Return an issue planned for four people."""
    people = add_people(connection, 4)
    return Ledger(connection, plan_issue(connection), people)


class TestPlan:
    """A row per delivery, once."""

    def test_everyone_in_the_audience_is_planned(self, ledger: Ledger) -> None:
        """The plan is exact: who is in it is known before anything leaves."""
        assert ledger.tally() == Tally(waiting=4)
        assert ledger.tally().planned == 4
        assert list_statuses(ledger.connection, ledger.issue_id) == dict.fromkeys(
            ledger.people, "planned"
        )

    def test_planning_again_adds_nobody(self, ledger: Ledger) -> None:
        """Two commands, one plan."""
        added = plan.plan_deliveries(ledger.connection, ledger.issue_id, AUDIENCE.select())

        assert added == 0
        assert ledger.tally().planned == 4

    def test_only_new_people_are_added_and_counted_beforehand(self, ledger: Ledger) -> None:
        """What --add-new tells the operator is what it then does; nobody else is touched."""
        ledger.open(ledger.people[0])
        add_people(ledger.connection, 2, prefix="new")

        told = plan.count_new(ledger.connection, ledger.issue_id, AUDIENCE.select())
        added = plan.plan_deliveries(ledger.connection, ledger.issue_id, AUDIENCE.select())

        assert (told, added) == (2, 2)
        assert ledger.tally() == Tally(waiting=5, in_flight=1)

    def test_a_known_address_under_another_number_is_not_planned_again(
        self, ledger: Ledger
    ) -> None:
        """Whoever was erased and came back within a send has the message already."""
        newcomers = sa.select(subscriber.c.id + 1000, subscriber.c.address_hash)

        told = plan.count_new(ledger.connection, ledger.issue_id, newcomers)
        added = plan.plan_deliveries(ledger.connection, ledger.issue_id, newcomers)

        assert (told, added) == (0, 0)
        assert ledger.tally().planned == 4

    def test_the_database_refuses_a_second_delivery_to_a_person(self, ledger: Ledger) -> None:
        """A constraint prevents it, not this program's memory."""
        second = delivery.insert().values(
            issue_id=ledger.issue_id, subscriber_id=ledger.people[0], address_hash=b"x" * 16
        )

        with pytest.raises(IntegrityError), ledger.connection.begin_nested():
            ledger.connection.execute(second)

    def test_the_database_refuses_a_second_delivery_to_an_address(self, ledger: Ledger) -> None:
        """Whatever number the person has now."""
        second = delivery.insert().values(
            issue_id=ledger.issue_id,
            subscriber_id=ledger.people[3] + 1,
            address_hash=ledger.row(ledger.people[0])["address_hash"],
        )

        with pytest.raises(IntegrityError), ledger.connection.begin_nested():
            ledger.connection.execute(second)

    def test_erased_addresses_do_not_get_in_each_others_way(self, ledger: Ledger) -> None:
        """Erasure empties the hash and leaves the row, so that the sum stays right."""
        ledger.connection.execute(sa.update(delivery).values(address_hash=None))

        assert ledger.tally().planned == 4

    def test_issues_have_plans_of_their_own(self, ledger: Ledger) -> None:
        """Nobody is left out of an issue since he got another one."""
        other = plan_issue(ledger.connection, "issue-31")
        ledger.open(*ledger.people)

        assert deliveries.count_deliveries(ledger.connection, other) == Tally(waiting=4)

    def test_a_slug_is_planned_once(self, ledger: Ledger) -> None:
        """Two first sends at the same moment: the second is told to look again."""
        with pytest.raises(TemporaryError, match="issue-30"):
            insert_issue(ledger.connection)


class TestIssues:
    """What the ledger knows of an issue."""

    def test_an_issue_is_found_as_it_was_planned(self, ledger: Ledger) -> None:
        """A file that differs from it later is refused."""
        found = plan.find_issue(ledger.connection, "issue-30")

        assert found is not None
        assert found.id == ledger.issue_id
        assert found.title == "작은 도구 7호: Small Tools"
        assert found.state is IssueState.SENDING
        assert (found.git_commit, found.is_modified) == (None, False)
        assert (found.content_sha256, found.edition_digest) == ("0" * 64, "d" * 64)
        assert (found.segment, found.planned_at_ms, found.finished_at_ms) == ("", NOON, None)

    def test_an_unknown_slug_is_not_found(self, ledger: Ledger) -> None:
        """It was never planned."""
        assert plan.find_issue(ledger.connection, "issue-31") is None

    def test_a_changed_file_can_be_accepted(self, ledger: Ledger) -> None:
        """From then on the ledger knows the new revision; the plan stays."""
        revision = Revision(commit="c" * 40, is_modified=True, content_sha256="1" * 64)
        changed = make_issue(slug="issue-30", title="Mended", revision=revision)

        plan.accept_revision(ledger.connection, ledger.issue_id, changed, edition_digest="e" * 64)

        found = plan.find_issue(ledger.connection, "issue-30")
        assert found is not None
        assert (found.title, found.git_commit, found.is_modified) == ("Mended", "c" * 40, True)
        assert (found.content_sha256, found.edition_digest) == ("1" * 64, "e" * 64)
        assert ledger.tally().planned == 4

    def test_the_newest_plan_is_listed_first(self, ledger: Ledger) -> None:
        """Plans of the same moment, too."""
        insert_issue(ledger.connection, "issue-31")

        listed = plan.list_issues(ledger.connection)

        assert [each.slug for each in listed] == ["issue-31", "issue-30"]

    def test_a_state_changes_only_from_where_it_may(self, ledger: Ledger) -> None:
        """Whoever changed it first wins."""
        connection, issue_id = ledger.connection, ledger.issue_id

        paused = plan.set_issue_state(
            connection, issue_id, IssueState.PAUSED, only_from={IssueState.SENDING}
        )
        again = plan.set_issue_state(
            connection, issue_id, IssueState.PAUSED, only_from={IssueState.SENDING}
        )

        assert (paused, again) == (True, False)
        assert plan.get_orders(connection, issue_id).state is IssueState.PAUSED

    def test_a_pause_has_its_reason_until_the_issue_goes_on(self, ledger: Ledger) -> None:
        """The operator reads it when he comes; an older one would mislead him."""
        connection, issue_id = ledger.connection, ledger.issue_id

        paused = plan.pause_issue(connection, issue_id, reason="nobody takes it")
        again = plan.pause_issue(connection, issue_id, reason="another reason")
        first = plan.find_issue(connection, "issue-30")
        plan.set_issue_state(
            connection, issue_id, IssueState.SENDING, only_from={IssueState.PAUSED}
        )
        second = plan.find_issue(connection, "issue-30")

        assert (paused, again) == (True, False)
        assert first is not None
        assert (first.state, first.pause_reason) == (IssueState.PAUSED, "nobody takes it")
        assert second is not None
        assert (second.state, second.pause_reason) == (IssueState.SENDING, "")

    @pytest.mark.parametrize("status", ["planned", "in_flight", "deferred"])
    def test_an_issue_with_something_remaining_is_not_finished(
        self, ledger: Ledger, status: str
    ) -> None:
        """What remains is what a further run would work on."""
        ledger.connection.execute(sa.update(delivery).values(status=status))

        assert not plan.finish_issue(ledger.connection, ledger.issue_id, now_ms=LATER)
        assert plan.get_orders(ledger.connection, ledger.issue_id).state is IssueState.SENDING

    def test_an_issue_with_nothing_remaining_is_sent(self, ledger: Ledger) -> None:
        """What is in doubt waits for the operator, not for a run."""
        ledger.open(*ledger.people)
        ledger.settle(
            Settled(ledger.people[0], SENT),
            Settled(ledger.people[1], FAILED),
            Settled(ledger.people[2], IN_DOUBT),
        )
        deliveries.record_skips(
            ledger.connection, ledger.issue_id, [(ledger.people[3], "unsubscribed")], now_ms=NOON
        )

        assert plan.finish_issue(ledger.connection, ledger.issue_id, now_ms=LATER)

        found = plan.find_issue(ledger.connection, "issue-30")
        assert found is not None
        assert (found.state, found.finished_at_ms) == (IssueState.SENT, LATER)

    def test_a_paused_issue_is_not_finished(self, ledger: Ledger) -> None:
        """It is the operator who lets it go on."""
        ledger.connection.execute(sa.update(delivery).values(status="sent"))
        plan.set_issue_state(
            ledger.connection, ledger.issue_id, IssueState.PAUSED, only_from={IssueState.SENDING}
        )

        assert not plan.finish_issue(ledger.connection, ledger.issue_id, now_ms=LATER)

    def test_a_cancel_takes_what_waits_and_leaves_what_is_in_flight(self, ledger: Ledger) -> None:
        """A message that may be leaving cannot be called back; its outcome is still recorded."""
        sent, flying, deferred, waiting = ledger.people
        ledger.open(sent, flying, deferred)
        ledger.settle(Settled(sent, SENT), Settled(deferred, DEFERRED, next_at_ms=LATER))

        changed = plan.cancel_issue(ledger.connection, ledger.issue_id, now_ms=LATER)
        again = plan.cancel_issue(ledger.connection, ledger.issue_id, now_ms=LATER)

        assert (changed, again) == (True, False)
        assert ledger.tally() == Tally(sent=1, in_flight=1, cancelled=2)
        assert ledger.row(waiting)["settled_at_ms"] == LATER
        found = plan.find_issue(ledger.connection, "issue-30")
        assert found is not None
        assert (found.state, found.finished_at_ms) == (IssueState.CANCELLED, LATER)

    def test_a_cancel_waits_for_a_turn_that_began_before(self, database: Database) -> None:
        """Whoever asked for the state may rely on it until he commits his intents."""
        with database.write() as connection:
            add_people(connection, 2)
            issue_id = plan_issue(connection)
        is_cancelled = Event()

        def cancel() -> None:
            with database.write() as connection:
                plan.cancel_issue(connection, issue_id, now_ms=NOON)
            is_cancelled.set()

        with ThreadPoolExecutor() as threads:
            with database.write() as connection:
                state = plan.get_orders(connection, issue_id).state
                cancelling = threads.submit(cancel)
                has_passed = is_cancelled.wait(timeout=0.2)
            cancelling.result(timeout=10)

        assert state is IssueState.SENDING
        assert not has_passed
        assert count(database, issue_id) == Tally(cancelled=2)


class TestTurns:
    """Whose turn it is."""

    def test_deliveries_are_due_in_the_order_of_their_numbers(self, ledger: Ledger) -> None:
        """So that a run can go on after the last one it began."""
        people = list(ledger.people)

        assert ledger.due() == people
        assert ledger.due(limit=2) == people[:2]
        assert ledger.due(after_id=people[1]) == people[2:]

    def test_a_deferred_delivery_is_due_from_its_time_on(self, ledger: Ledger) -> None:
        """Not a millisecond before."""
        deferred = ledger.people[1]
        ledger.open(*ledger.people)
        ledger.settle(Settled(deferred, DEFERRED, next_at_ms=LATER))

        assert ledger.due(now_ms=LATER - 1) == []
        assert ledger.due(now_ms=LATER) == [deferred]
        found = find_next_attempt(ledger.connection, ledger.issue_id)
        assert found == LATER

    def test_without_deferred_deliveries_no_attempt_is_next(self, ledger: Ledger) -> None:
        """Planned ones are due at any time."""
        assert find_next_attempt(ledger.connection, ledger.issue_id) is None

    @pytest.mark.parametrize(
        "status", ["in_flight", "sent", "failed", "in_doubt", "skipped", "cancelled", "written_off"]
    )
    def test_nothing_else_is_ever_due(self, ledger: Ledger, status: str) -> None:
        """A second message to somebody begins with a row that should not have been listed."""
        ledger.connection.execute(sa.update(delivery).values(status=status))

        assert ledger.due(now_ms=LATER) == []


class TestIntentsAndOutcomes:
    """Intents before the bytes leave, outcomes after."""

    def test_an_intent_notes_attempt_owner_and_time(self, ledger: Ledger) -> None:
        """It is what a crash leaves behind."""
        number = ledger.people[0]

        ledger.open(number, epoch=3)

        row = ledger.row(number)
        assert row["status"] == "in_flight"
        assert (row["epoch"], row["attempts"], row["first_intent_at_ms"]) == (3, 1, NOON)

    def test_a_second_attempt_keeps_the_time_of_the_first(self, ledger: Ledger) -> None:
        """Date and Message-ID are fixed at the first intent, so that stores see one message."""
        number = ledger.people[0]
        ledger.open(number)
        ledger.settle(Settled(number, DEFERRED, "451 later", LATER))

        ledger.open(number, epoch=2, now_ms=LATER)

        row = ledger.row(number)
        assert (row["epoch"], row["attempts"], row["first_intent_at_ms"]) == (2, 2, NOON)

    def test_each_outcome_settles_its_delivery(self, ledger: Ledger) -> None:
        """With the next hop's words."""
        sent, failed, deferred, doubtful = ledger.people
        ledger.open(*ledger.people)

        ledger.settle(
            Settled(sent, SENT, "250 ok"),
            Settled(failed, FAILED, "550 nobody"),
            Settled(deferred, DEFERRED, "451 later", LATER),
            Settled(doubtful, IN_DOUBT, "no answer"),
        )

        assert ledger.statuses() == ["sent", "failed", "deferred", "in_doubt"]
        assert ledger.tally() == Tally(sent=1, failed=1, deferred=1, in_doubt=1)
        assert ledger.tally().remaining == 1
        row = ledger.row(deferred)
        assert (row["reply"], row["next_at_ms"], row["settled_at_ms"]) == ("451 later", LATER, NOON)

    def test_a_long_reply_is_cut(self, ledger: Ledger) -> None:
        """A next hop may say what it likes; the row stays small."""
        number = ledger.people[0]
        ledger.open(number)

        ledger.settle(Settled(number, SENT, "야" * 5000))

        assert ledger.row(number)["reply"] == "야" * 500

    def test_the_outcome_of_another_epoch_is_ignored(self, ledger: Ledger) -> None:
        """A woken owner knows nothing of the attempt that came after his."""
        number = ledger.people[0]
        ledger.open(number, epoch=2)

        ledger.settle(Settled(number, SENT), epoch=1)

        assert ledger.row(number)["status"] == "in_flight"

    def test_whoever_was_taken_over_may_still_tell_what_became_of_it(self, ledger: Ledger) -> None:
        """Nobody else can ever know; it is his epoch that the row carries."""
        number = ledger.people[0]
        ledger.open(number, epoch=1)
        attempts.disown_intents(ledger.connection, ledger.issue_id, epoch=2, now_ms=NOON)

        ledger.settle(Settled(number, SENT), epoch=1)

        assert ledger.row(number)["status"] == "sent"

    @pytest.mark.parametrize("first", [SENT, FAILED, DEFERRED])
    def test_the_first_outcome_stands(self, ledger: Ledger, first: DeliveryStatus) -> None:
        """A transport that reports twice, or a commit that is repeated, changes nothing."""
        number = ledger.people[0]
        ledger.open(number)
        ledger.settle(Settled(number, first, "first", LATER))

        ledger.settle(Settled(number, IN_DOUBT, "second"))

        row = ledger.row(number)
        assert (row["status"], row["reply"], row["next_at_ms"]) == (first, "first", LATER)

    def test_an_outcome_without_an_intent_is_ignored(self, ledger: Ledger) -> None:
        """Nothing can have left."""
        ledger.settle(Settled(ledger.people[0], SENT), epoch=0)

        assert ledger.tally() == Tally(waiting=4)

    def test_what_certainly_never_left_is_planned_again(self, ledger: Ledger) -> None:
        """It was no attempt."""
        number = ledger.people[0]
        ledger.open(number)

        deliveries.hand_back(ledger.connection, ledger.issue_id, [number], epoch=1)

        row = ledger.row(number)
        assert (row["status"], row["attempts"]) == ("planned", 0)

    @pytest.mark.parametrize("status", [SENT, FAILED, DEFERRED])
    def test_what_is_settled_is_not_handed_back(
        self, ledger: Ledger, status: DeliveryStatus
    ) -> None:
        """A commit that is repeated must not plan a sent message again."""
        number = ledger.people[0]
        ledger.open(number)
        ledger.settle(Settled(number, status))

        deliveries.hand_back(ledger.connection, ledger.issue_id, [number], epoch=1)

        assert ledger.row(number)["status"] == status

    def test_the_intent_of_another_epoch_is_not_handed_back(self, ledger: Ledger) -> None:
        """Its message may be leaving at this moment."""
        number = ledger.people[0]
        ledger.open(number, epoch=2)

        deliveries.hand_back(ledger.connection, ledger.issue_id, [number], epoch=1)

        assert ledger.row(number)["status"] == "in_flight"

    def test_the_open_intents_of_earlier_owners_are_in_doubt(self, ledger: Ledger) -> None:
        """Those of the present owner are not."""
        earlier, settled, present, waiting = ledger.people
        ledger.open(earlier, settled, epoch=1)
        ledger.settle(Settled(settled, SENT))
        ledger.open(present, epoch=2)

        found = attempts.disown_intents(ledger.connection, ledger.issue_id, epoch=2, now_ms=LATER)

        assert found == 1
        assert ledger.statuses() == ["in_doubt", "sent", "in_flight", "planned"]
        assert ledger.row(earlier)["settled_at_ms"] == LATER
        assert ledger.row(waiting)["settled_at_ms"] == 0

    @pytest.mark.parametrize(
        ("new", "tally"),
        [
            (DeliveryStatus.PLANNED, Tally(sent=1, in_flight=1, waiting=2)),
            (DeliveryStatus.WRITTEN_OFF, Tally(sent=1, in_flight=1, written_off=1, waiting=1)),
        ],
    )
    def test_the_operators_decision_concerns_what_is_in_doubt(
        self, ledger: Ledger, new: DeliveryStatus, tally: Tally
    ) -> None:
        """And nothing that is in flight or settled."""
        doubtful, sent, flying, _ = ledger.people
        ledger.open(doubtful, sent, flying)
        ledger.settle(Settled(doubtful, IN_DOUBT), Settled(sent, SENT))

        decided = deliveries.settle_doubt(ledger.connection, ledger.issue_id, new, now_ms=LATER)

        assert decided == 1
        assert ledger.tally() == tally

    def test_skips_are_counted_by_reason(self, ledger: Ledger) -> None:
        """The operator sees why somebody got nothing."""
        first, second, third, _ = ledger.people
        skips = [(first, "unsubscribed"), (second, "suppressed"), (third, "unsubscribed")]

        deliveries.record_skips(ledger.connection, ledger.issue_id, skips, now_ms=LATER)

        counted = count_reasons(ledger.connection, ledger.issue_id, SKIPPED, most=5)
        assert counted == {"suppressed": 1, "unsubscribed": 2}
        assert ledger.tally() == Tally(skipped=3, waiting=1)

    def test_the_most_frequent_reasons_come_first_and_the_rest_is_left_out(
        self, ledger: Ledger
    ) -> None:
        """Ten thousand replies are told in a few lines."""
        first, second, third, _ = ledger.people
        ledger.open(first, second, third)
        ledger.settle(Settled(first, FAILED, "rare"), Settled(second, FAILED, "usual"))
        ledger.settle(Settled(third, FAILED, "usual"))

        counted = count_reasons(ledger.connection, ledger.issue_id, FAILED, most=1)

        assert counted == {"usual": 2}

    def test_reasons_are_listed_by_page(self, ledger: Ledger) -> None:
        """With what an operator wants to know of each."""
        first, second, third, _ = ledger.people
        ledger.open(first, second, third)
        ledger.settle(Settled(first, FAILED, "550 no"), Settled(third, FAILED, "554 never"))
        ledger.settle(Settled(second, DEFERRED, "450 later", next_at_ms=LATER))

        page = list_reasons(ledger.connection, ledger.issue_id, FAILED, after_id=first, limit=1)
        later = list_reasons(ledger.connection, ledger.issue_id, DEFERRED, after_id=0, limit=9)

        assert page == [Reason(third, 1, "554 never", 0)]
        assert later == [Reason(second, 1, "450 later", LATER)]

    def test_a_statement_about_nobody_changes_nothing(self, ledger: Ledger) -> None:
        """A turn without outcomes, skips or intents is the common one."""
        connection, issue_id = ledger.connection, ledger.issue_id

        deliveries.record_intents(connection, issue_id, [], epoch=1, now_ms=NOON)
        deliveries.record_outcomes(connection, issue_id, [], epoch=1, now_ms=NOON)
        deliveries.record_skips(connection, issue_id, [], now_ms=NOON)
        deliveries.hand_back(connection, issue_id, [], epoch=1)

        assert ledger.tally() == Tally(waiting=4)

    def test_another_issue_is_never_touched(self, ledger: Ledger) -> None:
        """Numbers of subscribers are the same in all of them."""
        other = replace(ledger, issue_id=plan_issue(ledger.connection, "issue-31"))
        other.open(*ledger.people)

        ledger.open(*ledger.people[:2])
        ledger.settle(Settled(ledger.people[0], SENT))
        deliveries.hand_back(ledger.connection, ledger.issue_id, ledger.people[1:2], epoch=1)
        attempts.disown_intents(ledger.connection, ledger.issue_id, epoch=9, now_ms=NOON)
        deliveries.settle_doubt(ledger.connection, ledger.issue_id, SENT, now_ms=NOON)
        plan.cancel_issue(ledger.connection, ledger.issue_id, now_ms=NOON)

        assert ledger.tally() == Tally(sent=1, cancelled=3)
        assert other.tally() == Tally(in_flight=4)


class TestInstallation:
    """Which secret a database belongs to."""

    def test_the_first_fingerprint_stands(self, connection: sa.Connection) -> None:
        """A database opened with another secret would forget every suppression."""
        before = find_fingerprint(connection)
        record_fingerprint(connection, "first", now_ms=NOON)
        record_fingerprint(connection, "second", now_ms=LATER)

        assert before is None
        assert find_fingerprint(connection) == "first"

    def test_a_database_belongs_to_one_secret(self, connection: sa.Connection) -> None:
        """The table cannot hold a second row."""
        second = installation.insert().values(id=2, key_fingerprint="x", created_at_ms=NOON)

        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(second)
