"""One person's part of the ledger: to be shown, and to be forgotten."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.reports.report import BounceClass, ReportKind
from newsletter.sending.ledger.schema import attempt, delivery, issue, report
from newsletter.sending.ledger.status import DeliveryStatus


def forget_person(connection: sa.Connection, subscriber_id: int) -> None:
    """Empty what tells of an erased person: the hash, and servers' words, which may name him.

    The rows stay, and so every issue's sum does.
    """
    # A skip's reason is ours and names nobody; what it counts is told by `count_skips`.
    reply = sa.case((delivery.c.status == DeliveryStatus.SKIPPED, delivery.c.reply), else_="")
    for table, emptied in (
        (delivery, {"address_hash": None, "reply": reply}),
        (attempt, {"reply": ""}),
    ):
        connection.execute(
            sa.update(table)
            # By issue, since that is how the keys of the tables begin.
            .where(table.c.issue_id.in_(sa.select(issue.c.id)))
            .where(table.c.subscriber_id == subscriber_id)
            .values(emptied)
        )
    connection.execute(
        sa.update(report).where(report.c.subscriber_id == subscriber_id).values(words="")
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalDelivery:
    """One issue to one person, as an operator or that person may see it."""

    slug: str
    status: DeliveryStatus
    attempts: int
    #: Milliseconds since 1970, UTC; 0 before the first attempt.
    first_intent_at_ms: int
    #: 0 before it came to rest.
    settled_at_ms: int
    reply: str


def list_deliveries_of(connection: sa.Connection, subscriber_id: int) -> list[PersonalDelivery]:
    """List the issues that were planned for a person, in the order in which they were planned."""
    return find_deliveries_of(connection, [subscriber_id])[subscriber_id]


def find_deliveries_of(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> Mapping[int, list[PersonalDelivery]]:
    """Find what `list_deliveries_of` lists for people, at most 10,000; of each one asked for."""
    statement = (
        sa.select(
            delivery.c.subscriber_id,
            issue.c.slug,
            delivery.c.status,
            delivery.c.attempts,
            delivery.c.first_intent_at_ms,
            delivery.c.settled_at_ms,
            delivery.c.reply,
        )
        .join(issue, issue.c.id == delivery.c.issue_id)
        # By issue, as above: else every delivery of every issue would be looked at.
        .where(delivery.c.issue_id.in_(sa.select(issue.c.id)))
        .where(delivery.c.subscriber_id.in_(subscriber_ids))
        .order_by(delivery.c.issue_id)
    )
    found: dict[int, list[PersonalDelivery]] = {number: [] for number in subscriber_ids}
    for row in connection.execute(statement):
        values = row._asdict()
        person = values.pop("subscriber_id")
        values["status"] = DeliveryStatus(values["status"])
        found[person].append(PersonalDelivery(**values))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalReport:
    """One thing that came back about a person, as an operator or that person may see it."""

    #: None when it is about no issue of the ledger.
    issue_id: int | None
    #: Empty then.
    slug: str
    #: The road it came by.
    source: str
    kind: ReportKind
    #: Of a bounce.
    bounce_class: BounceClass | None
    #: Milliseconds since 1970, UTC, as the reporter said.
    occurred_at_ms: int
    #: RFC 3463; empty when there is none.
    status_code: str
    #: The reporter's, without addresses.
    words: str


def list_reports_of(connection: sa.Connection, subscriber_id: int) -> list[PersonalReport]:
    """List what came back about a person, in the order in which it happened."""
    return find_reports_of(connection, [subscriber_id])[subscriber_id]


def find_reports_of(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> Mapping[int, list[PersonalReport]]:
    """Find what `list_reports_of` lists for people, at most 10,000; of each one asked for."""
    statement = (
        sa.select(
            report.c.subscriber_id,
            issue.c.id.label("issue_id"),
            sa.func.coalesce(issue.c.slug, "").label("slug"),
            report.c.source,
            report.c.kind,
            report.c.bounce_class,
            report.c.occurred_at_ms,
            report.c.status_code,
            report.c.words,
        )
        .outerjoin(issue, issue.c.id == report.c.issue_id)
        .where(report.c.subscriber_id.in_(subscriber_ids))
        .order_by(report.c.occurred_at_ms, report.c.id)
    )
    found: dict[int, list[PersonalReport]] = {number: [] for number in subscriber_ids}
    for row in connection.execute(statement):
        values = row._asdict()
        person = values.pop("subscriber_id")
        values["kind"] = ReportKind(values["kind"])
        values["bounce_class"] = BounceClass(row.bounce_class) if row.bounce_class else None
        found[person].append(PersonalReport(**values))
    return found
