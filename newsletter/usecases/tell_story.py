"""One reader's story: what is known of him, and for each issue whether it was for him, and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from newsletter.sending.ledger import plan
from newsletter.sending.ledger.attempts import Attempt, list_attempts
from newsletter.sending.ledger.person import PersonalDelivery, PersonalReport, list_reports_of
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.settings import Settings
from newsletter.usecases.choose_segment import build_condition, restore_segment
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.show_subscriber import SubscriberStory, load_story
from subscribers.address import EmailAddress
from subscribers.errors import UnknownSubscriberError
from subscribers.store.audience import load_mailable
from subscribers.store.subscribers import is_member
from subscribers.subscriber import Subscriber
from subscribers.subscription import State
from subscribers.suppression import Suppression

#: Why somebody was not in the plan → in words.
WHY_NOT: Final = {
    "not_known": "was not known when the issue was planned",
    "not_confirmed": "had not confirmed when the issue was planned",
    "pending": "has not confirmed",
    "unsubscribed": "had unsubscribed",
    "bounced": "had bounced: the address does not exist",
    "complained": "had complained",
    "erased": "was erased",
    "suppressed": "was suppressed",
    "paused": "had paused",
    "not_in_segment": "is not in the segment that the issue was for",
    "left_since": "was not planned, and has left since; what stood against it is not kept",
    "changed_since": "was not planned; what stood against it has changed since and is not kept",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueStory:
    """What one issue was to one reader."""

    issue: PlannedIssue
    #: None when he was not in the plan.
    delivery: PersonalDelivery | None
    #: A word of `WHY_NOT`; empty when he was planned.
    why_not: str = ""
    #: Each try at handing it over, in their order.
    attempts: tuple[Attempt, ...] = ()
    #: What came back afterwards.
    reports: tuple[PersonalReport, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReaderStory:
    """What is known of a reader, and what each issue was to him, the newest first."""

    person: SubscriberStory
    #: Whether an issue for everyone would go to him now: a word of `WHY_NOT`, empty for yes.
    why_not_today: str
    issues: tuple[IssueStory, ...]


def tell_story(installation: Installation, address: EmailAddress, name: str = "") -> ReaderStory:
    """Tell a reader's story.

    Args:
        installation: Whose reader.
        address: By which he is known.
        name: Path or slug of the one issue that is asked about; empty for all.

    Raises:
        UnknownSubscriberError: Nothing is known by this address.
        NotFoundError: No issue of that name was ever planned.
    """
    slug = find_slug(installation.settings.folder, name) if name else ""
    address_hash = installation.keys.address_hash(address)
    with installation.database.read() as connection:
        story = load_story(connection, address_hash)
        if story.subscriber is None and story.suppression is None and not story.outbox:
            raise UnknownSubscriberError("nobody is known by this address")
        issues = [get_planned_issue(connection, slug)] if slug else plan.list_issues(connection)
        return ReaderStory(
            person=story,
            why_not_today=_find_hindrance(connection, story, now_ms=installation.now_ms()),
            issues=_tell_issues(connection, installation.settings, story, issues),
        )


def find_why_not(
    person: Subscriber | None, suppression: Suppression | None, *, at_ms: int, is_in_segment: bool
) -> str:
    """Find why somebody was not in a plan, as far as what is known today tells; see `WHY_NOT`.

    Args:
        person: As he is today; None for nobody.
        suppression: What stands against his address today.
        at_ms: When it was planned; milliseconds since 1970, UTC.
        is_in_segment: Whether he is one of those for whom it was planned, as of today.
    """
    if person is None or person.created_at_ms > at_ms:
        return "not_known"
    confirmed_at_ms = person.confirmed_at_ms
    is_gone = person.state is not State.CONFIRMED
    # The first that holds, in the order in which an audience asks.
    hindrances = (
        (confirmed_at_ms is None, person.state.value),
        (confirmed_at_ms is not None and confirmed_at_ms > at_ms, "not_confirmed"),
        (is_gone and person.state_changed_at_ms <= at_ms, person.state.value),
        (is_gone, "left_since"),
        (suppression is not None and suppression.at_ms <= at_ms, "suppressed"),
        (person.paused_until_ms > at_ms, "paused"),
        (not is_in_segment, "not_in_segment"),
    )
    return next((word for holds, word in hindrances if holds), "changed_since")


def describe_delivery(status: DeliveryStatus) -> str:
    """Say what a delivery's status means to its reader."""
    return _MEANINGS[status]


_MEANINGS: Final = {
    DeliveryStatus.PLANNED: "planned; its turn has not come",
    DeliveryStatus.IN_FLIGHT: "on its way at this moment, or its sender ended",
    DeliveryStatus.DEFERRED: "not taken yet; another attempt is due",
    DeliveryStatus.SENT: "taken by the next hop",
    DeliveryStatus.FAILED: "refused; no other attempt is made",
    DeliveryStatus.IN_DOUBT: "may or may not have left; nobody knows, and it is held",
    DeliveryStatus.SKIPPED: "not attempted: he was no longer in the audience when his turn came",
    DeliveryStatus.CANCELLED: "not attempted: the issue was cancelled",
    DeliveryStatus.WRITTEN_OFF: "may or may not have left, and was not tried again",
}


def _tell_issues(
    connection: sa.Connection,
    settings: Settings,
    story: SubscriberStory,
    issues: Sequence[PlannedIssue],
) -> tuple[IssueStory, ...]:
    person = story.subscriber
    tries: dict[int, list[Attempt]] = defaultdict(list)
    reports: dict[int | None, list[PersonalReport]] = defaultdict(list)
    if person is not None:
        for attempt in list_attempts(connection, person.id):
            tries[attempt.issue_id].append(attempt)
        for report in list_reports_of(connection, person.id):
            reports[report.issue_id].append(report)
    of_slug = {each.slug: each for each in story.deliveries}
    return tuple(
        IssueStory(
            issue=planned,
            delivery=of_slug.get(planned.slug),
            why_not=""
            if planned.slug in of_slug
            else find_why_not(
                person,
                story.suppression,
                at_ms=planned.planned_at_ms,
                is_in_segment=_is_in_segment(connection, settings, person, planned),
            ),
            attempts=tuple(tries[planned.id]),
            reports=tuple(reports[planned.id]),
        )
        for planned in issues
    )


def _is_in_segment(
    connection: sa.Connection,
    settings: Settings,
    person: Subscriber | None,
    planned: PlannedIssue,
) -> bool:
    """Tell whether he is one of those for whom it was planned, by what is known of him today."""
    if person is None or not planned.segment:
        return True
    segment = restore_segment(planned.segment)
    where = build_condition(settings, segment, now_ms=planned.planned_at_ms)
    return where is None or is_member(connection, person.id, where)


def _find_hindrance(connection: sa.Connection, story: SubscriberStory, *, now_ms: int) -> str:
    """Find what stands against writing to him now."""
    if story.subscriber is None:
        return "not_known"
    number = story.subscriber.id
    answer = load_mailable(connection, [number], now_ms=now_ms)[number]
    return answer if isinstance(answer, str) else ""
