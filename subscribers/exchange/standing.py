"""How a person stands with a service, and what follows for him and his address here.

Of several things that a file tells of one person the one counts that lets him get least: nobody
becomes mailable by one column, or one row, when another says no.
"""

from typing import NamedTuple

from subscribers.subscription import Change, State
from subscribers.suppression import LIFTED_BY_CONFIRMATION, REASON_OF_CHANGE, SuppressionReason

#: From who gets least to who gets all. Nobody can be erased by a file.
MAILABILITY = (
    State.COMPLAINED,
    State.BOUNCED,
    State.UNSUBSCRIBED,
    State.PENDING,
    State.CONFIRMED,
)
#: What a state that a file tells of means for the address.
REASONS = {
    State.BOUNCED: REASON_OF_CHANGE[Change.BOUNCE],
    State.COMPLAINED: REASON_OF_CHANGE[Change.COMPLAIN],
}
#: States in which somebody, or his server, has said no.
NO = frozenset({State.COMPLAINED, State.BOUNCED, State.UNSUBSCRIBED})


class Standing(NamedTuple):
    """What one word or column of a file says of a person."""

    state: State
    suppressed: SuppressionReason | None = None
    #: Since when, in milliseconds since 1970, UTC; None when the file does not tell.
    at_ms: int | None = None


MAILABLE = Standing(State.CONFIRMED)
WAITING = Standing(State.PENDING)
LEFT = Standing(State.UNSUBSCRIBED)
BOUNCED = Standing(State.BOUNCED, SuppressionReason.HARD_BOUNCE)
COMPLAINED = Standing(State.COMPLAINED, SuppressionReason.COMPLAINT)
#: Removed or blocked by whoever ran the list: no message of any kind until he says otherwise.
BARRED = Standing(State.UNSUBSCRIBED, SuppressionReason.MANUAL)


def lesser_state(one: State | None, other: State | None) -> State | None:
    """Choose the state that gets less; None says nothing."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=MAILABILITY.index)


def stronger_reason(
    one: SuppressionReason | None, other: SuppressionReason | None
) -> SuppressionReason | None:
    """Choose the reason that a confirmation does not lift; of two alike the first."""
    if one is None or other is None:
        return one or other
    return other if one in LIFTED_BY_CONFIRMATION and other not in LIFTED_BY_CONFIRMATION else one


def join_standings(one: Standing, other: Standing) -> Standing:
    """Take the lesser of two things that a row says, with the reason and the time that there is."""
    lesser, more = sorted((one, other), key=lambda each: MAILABILITY.index(each.state))
    return Standing(
        lesser.state,
        stronger_reason(lesser.suppressed, more.suppressed),
        more.at_ms if lesser.at_ms is None and more.state in NO else lesser.at_ms,
    )
