"""What an issue was to people, as a segment may ask: ``received:issue-30``."""

from collections.abc import Callable, Mapping
from typing import Final

import sqlalchemy as sa

from newsletter.reports.report import ReportKind
from newsletter.sending.ledger.schema import delivery, issue, report
from newsletter.sending.ledger.status import DeliveryStatus


def select_by_history(key: str, slug: str) -> sa.Select[int]:
    """Select the numbers of the people for whom an issue was that.

    Args:
        key: ``planned``: he is in its plan. ``received``: the next hop took his message, whatever
            came back later. ``failed``: it was refused for good. ``bounced``, ``complained``: a
            report of that kind came back.
        slug: Of the issue; of one that is not known nobody is found.
    """
    number = sa.select(issue.c.id).where(issue.c.slug == slug).scalar_subquery()
    return _SELECTS[key](number)


def list_slugs(connection: sa.Connection) -> list[str]:
    """List the slugs of all issues that the ledger knows."""
    return list(connection.execute(sa.select(issue.c.slug).order_by(issue.c.slug)).scalars())


def _select_deliveries(number: sa.ScalarSelect[int], *status: DeliveryStatus) -> sa.Select[int]:
    statement = sa.select(delivery.c.subscriber_id).where(delivery.c.issue_id == number)
    return statement.where(delivery.c.status.in_(status)) if status else statement


def _select_reports(number: sa.ScalarSelect[int], kind: ReportKind) -> sa.Select[int]:
    return sa.select(report.c.subscriber_id).where(
        report.c.issue_id == number, report.c.kind == kind, report.c.subscriber_id.is_not(None)
    )


_SELECTS: Final[Mapping[str, Callable[[sa.ScalarSelect[int]], sa.Select[int]]]] = {
    "planned": _select_deliveries,
    "received": lambda number: _select_deliveries(number, DeliveryStatus.SENT),
    "failed": lambda number: _select_deliveries(number, DeliveryStatus.FAILED),
    "bounced": lambda number: _select_reports(number, ReportKind.BOUNCE),
    "complained": lambda number: _select_reports(number, ReportKind.COMPLAINT),
}
