"""What came back is found, kept once, and means the same in whatever order it comes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.reports.consequence import Consequence
from newsletter.reports.report import BounceClass, Report, ReportKind
from newsletter.sending.ledger.reports import count_reports
from newsletter.sending.ledger.schema import delivery, issue, report
from newsletter.usecases.erase import erase
from newsletter.usecases.take_reports import take_reports
from subscribers.address import EmailAddress
from subscribers.store.consents import list_consents
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change
from subscribers.tokens import make_token
from tests.contracts.people import KEYS, NOON
from tests.contracts.readers import DAY_MS
from tests.contracts.reported import Returns

HARD, SOFT, BLOCK, AUTH = BounceClass


@pytest.fixture
def returns(database: Database) -> Returns:
    """Return an installation with three readers."""
    return Returns.of(database)


def list_kept(returns: Returns) -> list[tuple[str, int | None, int | None, str]]:
    """List what the ledger keeps of reports."""
    statement = sa.select(
        report.c.kind, report.c.issue_id, report.c.subscriber_id, report.c.words
    ).order_by(report.c.id)
    with returns.installation.database.read() as connection:
        return [tuple(row) for row in connection.execute(statement)]


class TestFinding:
    """A report finds its delivery by what we signed, and by nothing else."""

    @pytest.mark.parametrize(
        ("name", "purpose"),
        [
            ("return_path_token", "bounce"),
            ("unsubscribe_token", "unsubscribe"),
            ("message_id", "message"),
            ("delivery_argument", "message"),
        ],
    )
    def test_each_name_finds_its_delivery(self, returns: Returns, name: str, purpose: str) -> None:
        """Which of them survives the way back is not ours to choose."""
        issue_id = returns.send()
        token = make_token(KEYS, purpose, returns.public_id(1), issue_id)  # type: ignore[arg-type]
        nameless = replace(returns.report(ReportKind.DELIVERED, issue_id), message_id="")

        [taken] = returns.take(replace(nameless, **{name: token}))  # type: ignore[arg-type]

        assert (taken.subscriber_id, taken.issue_id) == (returns.people[1], issue_id)
        assert (taken.is_new, taken.consequence) == (True, Consequence.COUNTED)

    def test_the_return_path_goes_before_the_message_id(self, returns: Returns) -> None:
        """It is what a server answers to; the message beside it may be another's."""
        issue_id = returns.send()
        token = make_token(KEYS, "bounce", returns.public_id(2), issue_id)
        bounce = replace(returns.bounce(HARD, issue_id, 0), return_path_token=token.upper())

        [taken] = returns.take(bounce)

        assert taken.subscriber_id == returns.people[2]

    def test_a_name_that_is_not_ours_leaves_the_next_one_its_turn(self, returns: Returns) -> None:
        """A relay's own Message-ID says nothing."""
        issue_id = returns.send()
        bounce = replace(
            returns.bounce(HARD, issue_id),
            message_id="<14c5d75ce93.dfd.64b469@ismtpd-555>",
            delivery_argument=returns.message_id(issue_id, 1),
        )

        [taken] = returns.take(bounce)

        assert taken.subscriber_id == returns.people[1]

    @pytest.mark.parametrize("kept", ["", "é", "swapcase"])
    def test_an_address_alone_changes_nothing(self, returns: Returns, kept: str) -> None:
        """Anybody can write one down."""
        issue_id = returns.send()
        bounce = returns.bounce(HARD, issue_id)
        message_id = bounce.message_id.swapcase() if kept == "swapcase" else kept
        forged = replace(bounce, message_id=message_id, address="reader0@example.org")

        [taken] = returns.take(forged)

        assert (taken.subscriber_id, taken.is_new) == (None, True)
        assert taken.consequence is Consequence.NONE
        assert returns.state() == ("confirmed", "")
        assert [kept[:3] for kept in list_kept(returns)] == [("bounce", None, None)]

    def test_a_person_is_found_without_a_delivery(self, returns: Returns) -> None:
        """Of a ledger that was restored from a backup, say: a no is a no."""
        token = make_token(KEYS, "unsubscribe", returns.public_id(0), 77)
        wish = replace(
            returns.report(ReportKind.UNSUBSCRIBE, 77), message_id="", unsubscribe_token=token
        )

        [taken] = returns.take(wish)

        assert (taken.subscriber_id, taken.issue_id) == (returns.people[0], None)
        assert returns.state() == ("unsubscribed", "")


class TestMeaning:
    """What follows for the person."""

    @pytest.mark.parametrize(
        ("kind", "bounce_class", "consequence", "state"),
        [
            (ReportKind.BOUNCE, HARD, Consequence.BOUNCED, ("bounced", "hard_bounce")),
            (ReportKind.BOUNCE, SOFT, Consequence.COUNTED, ("confirmed", "")),
            (ReportKind.BOUNCE, BLOCK, Consequence.NOTED, ("confirmed", "")),
            (ReportKind.BOUNCE, AUTH, Consequence.NOTED, ("confirmed", "")),
            (ReportKind.BOUNCE, None, Consequence.NOTED, ("confirmed", "")),
            (ReportKind.COMPLAINT, None, Consequence.COMPLAINED, ("complained", "complaint")),
            (ReportKind.UNSUBSCRIBE, None, Consequence.UNSUBSCRIBED, ("unsubscribed", "")),
            (ReportKind.PROCESSED, None, Consequence.COUNTED, ("confirmed", "")),
            (ReportKind.DELIVERED, None, Consequence.COUNTED, ("confirmed", "")),
            (ReportKind.DELAYED, None, Consequence.COUNTED, ("confirmed", "")),
            (ReportKind.OTHER, None, Consequence.NONE, ("confirmed", "")),
        ],
    )
    def test_each_kind_has_its_consequence(
        self,
        returns: Returns,
        kind: ReportKind,
        bounce_class: BounceClass | None,
        consequence: Consequence,
        state: tuple[str, str],
    ) -> None:
        """Only what tells of the person changes his state."""
        issue_id = returns.send()

        [taken] = returns.take(returns.report(kind, issue_id, bounce_class=bounce_class))

        assert taken.consequence is consequence
        assert returns.state() == state
        assert returns.state(1) == ("confirmed", "")

    def test_evidence_tells_where_it_came_from(self, returns: Returns) -> None:
        """Somebody may ask why he gets nothing any more."""
        issue_id = returns.send()

        returns.take(returns.report(ReportKind.UNSUBSCRIBE, issue_id))

        with returns.installation.database.read() as connection:
            evidence = list_consents(connection, returns.people[0])[-1]
        assert (evidence.basis, evidence.source) == (f"issue {issue_id}", "sendgrid")

    def test_a_bounce_from_before_the_newest_confirmation_is_only_counted(
        self, returns: Returns
    ) -> None:
        """Whoever proved that his mailbox works is not demoted by what is older."""
        issue_id = returns.send(day=-1)

        taken = returns.take(
            returns.bounce(HARD, issue_id, 0, day=2),
            replace(returns.report(ReportKind.COMPLAINT, issue_id, 1, day=-0.5)),
            replace(returns.report(ReportKind.UNSUBSCRIBE, issue_id, 2, day=-0.5)),
        )

        assert {each.consequence for each in taken} == {Consequence.COUNTED}
        assert {state for state, _ in returns.states().values()} == {"confirmed"}

    def test_a_wish_is_not_older_than_the_message_it_is_about(self, returns: Returns) -> None:
        """A reporter's clock may be wrong; nobody complains of what he has not got."""
        issue_id = returns.send(day=1)

        returns.take(returns.report(ReportKind.COMPLAINT, issue_id, day=-3000))

        assert returns.state() == ("complained", "complaint")

    def test_a_no_about_an_old_message_is_heard(self, returns: Returns) -> None:
        """The message is from before the confirmation; the wish is not."""
        issue_id = returns.send(day=-1)

        returns.take(returns.report(ReportKind.UNSUBSCRIBE, issue_id, day=1))

        assert returns.state() == ("unsubscribed", "")

    def test_whoever_was_erased_stays_so(self, returns: Returns) -> None:
        """And nothing more is written down of him than a count."""
        issue_id = returns.send()
        returns.take(replace(returns.bounce(SOFT, issue_id), words="quota of R. Eader"))
        erase(returns.installation, EmailAddress.parse("reader0@example.org"), source="form")
        before = returns.states()

        returns.take(returns.bounce(HARD, issue_id))

        assert returns.states() == before
        assert {words for *_, words in list_kept(returns)} == {""}

    def test_a_server_s_words_are_kept_without_addresses(self, returns: Returns) -> None:
        """The ledger names people by number only; PostgreSQL refuses a NUL."""
        issue_id = returns.send()
        long = replace(returns.bounce(BLOCK, issue_id), words="550\0 no\n<kim@example.org> " * 99)

        returns.take(long)

        [(_, _, _, words)] = list_kept(returns)
        assert words.startswith("550 no <(address)> 550 no")
        assert len(words) == 500


class TestSoftBounces:
    """A mailbox that is full for too long is given up."""

    def fill(self, returns: Returns, days: Sequence[float], *, arrived: int | None = None) -> None:
        """Send an issue on each of these days; all bounce softly but one."""
        for place, day in enumerate(days):
            issue_id = returns.send(f"issue-{place}", day=int(day))
            if place != arrived:
                returns.take(returns.bounce(SOFT, issue_id, day=day))
                returns.take(returns.bounce(SOFT, issue_id, day=day + 0.01))

    @pytest.mark.parametrize(
        ("days", "state"),
        [
            ([0, 3, 7, 10, 14], "bounced"),
            ([0, 3, 7, 10], "confirmed"),
            ([0, 3, 7, 10, 13.9], "confirmed"),
            ([0, 30, 60, 90], "confirmed"),
            ([0, 1, 2, 3, 4, 5, 6, 15], "bounced"),
        ],
    )
    def test_five_issues_over_fourteen_days(
        self, returns: Returns, days: list[float], state: str
    ) -> None:
        """Both: a daily newsletter does not give up within a week."""
        returns.readers.clock[0] = NOON + 100 * DAY_MS

        self.fill(returns, days)

        assert returns.state()[0] == state

    def test_one_that_arrived_begins_the_count_anew(self, returns: Returns) -> None:
        """The mailbox was emptied meanwhile."""
        returns.readers.clock[0] = NOON + 100 * DAY_MS

        self.fill(returns, [0, 7, 14, 21, 28, 35, 42], arrived=3)

        assert returns.state() == ("confirmed", "")

    def test_bounces_from_before_the_newest_confirmation_do_not_count(
        self, returns: Returns
    ) -> None:
        """The person has shown since that the mailbox works."""
        returns.readers.clock[0] = NOON + 100 * DAY_MS

        self.fill(returns, [-21, 0, 7, 14, 21])

        assert returns.state() == ("confirmed", "")

    def test_a_date_in_the_future_makes_no_time_pass(self, returns: Returns) -> None:
        """What happened has happened before it was reported."""
        self.fill(returns, [0, 0, 0, 0, 20])

        assert returns.state() == ("confirmed", "")


class TestRepetition:
    """The same report twice is one."""

    def test_a_copy_changes_nothing(self, returns: Returns) -> None:
        """Providers repeat until they hear an answer."""
        issue_id = returns.send()
        bounce = returns.bounce(HARD, issue_id)
        first, second = returns.take(bounce, bounce)

        [third] = returns.take(bounce)

        assert [each.is_new for each in (first, second, third)] == [True, False, False]
        assert second.consequence is third.consequence is Consequence.NONE
        assert len(list_kept(returns)) == 1

    def test_a_copy_does_not_undo_what_came_after(self, returns: Returns) -> None:
        """Who signed up again after a bounce is confirmed, whatever is repeated."""
        issue_id = returns.send()
        bounce = returns.bounce(HARD, issue_id)
        returns.take(bounce)
        with returns.installation.database.write() as connection:
            for change in (Change.SIGN_UP, Change.CONFIRM):
                change_state(connection, returns.people[0], change, now_ms=NOON + DAY_MS)

        returns.take(bounce, replace(bounce, source_id="the same by another road", source="mail"))

        assert returns.state() == ("confirmed", "")

    def test_two_who_take_the_same_at_once_take_it_once(self, returns: Returns) -> None:
        """A provider asks again while the first request is still being answered."""
        issue_id = returns.send()
        reports = [
            returns.report(kind, issue_id, place)
            for kind in ReportKind
            for place in range(len(returns.people))
        ]

        with ThreadPoolExecutor(4) as threads:
            takings = [
                threads.submit(take_reports, returns.installation, order)
                for order in (reports, reports[::-1]) * 2
            ]
        taken = [each for taking in takings for each in taking.result()]

        assert sum(each.is_new for each in taken) == len(reports) == len(list_kept(returns))


class TestSettling:
    """What comes back says that the message had left."""

    @pytest.mark.parametrize("status", ["in_doubt", "planned", "deferred"])
    @pytest.mark.parametrize("kind", [kind for kind in ReportKind if kind is not ReportKind.OTHER])
    def test_what_nobody_has_in_hand_is_sent(
        self, returns: Returns, kind: ReportKind, status: str
    ) -> None:
        """In doubt, or about to be tried again: it would arrive twice."""
        issue_id = returns.send(status=status)

        returns.take(returns.report(kind, issue_id))

        tally = returns.tally(issue_id)
        assert returns.status(issue_id) == "sent"
        assert (tally.sent, tally.planned) == (1, 3)

    @pytest.mark.parametrize(
        "status", ["in_flight", "failed", "skipped", "cancelled", "written_off", "sent"]
    )
    def test_what_somebody_has_in_hand_or_decided_stays(
        self, returns: Returns, status: str
    ) -> None:
        """The ledger goes forward only."""
        issue_id = returns.send(status=status)
        before = returns.tally(issue_id)

        returns.take(returns.report(ReportKind.DELIVERED, issue_id))

        assert returns.tally(issue_id) == before

    @pytest.mark.parametrize("status", ["in_doubt", "planned"])
    def test_a_refusal_at_our_own_hop_says_nothing_of_it(
        self, returns: Returns, status: str
    ) -> None:
        """That message never left."""
        issue_id = returns.send(status=status)

        returns.take(replace(returns.bounce(HARD, issue_id), source="smtp"))

        assert returns.status(issue_id) == status
        assert returns.state() == ("bounced", "hard_bounce")

    def test_the_last_that_is_settled_ends_the_issue(self, returns: Returns) -> None:
        """Nothing remains, so nobody would come to say so."""
        issue_id = returns.send(status="deferred")

        returns.take(*[returns.report(ReportKind.DELIVERED, issue_id, place) for place in range(3)])

        with returns.installation.database.read() as connection:
            row = connection.execute(sa.select(issue.c.state, issue.c.finished_at_ms)).one()
            assert tuple(row) == ("sent", NOON)
            assert set(connection.scalars(sa.select(delivery.c.next_at_ms))) == {0}


def test_reports_are_counted_by_delivery(returns: Returns) -> None:
    """Three events about one message are one message."""
    issue_id = returns.send()
    reports: list[Report] = [
        *[returns.report(ReportKind.DELIVERED, issue_id, place) for place in range(3)],
        returns.report(ReportKind.DELIVERED, issue_id, 0, source_id="again"),
        returns.bounce(HARD, issue_id, 1),
        returns.bounce(BLOCK, issue_id, 2),
        returns.report(ReportKind.COMPLAINT, issue_id, 0),
    ]

    returns.take(*reports)

    with returns.installation.database.read() as connection:
        counts = count_reports(connection, issue_id)
    assert (counts.delivered, counts.complained, counts.unsubscribed) == (3, 1, 0)
    assert counts.bounced == {HARD: 1, BLOCK: 1}
