"""A subscription's life, walked at random."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from subscribers.consent import EVENT_OF_CHANGE
from subscribers.errors import ForbiddenChangeError
from subscribers.subscription import Change, State, next_state
from subscribers.suppression import LIFTED_BY_CONFIRMATION, REASON_OF_CHANGE, SuppressionReason


class SubscriptionLife(RuleBasedStateMachine):
    """One person, to whom anything may happen in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.PENDING
        #: Whether the person agreed last, rather than said no or was complained about.
        self.agreed = False
        self.erased = False
        #: Whether the last thing that happened was that a confirmed person left.
        self.just_left = False

    @rule(change=st.sampled_from([each for each in Change if each is not Change.RETURN]))
    def change(self, change: Change) -> None:
        """Let something happen; what is forbidden changes nothing."""
        before = self.state
        try:
            self.state = next_state(self.state, change)
        except ForbiddenChangeError:
            return
        self.agreed = change is Change.CONFIRM or (
            self.agreed and change in {Change.SIGN_UP, Change.LIFT, Change.CONFIRM}
        )
        self.erased = self.erased or change in {Change.ERASE, Change.EXPIRE}
        self.just_left = change is Change.UNSUBSCRIBE and before is State.CONFIRMED

    @precondition(lambda self: self.just_left)
    @rule()
    def take_it_back(self) -> None:
        """Let somebody who has just left come back: he had agreed, and it was his own no."""
        self.state = next_state(self.state, Change.RETURN)
        self.agreed, self.just_left = True, False

    @invariant()
    def only_a_person_who_agreed_and_said_nothing_since_is_confirmed(self) -> None:
        """Nothing but the person's own confirmation leads to mail."""
        assert (self.state is State.CONFIRMED) == self.agreed

    @invariant()
    def erased_is_for_good(self) -> None:
        """There is nothing left that could be changed."""
        assert (self.state is State.ERASED) == self.erased


SubscriptionLife.TestCase.settings = settings(max_examples=200, deadline=None)
TestSubscriptionLife = SubscriptionLife.TestCase


def test_signing_up_again_does_not_demote_a_confirmed_person() -> None:
    """Else anybody could unsubscribe anybody by typing his address into the form."""
    assert next_state(State.CONFIRMED, Change.SIGN_UP) is State.CONFIRMED


@pytest.mark.parametrize("state", [State.UNSUBSCRIBED, State.BOUNCED])
def test_whoever_left_may_come_back_by_double_opt_in(state: State) -> None:
    """People change their minds and mend their mailboxes; the proof is asked for again."""
    pending = next_state(state, Change.SIGN_UP)

    assert pending is State.PENDING
    assert next_state(pending, Change.CONFIRM) is State.CONFIRMED


def test_a_complaint_stands_until_an_operator_lifts_it() -> None:
    """A form must not send mail to somebody who reported it as spam."""
    with pytest.raises(ForbiddenChangeError, match="complained cannot sign up"):
        next_state(State.COMPLAINED, Change.SIGN_UP)

    assert next_state(State.COMPLAINED, Change.LIFT) is State.UNSUBSCRIBED


@pytest.mark.parametrize("state", [s for s in State if s not in {State.PENDING, State.CONFIRMED}])
def test_an_old_confirmation_link_confirms_nobody_who_left(state: State) -> None:
    """The link was an answer to a sign-up that is no longer wanted."""
    with pytest.raises(ForbiddenChangeError):
        next_state(state, Change.CONFIRM)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("change", [Change.UNSUBSCRIBE, Change.BOUNCE, Change.COMPLAIN])
def test_links_and_reports_are_never_refused(state: State, change: Change) -> None:
    """They come back late, twice, and for people who are gone."""
    assert next_state(state, change) in State


def test_every_change_leaves_evidence() -> None:
    """A change without a word for it in the evidence could not be proven."""
    assert set(EVENT_OF_CHANGE) == set(Change)


def test_a_confirmation_lifts_no_complaint_and_no_operators_word() -> None:
    """These two people, or the operator, said never again."""
    assert set(SuppressionReason) - LIFTED_BY_CONFIRMATION == {
        SuppressionReason.COMPLAINT,
        SuppressionReason.MANUAL,
    }
    assert set(REASON_OF_CHANGE) == {Change.BOUNCE, Change.COMPLAIN, Change.ERASE}
