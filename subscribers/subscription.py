"""The states of a subscription and every change between them, as one table and nothing else.

    pending                    → confirmed          the person pressed the button
    pending, confirmed         → unsubscribed, bounced, complained
    unsubscribed, bounced      → pending            signed up again
    complained                 → unsubscribed       an operator lifted the complaint
    pending                    → erased             nobody confirmed in time
    unsubscribed               → confirmed          taken back within the hour
    any                        → erased             for good

Only a person's own confirmation, or an import with the operator's word for it, makes anyone
confirmed. Nobody is demoted by what a stranger types into a form.
"""

from collections.abc import Mapping
from enum import StrEnum

from subscribers.errors import ForbiddenChangeError


class State(StrEnum):
    """Where a subscription stands; only a confirmed one receives issues."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Change(StrEnum):
    """What can happen to a subscription."""

    #: Somebody asked for it through a form.
    SIGN_UP = "sign up"
    #: The person followed the link and pressed the button.
    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    #: The address does not exist: a hard bounce.
    BOUNCE = "bounce"
    COMPLAIN = "complain"
    #: An operator lifts what stands against a person.
    LIFT = "lift"
    ERASE = "erase"
    #: Nobody confirmed a sign-up in time. Unlike an erasure it is nobody's wish, so it suppresses
    #: nothing.
    EXPIRE = "expire"
    #: Whoever left takes it back at once. It is for the caller to know that he was confirmed.
    RETURN = "return"


_TABLE: Mapping[State, Mapping[Change, State]] = {
    State.PENDING: {
        Change.SIGN_UP: State.PENDING,
        Change.CONFIRM: State.CONFIRMED,
        Change.UNSUBSCRIBE: State.UNSUBSCRIBED,
        Change.BOUNCE: State.BOUNCED,
        Change.COMPLAIN: State.COMPLAINED,
        Change.LIFT: State.PENDING,
        Change.ERASE: State.ERASED,
        Change.EXPIRE: State.ERASED,
    },
    State.CONFIRMED: {
        Change.SIGN_UP: State.CONFIRMED,
        Change.CONFIRM: State.CONFIRMED,
        Change.UNSUBSCRIBE: State.UNSUBSCRIBED,
        Change.BOUNCE: State.BOUNCED,
        Change.COMPLAIN: State.COMPLAINED,
        Change.LIFT: State.CONFIRMED,
        Change.ERASE: State.ERASED,
    },
    State.UNSUBSCRIBED: {
        Change.SIGN_UP: State.PENDING,
        Change.UNSUBSCRIBE: State.UNSUBSCRIBED,
        Change.BOUNCE: State.UNSUBSCRIBED,
        Change.COMPLAIN: State.COMPLAINED,
        Change.LIFT: State.UNSUBSCRIBED,
        Change.RETURN: State.CONFIRMED,
        Change.ERASE: State.ERASED,
    },
    State.BOUNCED: {
        Change.SIGN_UP: State.PENDING,
        # A person's no outlives the mailbox's trouble.
        Change.UNSUBSCRIBE: State.UNSUBSCRIBED,
        Change.BOUNCE: State.BOUNCED,
        Change.COMPLAIN: State.COMPLAINED,
        Change.LIFT: State.UNSUBSCRIBED,
        Change.ERASE: State.ERASED,
    },
    State.COMPLAINED: {
        Change.UNSUBSCRIBE: State.COMPLAINED,
        Change.BOUNCE: State.COMPLAINED,
        Change.COMPLAIN: State.COMPLAINED,
        # Not confirmed: whoever complained has to ask again.
        Change.LIFT: State.UNSUBSCRIBED,
        Change.ERASE: State.ERASED,
    },
    # Links in old messages and late reports still arrive; they must do no harm.
    State.ERASED: {
        Change.UNSUBSCRIBE: State.ERASED,
        Change.BOUNCE: State.ERASED,
        Change.COMPLAIN: State.ERASED,
        Change.ERASE: State.ERASED,
    },
}


def next_state(state: State, change: Change) -> State:
    """Tell which state a change leads to; the same state when it changes nothing.

    Raises:
        ForbiddenChangeError: A subscription in this state may not change that way.
    """
    try:
        return _TABLE[state][change]
    except KeyError:
        raise ForbiddenChangeError(f"a subscription that is {state} cannot {change}") from None
