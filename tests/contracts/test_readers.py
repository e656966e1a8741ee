"""A reader's life, from the form to the erasure, on SQLite and on PostgreSQL alike."""

from io import BytesIO

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.errors import NotFoundError
from newsletter.sending.ledger import deliveries
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.usecases import preferences
from newsletter.usecases.confirm import confirm, find_confirmation
from newsletter.usecases.disown import disown
from newsletter.usecases.erase import erase
from newsletter.usecases.import_subscribers import import_subscribers
from newsletter.usecases.leave import come_back, find_leaver, leave
from newsletter.usecases.show_subscriber import show_subscriber
from newsletter.usecases.suppress_addresses import lift_suppression, suppress_address
from subscribers.address import EmailAddress
from subscribers.consent import ConsentEvent, Origin
from subscribers.errors import InvalidTokenError, InvalidValueError, UnknownSubscriberError
from subscribers.exchange.csv_import import ImportTerms
from subscribers.keyring import Keyring
from subscribers.store.audience import count_everybody
from subscribers.store.subscribers import add_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_suppression
from subscribers.subscription import Change, State
from subscribers.suppression import SuppressionReason
from subscribers.tokens import make_token
from tests.contracts.people import IMPORTED, KEYS, NOON, person
from tests.contracts.readers import DAY_MS, NETWORK, WORDING, Readers, read_link
from tests.contracts.sends import plan_issue

KIM = EmailAddress.parse("kim@example.org")
NEW = EmailAddress.parse("new@example.org")
HOUR_MS = 3_600_000


@pytest.fixture
def readers(database: Database) -> Readers:
    """Return an installation that knows nobody."""
    return Readers.of(database)


@pytest.fixture
def kim(readers: Readers) -> Readers:
    """Return one where kim@example.org signed up and confirmed."""
    [message] = readers.sign_up(name="Kim", language="ko", tag="ai")
    confirm(readers.installation, read_link(message, "confirm"), network=NETWORK)
    return readers


def ask_for_preferences(readers: Readers, address: EmailAddress = KIM) -> str:
    """Ask for the link to one's data; return its token."""
    preferences.request_preferences(readers.installation, address)
    [message] = readers.work()
    return read_link(message, "preferences")


def unsubscribe_token(readers: Readers, issue: int = 3) -> str:
    """Make the token that an issue to Kim holds."""
    found = readers.find()
    assert found is not None
    return make_token(readers.installation.keys, "unsubscribe", found.public_id, issue)


def change(readers: Readers, change: Change, address: str = "kim@example.org") -> None:
    """Let something happen to a subscription."""
    found = readers.find(address)
    assert found is not None
    with readers.installation.database.write() as connection:
        change_state(connection, found.id, change, now_ms=readers.clock[0], source="test")


def reason(readers: Readers, address: str = "kim@example.org") -> str:
    """Tell why an address is suppressed; empty when it is not."""
    with readers.installation.database.read() as connection:
        found = find_suppression(connection, readers.hash_of(address))
    return str(found.reason) if found else ""


class TestSignUp:
    """From the form to the confirmation."""

    def test_a_sign_up_makes_nobody_confirmed(self, readers: Readers) -> None:
        """Only the owner of the address can say yes."""
        [message] = readers.sign_up()

        assert message["To"] == "kim@example.org"
        assert readers.state() == "pending"

    def test_the_button_confirms_and_takes_over_what_was_typed_in(self, kim: Readers) -> None:
        """Name, language and tags were the asker's word until then."""
        found = kim.find()

        assert found is not None
        assert found.state is State.CONFIRMED
        profile = found.profile
        assert (profile.name, profile.language, profile.tags) == ("Kim", "ko", frozenset({"ai"}))

    def test_looking_at_the_link_changes_nothing(self, readers: Readers) -> None:
        """Programs that check mail open every link."""
        [message] = readers.sign_up()
        before = readers.everything()

        found = find_confirmation(readers.installation, read_link(message, "confirm"))

        assert found is not None
        assert (found.masked_address, found.purpose) == ("k•••@example.org", "sign_up")
        assert readers.everything() == before

    def test_pressing_the_button_again_is_harmless(self, readers: Readers) -> None:
        """People press twice, and a browser repeats what it did."""
        [message] = readers.sign_up()
        token = read_link(message, "confirm")
        confirm(readers.installation, token)
        before = readers.everything()

        again = confirm(readers.installation, token)

        assert again.masked_address == "k•••@example.org"
        assert readers.everything() == before

    def test_a_new_request_replaces_the_link_of_the_one_before(self, readers: Readers) -> None:
        """One person has one link at a time that confirms."""
        [first] = readers.sign_up()
        [second] = readers.sign_up()

        with pytest.raises(InvalidTokenError):
            confirm(readers.installation, read_link(first, "confirm"))

        confirm(readers.installation, read_link(second, "confirm"))
        assert readers.state() == "confirmed"

    def test_the_link_ends_after_seven_days(self, readers: Readers) -> None:
        """A mailbox may change hands."""
        [message] = readers.sign_up()
        readers.clock[0] += 7 * DAY_MS

        assert find_confirmation(readers.installation, read_link(message, "confirm")) is None
        with pytest.raises(InvalidTokenError):
            confirm(readers.installation, read_link(message, "confirm"))

    def test_a_token_of_one_purpose_serves_no_other(self, kim: Readers) -> None:
        """A link that was forwarded must not do more than it says."""
        token = ask_for_preferences(kim)
        leaving = unsubscribe_token(kim)

        assert find_confirmation(kim.installation, token) is None
        assert preferences.find_preferences(kim.installation, leaving) is None
        with pytest.raises(InvalidTokenError):
            find_leaver(kim.installation, token)

    def test_the_database_holds_no_token(self, readers: Readers) -> None:
        """Whoever reads a backup can confirm nothing."""
        [message] = readers.sign_up()
        token = read_link(message, "confirm")

        assert token not in readers.everything()

    def test_the_confirmation_has_nothing_that_was_typed_in(self, readers: Readers) -> None:
        """Else the form would send a stranger's words to anybody."""
        [message] = readers.sign_up(name="Buy pills at spam.example", tag="cheap")

        assert "pills" not in message.as_string()
        assert "cheap" not in message.as_string()
        assert message["To"] == "kim@example.org"

    def test_the_words_are_in_the_language_of_the_form(self, readers: Readers) -> None:
        """Whoever read Korean there reads Korean here."""
        [korean] = readers.sign_up(language="ko-KR")
        [other] = readers.sign_up("bob@example.org", language="fr")

        assert "구독을 확인해 주세요" in korean["Subject"]
        assert korean["Content-Language"] == "ko"
        assert "Please confirm" in other["Subject"]

    def test_programs_that_answer_mail_know_it_for_a_programs(self, readers: Readers) -> None:
        """RFC 3834: two of them would answer each other for ever."""
        [message] = readers.sign_up()
        token = read_link(message, "confirm")

        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Id"] is None
        block = f"<https://news.example.org/confirm/{token}/not-me>"
        assert message["List-Unsubscribe"] == block

    def test_a_confirmed_address_that_signs_up_again_is_not_demoted(self, kim: Readers) -> None:
        """Else anybody could end anybody's subscription by typing an address."""
        [message] = kim.sign_up(name="Somebody else", language="en")

        assert "이미" in message["Subject"]
        found = kim.find()
        assert found is not None
        assert (found.state, found.profile.name) == (State.CONFIRMED, "Kim")

    def test_it_is_told_so_once_a_day(self, kim: Readers) -> None:
        """The form is no way to fill somebody's mailbox."""
        first = kim.sign_up()
        second = kim.sign_up()
        kim.clock[0] += DAY_MS + 1
        third = kim.sign_up()

        assert (len(first), len(second), len(third)) == (1, 0, 1)

    @pytest.mark.parametrize("why", [Change.UNSUBSCRIBE, Change.BOUNCE, Change.ERASE])
    def test_whoever_left_comes_back_by_a_fresh_double_opt_in(
        self, kim: Readers, why: Change
    ) -> None:
        """It is his own wish, proven anew, and it lifts what stood against him."""
        change(kim, why)
        [message] = kim.sign_up()
        before = kim.state()
        confirm(kim.installation, read_link(message, "confirm"))

        assert before == "pending"
        assert kim.state() == "confirmed"
        assert reason(kim) == ""

    @pytest.mark.parametrize("why", [SuppressionReason.COMPLAINT, SuppressionReason.MANUAL])
    def test_a_complaint_or_an_operators_no_sends_nothing(
        self, readers: Readers, why: SuppressionReason
    ) -> None:
        """Whatever the form says."""
        suppress_address(readers.installation, KIM, why, source="test")

        assert readers.sign_up() == []
        assert readers.state() == ""

    def test_somebody_who_complained_gets_nothing_until_an_operator_lifts_it(
        self, kim: Readers
    ) -> None:
        """Then he is asked again, and only then he is confirmed."""
        change(kim, Change.COMPLAIN)
        silent = kim.sign_up()
        lift_suppression(kim.installation, KIM, source="operator")
        between = kim.state()
        [message] = kim.sign_up()
        confirm(kim.installation, read_link(message, "confirm"))

        assert silent == []
        assert between == "unsubscribed"
        assert kim.state() == "confirmed"

    def test_a_no_that_came_after_the_message_is_heard(self, readers: Readers) -> None:
        """The link in it confirms nothing any more."""
        [message] = readers.sign_up()
        suppress_address(readers.installation, KIM, SuppressionReason.MANUAL, source="test")

        with pytest.raises(InvalidTokenError):
            confirm(readers.installation, read_link(message, "confirm"))

        assert readers.state() == "pending"

    def test_an_import_lifts_nothing(self, kim: Readers) -> None:
        """A file is not its people's word."""
        change(kim, Change.BOUNCE)
        with kim.installation.database.write() as connection:
            added = add_subscriber(connection, person("kim@example.org"), IMPORTED)

        assert added is None
        assert (kim.state(), reason(kim)) == ("bounced", "hard_bounce")

    def test_a_sign_up_that_nobody_confirms_goes_after_seven_days(self, readers: Readers) -> None:
        """With all its data, and it stands in nobody's way."""
        readers.sign_up(name="Kim")
        readers.wait(7 * DAY_MS)
        everything = readers.everything()

        assert readers.state() == ""
        assert reason(readers) == ""
        assert "kim@example.org" not in everything
        assert str(readers.hash_of()) not in everything

    def test_somebody_who_had_left_stays_so_when_nobody_confirms(self, kim: Readers) -> None:
        """What a stranger typed must not erase his no."""
        change(kim, Change.UNSUBSCRIBE)
        kim.sign_up()
        kim.wait(7 * DAY_MS)

        assert kim.state() == "unsubscribed"

    def test_an_address_somebody_asks_for_that_was_imported_as_gone_stays_gone(
        self, readers: Readers
    ) -> None:
        """An import could make it confirmed otherwise."""
        with readers.installation.database.write() as connection:
            gone = person("kim@example.org", state=State.UNSUBSCRIBED)
            add_subscriber(connection, gone, IMPORTED)
        readers.sign_up()
        readers.wait(7 * DAY_MS)

        assert readers.state() == "unsubscribed"


class TestNotMe:
    """Whose address somebody else has typed in."""

    def test_it_blocks_further_mail(self, readers: Readers) -> None:
        """Until an operator allows it, whatever the form says."""
        [message] = readers.sign_up(name="Kim")
        disown(readers.installation, read_link(message, "confirm"))

        assert readers.sign_up() == []
        assert (readers.state(), reason(readers)) == ("", "manual")
        assert "kim@example.org" not in readers.everything()

    def test_saying_it_again_is_harmless(self, readers: Readers) -> None:
        """Mail clients repeat a POST."""
        [message] = readers.sign_up()
        token = read_link(message, "confirm")
        disown(readers.installation, token)
        before = readers.everything()

        disown(readers.installation, token)

        assert readers.everything() == before
        assert find_confirmation(readers.installation, token) is None

    def test_after_the_button_it_ends_the_subscription_and_blocks_nothing(
        self, readers: Readers
    ) -> None:
        """Mail clients show the link as their own unsubscribe button."""
        [message] = readers.sign_up()
        token = read_link(message, "confirm")
        confirm(readers.installation, token)

        disown(readers.installation, token)

        assert (readers.state(), reason(readers)) == ("unsubscribed", "")

    def test_somebody_who_had_left_keeps_his_history(self, kim: Readers) -> None:
        """He is blocked, and what he had agreed to can still be shown."""
        change(kim, Change.UNSUBSCRIBE)
        [message] = kim.sign_up()
        disown(kim.installation, read_link(message, "confirm"))

        assert (kim.state(), reason(kim)) == ("unsubscribed", "manual")

    def test_a_link_that_was_never_made_blocks_nobody(self, readers: Readers) -> None:
        """Nobody can guess one."""
        with pytest.raises(InvalidTokenError):
            disown(readers.installation, "A" * 43)


class TestLeaving:
    """By the link in every issue."""

    def test_it_ends_the_subscription(self, kim: Readers) -> None:
        """With one click, and the evidence tells from which issue."""
        leaver = leave(kim.installation, unsubscribe_token(kim, issue=3), source="one click")

        assert (leaver.is_subscribed, leaver.can_return) == (False, True)
        assert kim.state() == "unsubscribed"
        story = show_subscriber(kim.installation, KIM)
        last = story.consents[-1]
        assert (last.event, last.basis, last.source) == (
            ConsentEvent.WITHDRAWN,
            "issue 3",
            "one click",
        )

    def test_looking_at_it_changes_nothing(self, kim: Readers) -> None:
        """Programs that check mail open every link."""
        before = kim.everything()

        leaver = find_leaver(kim.installation, unsubscribe_token(kim))

        assert (leaver.masked_address, leaver.is_subscribed) == ("k•••@example.org", True)
        assert kim.everything() == before

    def test_a_second_click_changes_nothing(self, kim: Readers) -> None:
        """It was done with the first."""
        token = unsubscribe_token(kim)
        leave(kim.installation, token, source="page")
        before = kim.everything()

        leave(kim.installation, token, source="page")

        assert kim.everything() == before

    def test_it_works_for_somebody_who_is_gone(self, kim: Readers) -> None:
        """There is nothing to do, and nobody is turned away."""
        token = unsubscribe_token(kim)
        erase(kim.installation, KIM, source="test")

        leaver = leave(kim.installation, token, source="one click")

        assert (leaver.masked_address, leaver.is_subscribed) == ("", False)

    def test_old_links_work_for_good_after_keys_were_rotated(self, kim: Readers) -> None:
        """And new ones are signed with the new secret."""
        old = unsubscribe_token(kim)
        kim.clock[0] += 3650 * DAY_MS
        rotated = Readers.of(
            kim.installation.database,
            keys=Keyring({**KEYS.secrets, 2: b"another secret of at least thirty-two"}),
        )

        leave(rotated.installation, old, source="one click")

        assert rotated.state() == "unsubscribed"
        assert unsubscribe_token(rotated) != old

    def test_it_can_be_taken_back_within_an_hour(self, kim: Readers) -> None:
        """For whoever pressed the wrong button."""
        token = unsubscribe_token(kim)
        leave(kim.installation, token, source="page")
        kim.clock[0] += HOUR_MS - 1

        leaver = come_back(kim.installation, token)

        assert leaver.is_subscribed
        assert kim.state() == "confirmed"

    def test_an_hour_later_it_cannot(self, kim: Readers) -> None:
        """A link that was forwarded must not subscribe anybody."""
        token = unsubscribe_token(kim)
        leave(kim.installation, token, source="page")
        kim.clock[0] += HOUR_MS

        leaver = come_back(kim.installation, token)

        assert (leaver.is_subscribed, leaver.can_return) == (False, False)
        assert kim.state() == "unsubscribed"

    @pytest.mark.parametrize("between", [Change.COMPLAIN, Change.ERASE])
    def test_after_anything_else_it_cannot(self, kim: Readers, between: Change) -> None:
        """The last word counts."""
        token = unsubscribe_token(kim)
        leave(kim.installation, token, source="page")
        change(kim, between)

        come_back(kim.installation, token)

        assert kim.state() in {"complained", ""}

    def test_whoever_was_not_confirmed_does_not_come_back_as_confirmed(self, kim: Readers) -> None:
        """He had not said yes since."""
        token = unsubscribe_token(kim)
        change(kim, Change.BOUNCE)
        leave(kim.installation, token, source="page")

        come_back(kim.installation, token)

        assert kim.state() == "unsubscribed"


class TestPreferences:
    """By a link that is mailed."""

    @pytest.mark.parametrize("address", ["nobody@example.org", "pending@example.org"])
    def test_only_subscribers_get_the_link(self, readers: Readers, address: str) -> None:
        """The answer of the page does not tell, and no message does."""
        readers.sign_up("pending@example.org")
        preferences.request_preferences(readers.installation, EmailAddress.parse(address))

        assert readers.work() == []

    def test_the_link_ends_after_a_day(self, kim: Readers) -> None:
        """Whoever has it can change everything."""
        token = ask_for_preferences(kim)
        kim.clock[0] += DAY_MS

        assert preferences.find_preferences(kim.installation, token) is None
        with pytest.raises(InvalidTokenError):
            preferences.erase_me(kim.installation, token)
        assert kim.state() == "confirmed"

    def test_it_shows_and_changes_what_the_owner_says(self, kim: Readers) -> None:
        """A tag that the page did not show stays."""
        token = ask_for_preferences(kim)
        preferences.change_preferences(
            kim.installation,
            token,
            name="Kim Young-hee",
            language="en",
            tags=frozenset({"web"}),
            offered=frozenset({"web", "data"}),
        )

        found = preferences.find_preferences(kim.installation, token)

        assert found is not None
        assert (found.name, found.language, found.tags) == (
            "Kim Young-hee",
            "en",
            frozenset({"ai", "web"}),
        )

    def test_whoever_pauses_gets_no_issue_until_then(self, kim: Readers) -> None:
        """And is confirmed all the while."""
        token = ask_for_preferences(kim)
        paused = preferences.pause(kim.installation, token, days=30)
        with kim.installation.database.read() as connection:
            during = count_everybody(connection, now_ms=kim.clock[0] + 30 * DAY_MS - 1).left_out
            after = count_everybody(connection, now_ms=kim.clock[0] + 30 * DAY_MS).left_out
        goes_on = preferences.pause(kim.installation, token, days=0)

        assert paused.paused_until_ms == kim.clock[0] + 30 * DAY_MS
        assert (during, after) == ({"paused": 1}, {})
        assert goes_on.paused_until_ms == 0
        assert kim.state() == "confirmed"

    def test_no_other_pause_is_possible(self, kim: Readers) -> None:
        """A form can be altered."""
        token = ask_for_preferences(kim)

        with pytest.raises(InvalidValueError):
            preferences.pause(kim.installation, token, days=99_999)

    def test_a_new_address_is_confirmed_there_and_the_old_one_is_told(self, kim: Readers) -> None:
        """Nobody can move a subscription to an address that is not his, or away in silence."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW, network=NETWORK)
        [question] = kim.work()
        before = kim.state()
        confirm(kim.installation, read_link(question, "confirm"), network=NETWORK)
        [notice] = kim.work()

        assert (question["To"], before) == ("new@example.org", "confirmed")
        assert (kim.state(), kim.state("new@example.org")) == ("", "confirmed")
        assert notice["To"] == "kim@example.org"
        assert "n•••@example.org" in notice.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "new@example.org" not in notice.as_string()

    def test_after_that_the_link_in_the_old_mailbox_is_dead(self, kim: Readers) -> None:
        """People leave a mailbox because it is no longer theirs."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        [question] = kim.work()
        confirm(kim.installation, read_link(question, "confirm"))

        assert preferences.find_preferences(kim.installation, token) is None

    def test_until_then_nothing_changes(self, kim: Readers) -> None:
        """The person stays reachable."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        kim.work()

        assert (kim.state(), kim.state("new@example.org")) == ("confirmed", "")

    @pytest.mark.parametrize("state", [State.CONFIRMED, State.UNSUBSCRIBED, State.PENDING])
    def test_two_people_are_never_made_one(self, kim: Readers, state: State) -> None:
        """Nothing is sent to an address that somebody is known by."""
        with kim.installation.database.write() as connection:
            add_subscriber(connection, person("new@example.org", state=state), IMPORTED)
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)

        assert kim.work() == []
        assert kim.state() == "confirmed"

    def test_a_suppressed_address_gets_no_question(self, kim: Readers) -> None:
        """A complaint is one, whoever names the address."""
        suppress_address(kim.installation, NEW, SuppressionReason.COMPLAINT, source="test")
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)

        assert kim.work() == []

    def test_an_address_that_signed_up_meanwhile_stays_its_owners(self, kim: Readers) -> None:
        """The link comes too late then."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        [question] = kim.work()
        kim.sign_up("new@example.org")

        with pytest.raises(InvalidTokenError):
            confirm(kim.installation, read_link(question, "confirm"))

        assert (kim.state(), kim.state("new@example.org")) == ("confirmed", "pending")

    def test_the_owner_of_the_new_address_may_say_no(self, kim: Readers) -> None:
        """Then it is blocked, and the subscription stays where it is."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        [question] = kim.work()
        disown(kim.installation, read_link(question, "confirm"))

        assert reason(kim, "new@example.org") == "manual"
        assert kim.state() == "confirmed"
        assert find_confirmation(kim.installation, read_link(question, "confirm")) is None

    def test_my_data_is_all_there_is(self, kim: Readers) -> None:
        """With the words that were agreed to, and what was sent."""
        with kim.installation.database.write() as connection:
            plan_issue(connection)
        token = ask_for_preferences(kim)

        data = preferences.collect_my_data(kim.installation, token)

        assert (data["address"], data["name"], data["tags"]) == ("kim@example.org", "Kim", ["ai"])
        assert list(data["wordings"].values()) == [WORDING]  # type: ignore[attr-defined]
        assert [each["issue"] for each in data["deliveries"]] == ["issue-30"]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("is_known", [False, True])
    def test_my_data_tells_nothing_of_another_address(self, kim: Readers, is_known: bool) -> None:
        """Else whoever has a link could ask for addresses and read who is subscribed."""
        if is_known:
            with kim.installation.database.write() as connection:
                add_subscriber(connection, person("new@example.org"), IMPORTED)
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        kim.work()

        data = preferences.collect_my_data(kim.installation, token)

        asked = {"message": "change_address", "asked_at": "2026-01-31T08:00:00.000+00:00"}
        assert data["outbox"][-1] == asked  # type: ignore[index]

    def test_erase_me_erases(self, kim: Readers) -> None:
        """Without asking anybody."""
        preferences.erase_me(kim.installation, ask_for_preferences(kim))

        assert (kim.state(), reason(kim)) == ("", "erased")


class TestErasure:
    """For good, and everywhere."""

    def test_it_leaves_nothing_that_names_the_person(self, kim: Readers) -> None:
        """In no table: not the outbox's, not what another server said."""
        secret = [kim.hash_of(), b"Kim", "kim@example.org"]
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        with kim.installation.database.write() as connection:
            issue_id = plan_issue(connection)
            _send_and_fail(connection, issue_id, "550 5.1.1 <kim@example.org>: unknown")

        erase(kim.installation, KIM, source="test")

        left = kim.everything().replace(f"suppression ({kim.hash_of()!r}", "")
        assert [word for word in secret if str(word) in left] == []
        assert "new@example.org" not in left

    def test_what_a_server_says_afterwards_is_not_kept(self, kim: Readers) -> None:
        """A message may be out while its reader is erased."""
        with kim.installation.database.write() as connection:
            issue_id = plan_issue(connection)
            number = _begin(connection, issue_id)
        erase(kim.installation, KIM, source="test")
        with kim.installation.database.write() as connection:
            _fail(connection, issue_id, number, "550 5.1.1 <kim@example.org>: unknown")

        assert "kim@example.org" not in kim.everything()

    def test_the_ledger_still_adds_up(self, kim: Readers) -> None:
        """The delivery was one, whoever it went to."""
        with kim.installation.database.write() as connection:
            issue_id = plan_issue(connection)
            _send_and_fail(connection, issue_id, "550 no")
            before = deliveries.count_deliveries(connection, issue_id)
        erase(kim.installation, KIM, source="test")
        with kim.installation.database.read() as connection:
            after = deliveries.count_deliveries(connection, issue_id)

        assert after == before
        assert after.planned == 1

    def test_a_hash_keeps_an_import_out(self, kim: Readers) -> None:
        """Whoever was erased is not brought back by an old file."""
        erase(kim.installation, KIM, source="test")
        terms = ImportTerms(state=State.CONFIRMED, basis="old list", source="file")
        [line] = import_subscribers(kim.installation, BytesIO(b"email\nkim@example.org\n"), terms)

        assert line.reason == "suppressed: erased"
        assert kim.state() == ""

    def test_a_confirmation_on_its_way_is_forgotten(self, readers: Readers) -> None:
        """It would have told the person's address to another server."""
        readers.sign_up()
        erase(readers.installation, KIM, source="test")

        assert readers.work() == []

    def test_nobody_is_erased_who_is_not_known(self, readers: Readers) -> None:
        """The operator mistyped it."""
        with pytest.raises(UnknownSubscriberError):
            erase(readers.installation, KIM, source="test")

    def test_links_of_another_to_the_erased_address_are_dead(self, kim: Readers) -> None:
        """Somebody may have named it as his new one."""
        token = ask_for_preferences(kim)
        preferences.change_address(kim.installation, token, NEW)
        [question] = kim.work()
        erase(kim.installation, NEW, source="test")

        assert find_confirmation(kim.installation, read_link(question, "confirm")) is None
        assert "new@example.org" not in kim.everything()


class TestEvidence:
    """What can be shown for a subscription."""

    def test_it_tells_words_form_time_network_and_confirmation(self, kim: Readers) -> None:
        """The words whole, by their hash."""
        story = show_subscriber(kim.installation, KIM)

        requested, confirmed = story.consents
        digest = requested.origin.wording_sha256
        assert requested.event is ConsentEvent.REQUESTED
        assert requested.origin == Origin(
            form="page", network=NETWORK, wording_sha256=digest, git_commit=""
        )
        assert story.wordings[digest] == WORDING
        assert (confirmed.event, confirmed.origin.network) == (ConsentEvent.CONFIRMED, NETWORK)
        assert (requested.at_ms, confirmed.at_ms) == (NOON, NOON)

    def test_each_request_adds_a_piece(self, readers: Readers) -> None:
        """Each had words of its own."""
        readers.sign_up()
        readers.sign_up()

        story = show_subscriber(readers.installation, KIM)

        assert [each.event for each in story.consents] == [ConsentEvent.REQUESTED] * 2


class TestOperator:
    """What only an operator may lift."""

    def test_lifting_nothing_is_said(self, readers: Readers) -> None:
        """The address may be mistyped."""
        with pytest.raises(NotFoundError):
            lift_suppression(readers.installation, KIM, source="operator")

    def test_a_stronger_no_takes_the_place_of_a_weaker_one(self, readers: Readers) -> None:
        """And not the other way round."""
        suppress_address(readers.installation, KIM, SuppressionReason.HARD_BOUNCE, source="report")
        manual = suppress_address(
            readers.installation, KIM, SuppressionReason.MANUAL, source="operator"
        )
        bounce = suppress_address(
            readers.installation, KIM, SuppressionReason.HARD_BOUNCE, source="report"
        )

        assert (manual, bounce) == (SuppressionReason.MANUAL, SuppressionReason.MANUAL)


def _send_and_fail(connection: sa.Connection, issue_id: int, reply: str) -> None:
    _fail(connection, issue_id, _begin(connection, issue_id), reply)


def _begin(connection: sa.Connection, issue_id: int) -> int:
    """Write the one intent of an issue; return whose."""
    due = deliveries.list_due(connection, issue_id, after_id=0, limit=10, now_ms=NOON)
    deliveries.record_intents(connection, issue_id, due, epoch=1, now_ms=NOON)
    [candidate] = due
    return candidate.subscriber_id


def _fail(connection: sa.Connection, issue_id: int, number: int, reply: str) -> None:
    outcome = Settled(number, DeliveryStatus.FAILED, reply)
    deliveries.record_outcomes(connection, issue_id, [outcome], epoch=1, now_ms=NOON)
