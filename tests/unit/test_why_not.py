"""Why somebody was not in a plan, as far as what is known today tells."""

from dataclasses import replace

import pytest

from newsletter.usecases.tell_story import WHY_NOT, find_why_not
from newsletter.web.desk.words import WHY_NOT as PAGE_WORDS
from subscribers.address import EmailAddress
from subscribers.profile import Profile
from subscribers.subscriber import Subscriber
from subscribers.subscription import State
from subscribers.suppression import Suppression, SuppressionReason

PLANNED_MS = 1_000
BEFORE, AFTER = PLANNED_MS - 1, PLANNED_MS + 1
KIM = Subscriber(
    id=1,
    public_id=b"kim" * 5 + b"!",
    address=EmailAddress.parse("kim@example.org"),
    address_hash=b"hash of an addr.",
    profile=Profile(),
    state=State.CONFIRMED,
    created_at_ms=BEFORE,
    confirmed_at_ms=BEFORE,
    state_changed_at_ms=BEFORE,
    paused_until_ms=0,
)
PENDING = replace(KIM, state=State.PENDING, confirmed_at_ms=None)
LEFT = replace(KIM, state=State.UNSUBSCRIBED)


def suppressed(at_ms: int) -> Suppression:
    """Make a suppression."""
    return Suppression(
        address_hash=b"hash of an addr.", reason=SuppressionReason.MANUAL, at_ms=at_ms
    )


@pytest.mark.parametrize(
    ("person", "suppression", "is_in_segment", "why_not"),
    [
        (None, None, True, "not_known"),
        (replace(KIM, created_at_ms=AFTER), None, True, "not_known"),
        (PENDING, None, True, "pending"),
        (replace(KIM, confirmed_at_ms=AFTER), None, True, "not_confirmed"),
        (LEFT, None, True, "unsubscribed"),
        (replace(LEFT, state_changed_at_ms=AFTER), None, True, "left_since"),
        (replace(LEFT, state=State.COMPLAINED), None, True, "complained"),
        (KIM, suppressed(BEFORE), True, "suppressed"),
        (KIM, suppressed(AFTER), True, "changed_since"),
        (replace(KIM, paused_until_ms=AFTER), None, True, "paused"),
        (KIM, None, False, "not_in_segment"),
        (KIM, None, True, "changed_since"),
    ],
)
def test_the_reason_is_the_first_that_stood_against_it(
    person: Subscriber | None, suppression: Suppression | None, is_in_segment: bool, why_not: str
) -> None:
    """And where today's rows do not tell, nothing is made up."""
    found = find_why_not(person, suppression, at_ms=PLANNED_MS, is_in_segment=is_in_segment)

    assert found == why_not


def test_every_reason_has_words_on_the_page_and_in_the_terminal() -> None:
    """Else a story would end in a traceback."""
    assert set(WHY_NOT) == set(PAGE_WORDS)
