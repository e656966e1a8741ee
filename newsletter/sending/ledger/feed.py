"""Deliveries and reports in an order that does not change: for programs that read on.

A delivery is told when its issue has come to its end, since it has no number by which later ones
could be known. To keep one for each would cost every message of a send.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.database import is_settled
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.sending.ledger.schema import delivery, issue, report
from newsletter.sending.ledger.status import DeliveryStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDelivery:
    """One delivery as a list tells it. Times are milliseconds since 1970, UTC; 0 for never."""

    issue_id: int
    slug: str
    subscriber_id: int
    status: DeliveryStatus
    attempts: int
    first_intent_at_ms: int
    settled_at_ms: int
    next_at_ms: int
    #: The next hop's words, or ours; an address may be in them.
    reply: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedReport:
    """One report as a list tells it."""

    id: int
    #: Empty when it is about no issue.
    slug: str
    #: None when it is about nobody we know.
    subscriber_id: int | None
    kind: ReportKind
    bounce_class: BounceClass | None
    #: Milliseconds since 1970, UTC, as the reporter says.
    occurred_at_ms: int
    received_at_ms: int
    status_code: str
    words: str


def list_deliveries_after(
    connection: sa.Connection,
    issue_id: int,
    subscriber_id: int,
    *,
    status: DeliveryStatus | None = None,
    limit: int,
) -> list[ListedDelivery]:
    """List deliveries of an issue by subscriber's number, after one of them."""
    statement = (
        _DELIVERIES.where(delivery.c.issue_id == issue_id)
        .where(delivery.c.subscriber_id > subscriber_id)
        .order_by(delivery.c.subscriber_id)
        .limit(limit)
    )
    if status is not None:
        statement = statement.where(delivery.c.status == status)
    return [_delivery(row) for row in connection.execute(statement)]


def find_ended_after(
    connection: sa.Connection, ended_at_ms: int, issue_id: int, *, until_ms: int
) -> tuple[int, int] | None:
    """Find the issue that ended next after another: when, and its number.

    Args:
        connection: A transaction of the caller's.
        ended_at_ms: When the one before ended; 0 for the first.
        issue_id: Its number, since two may end at once.
        until_ms: Those that ended later are not told yet: one that ended a moment earlier may
            still be about to be committed.
    """
    is_later = (issue.c.finished_at_ms > ended_at_ms) | (
        (issue.c.finished_at_ms == ended_at_ms) & (issue.c.id > issue_id)
    )
    statement = (
        sa.select(issue.c.finished_at_ms, issue.c.id)
        .where(is_later, issue.c.finished_at_ms <= until_ms)
        .order_by(issue.c.finished_at_ms, issue.c.id)
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row.finished_at_ms, row.id)


def list_reports_after(connection: sa.Connection, number: int, *, limit: int) -> list[ListedReport]:
    """List reports in the order in which they were taken, after one of them."""
    statement = (
        sa.select(
            report.c.id,
            sa.func.coalesce(issue.c.slug, "").label("slug"),
            report.c.subscriber_id,
            report.c.kind,
            report.c.bounce_class,
            report.c.occurred_at_ms,
            report.c.received_at_ms,
            report.c.status_code,
            report.c.words,
        )
        .outerjoin(issue, issue.c.id == report.c.issue_id)
        .where(report.c.id > number, is_settled(connection.dialect.name, report))
        .order_by(report.c.id)
        .limit(limit)
    )
    return [_report(row) for row in connection.execute(statement)]


_DELIVERIES = sa.select(
    delivery.c.issue_id,
    issue.c.slug,
    delivery.c.subscriber_id,
    delivery.c.status,
    delivery.c.attempts,
    delivery.c.first_intent_at_ms,
    delivery.c.settled_at_ms,
    delivery.c.next_at_ms,
    delivery.c.reply,
).join(issue, issue.c.id == delivery.c.issue_id)


def _delivery(row: sa.Row[*tuple[Any, ...]]) -> ListedDelivery:
    return ListedDelivery(**{**row._asdict(), "status": DeliveryStatus(row.status)})


def _report(row: sa.Row[*tuple[Any, ...]]) -> ListedReport:
    which = BounceClass(row.bounce_class) if row.bounce_class else None
    kind = ReportKind(row.kind)
    return ListedReport(**{**row._asdict(), "kind": kind, "bounce_class": which})
