"""Look through the people, count them."""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.usecases.choose_segment import find_condition
from newsletter.usecases.installation import Installation
from subscribers.store.audience import count_everybody
from subscribers.store.subscribers import count_by_state, list_subscribers
from subscribers.subscriber import Subscriber
from subscribers.subscription import State


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """How many people there are, and how many an issue would reach today."""

    by_state: Mapping[State, int]
    mailable: int
    #: Why the others would not be reached.
    left_out: Mapping[str, int]


def list_people(
    installation: Installation,
    *,
    state: State | None = None,
    tag: str = "",
    segment: str = "",
    text: str = "",
    after_id: int = 0,
    limit: int = 100,
) -> list[Subscriber]:
    """List a page of people by number.

    Args:
        installation: Whose.
        state: Only people in this state.
        tag: Only people who carry it.
        segment: Only people in it: a saved one's name, or a rule.
        text: Part of the address or name.
        after_id: Number of the last person of the page before.
        limit: Rows of the page.

    Raises:
        SegmentError, NotFoundError: See `choose_segment`.
    """
    where = find_condition(installation, segment)
    with installation.database.read() as connection:
        return list_subscribers(
            connection, after_id=after_id, limit=limit, state=state, tag=tag, text=text, where=where
        )


def count_people(installation: Installation) -> Statistics:
    """Count people by state, and those an issue would reach."""
    with installation.database.read() as connection:
        by_state = count_by_state(connection)
        members, left_out = count_everybody(connection, now_ms=installation.now_ms())
    return Statistics(by_state=by_state, mailable=members, left_out=left_out)
