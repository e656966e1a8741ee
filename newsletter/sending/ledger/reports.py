"""Reports: what came back about deliveries, kept once each, and what it settles.

A report never changes an issue's sum: it moves a delivery from one of its parts to another, and
only to sent. Where a message went after that is told by counting reports.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.reports.consequence import SEND_TIME, SoftBounces
from newsletter.reports.report import BounceClass, Report, ReportKind
from newsletter.reports.words import clean_words
from newsletter.sending.ledger.deliveries import EVERYONE, Span, are_within
from newsletter.sending.ledger.plan import finish_issue, stop_senders
from newsletter.sending.ledger.schema import delivery, issue, report
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.sending.message.recipient import DeliveryId

#: What a settled delivery says for itself.
_SETTLED_BY_REPORT = "a report came back: it had left"

#: Nobody has these in hand, and a report tells that the message is out already. What is in flight
#: stays with its sender, and what came to rest stays there.
_UNSETTLED = (DeliveryStatus.IN_DOUBT, DeliveryStatus.PLANNED, DeliveryStatus.DEFERRED)


class ReportName(NamedTuple):
    """What makes two copies of a report one."""

    source: str
    source_id: str


class Departure(NamedTuple):
    """When a delivery's message left, as far as the ledger knows."""

    #: Of the first intent, milliseconds since 1970, UTC; 0 for never.
    left_at_ms: int
    #: A report that it left would settle it.
    is_unsettled: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundReport:
    """A report, and whom it is about as far as its names tell."""

    report: Report
    #: None for nobody we know.
    subscriber_id: int | None
    #: None when the ledger has no delivery of that issue to that person.
    issue_id: int | None
    #: Nothing is kept of what a server says of a person who was erased.
    is_erased: bool = False

    @property
    def name(self) -> ReportName:
        """What makes two copies of it one."""
        return ReportName(self.report.source, self.report.source_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportCounts:
    """How many deliveries of an issue something was reported of; one may count several times."""

    #: With any report at all; each counts once.
    reported: int = 0
    delivered: int = 0
    #: Their servers do not take them yet, or did not at some time.
    delayed: int = 0
    bounced: Mapping[BounceClass, int] = field(default_factory=dict)
    complained: int = 0
    unsubscribed: int = 0


def find_departures(
    connection: sa.Connection, deliveries: Iterable[DeliveryId]
) -> dict[DeliveryId, Departure]:
    """Find which of these deliveries there are, at most 10,000 of an issue."""
    found: dict[DeliveryId, Departure] = {}
    for issue_id, people in _by_issue(deliveries).items():
        statement = sa.select(
            delivery.c.subscriber_id, delivery.c.first_intent_at_ms, delivery.c.status
        ).where(delivery.c.issue_id == issue_id, delivery.c.subscriber_id.in_(people))
        for subscriber_id, left_at_ms, status in connection.execute(statement):
            found[DeliveryId(issue_id, subscriber_id)] = Departure(left_at_ms, status in _UNSETTLED)
    return found


def record_reports(
    connection: sa.Connection, reports: Sequence[FoundReport], *, now_ms: int
) -> set[ReportName]:
    """Keep reports; return the names of those that were not kept already."""
    if not reports:
        return set()
    statement = (
        insert_into(connection, report)
        .on_conflict_do_nothing()
        .returning(report.c.source, report.c.source_id)
    )
    # In the same order as everybody else, so that two who take the same reports do not wait for
    # each other.
    ordered = sorted({each.name: each for each in reversed(reports)}.items())
    rows = [_row(each, now_ms) for _, each in ordered]
    return {ReportName(*row) for row in connection.execute(statement, rows)}


def settle_departed(
    connection: sa.Connection, deliveries: Iterable[DeliveryId], *, now_ms: int
) -> int:
    """Call sent what a report says has left, unless it is in flight or at rest; return how many.

    What waits for another attempt is settled, too: its message would arrive a second time.
    """
    return sum(
        _settle(connection, issue_id, delivery.c.subscriber_id.in_(people), now_ms=now_ms)
        for issue_id, people in sorted(_by_issue(deliveries).items())
    )


def settle_issue(
    connection: sa.Connection, issue_id: int, *, within: Span = EVERYONE, now_ms: int
) -> int:
    """Do the same for everything that was reported of an issue before; return how many."""
    has_left = sa.and_(
        *are_within(issue_id, within), delivery.c.subscriber_id.in_(select_departed(issue_id))
    )
    # Mostly nothing came back, and then nobody who sends has to wait.
    unsettled = sa.exists().where(has_left, delivery.c.status.in_(_UNSETTLED))
    if not connection.execute(sa.select(unsettled)).scalar_one():
        return 0
    return _settle(connection, issue_id, has_left, now_ms=now_ms)


def select_departed(issue_id: int) -> sa.Select[int]:
    """Select the numbers of those whom an issue has left for, as far as reports tell."""
    return sa.select(report.c.subscriber_id).where(
        report.c.issue_id == issue_id,
        report.c.kind != ReportKind.OTHER,
        report.c.source != SEND_TIME,
    )


def list_soft_bounces(
    connection: sa.Connection, subscriber_id: int, *, since_ms: int
) -> list[SoftBounces | None]:
    """List the issues that left for a person since a moment, in that order, as they bounced."""
    statement = (
        sa.select(sa.func.min(report.c.occurred_at_ms), sa.func.max(report.c.occurred_at_ms))
        .select_from(delivery)
        .outerjoin(
            report,
            (report.c.subscriber_id == delivery.c.subscriber_id)
            & (report.c.issue_id == delivery.c.issue_id)
            & (report.c.bounce_class == BounceClass.SOFT),
        )
        # By issue, since that is how the key of the table begins.
        .where(delivery.c.issue_id.in_(sa.select(issue.c.id)))
        .where(delivery.c.subscriber_id == subscriber_id)
        .where(delivery.c.first_intent_at_ms > 0, delivery.c.first_intent_at_ms >= since_ms)
        .group_by(delivery.c.issue_id, delivery.c.first_intent_at_ms)
        .order_by(delivery.c.first_intent_at_ms, delivery.c.issue_id)
    )
    return [
        None if first is None else SoftBounces(first, last)
        for first, last in connection.execute(statement)
    ]


def count_reports(connection: sa.Connection, issue_id: int) -> ReportCounts:
    """Count the deliveries of an issue that something was reported of."""
    statement = (
        sa.select(
            report.c.kind, report.c.bounce_class, sa.func.count(report.c.subscriber_id.distinct())
        )
        .where(report.c.issue_id == issue_id)
        .group_by(report.c.kind, report.c.bounce_class)
    )
    counts = {(kind, which): count for kind, which, count in connection.execute(statement)}
    everyone = sa.select(sa.func.count(report.c.subscriber_id.distinct())).where(
        report.c.issue_id == issue_id
    )
    return ReportCounts(
        reported=connection.execute(everyone).scalar_one(),
        delivered=counts.get((ReportKind.DELIVERED, ""), 0),
        delayed=counts.get((ReportKind.DELAYED, ""), 0),
        bounced={
            which: counts[ReportKind.BOUNCE, which]
            for which in BounceClass
            if (ReportKind.BOUNCE, which) in counts
        },
        complained=counts.get((ReportKind.COMPLAINT, ""), 0),
        unsubscribed=counts.get((ReportKind.UNSUBSCRIBE, ""), 0),
    )


def _settle(
    connection: sa.Connection, issue_id: int, which: sa.ColumnElement[bool], *, now_ms: int
) -> int:
    # A sender looks at the issue before he opens intents, and holds it until his commit: so
    # nothing that is settled here is being picked up there. SQLite's writers take turns.
    stop_senders(connection, issue_id)
    connection.execute(sa.select(issue.c.id).where(issue.c.id == issue_id).with_for_update())
    statement = (
        sa.update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.status.in_(_UNSETTLED), which)
        .values(
            status=DeliveryStatus.SENT,
            settled_at_ms=now_ms,
            next_at_ms=0,
            reply=_SETTLED_BY_REPORT,
        )
    )
    settled = connection.execute(statement).rowcount
    if settled:
        finish_issue(connection, issue_id, now_ms=now_ms)
    return settled


def _by_issue(deliveries: Iterable[DeliveryId]) -> Mapping[int, Collection[int]]:
    people: defaultdict[int, set[int]] = defaultdict(set)
    for issue_id, subscriber_id in deliveries:
        people[issue_id].add(subscriber_id)
    return people


def _row(found: FoundReport, now_ms: int) -> dict[str, object]:
    kept = found.report
    return {
        "source": kept.source,
        "source_id": kept.source_id,
        "issue_id": found.issue_id,
        "subscriber_id": found.subscriber_id,
        "kind": kept.kind.value,
        "bounce_class": kept.bounce_class.value if kept.bounce_class else "",
        "occurred_at_ms": min(kept.occurred_at_ms, now_ms),
        "received_at_ms": now_ms,
        "status_code": kept.status_code,
        # Whoever is erased later could not be found in words about nobody.
        "words": "" if found.is_erased or found.subscriber_id is None else clean_words(kept.words),
    }
