"""Where issues stand: the sum of their deliveries, and who is sending."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from newsletter.sending.ledger import deferred, deliveries, lease, plan, reasons
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.reports import ReportCounts, count_reports
from newsletter.sending.ledger.schedule import Schedule, find_schedule
from newsletter.sending.ledger.status import DeliveryStatus, Tally
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.warm_up_outlook import WarmUpOutlook, find_outlook
from newsletter.usecases.work import LEASE_NAME as WORKER_LEASE

#: Of each status; what is rarer is told one by one, by `list_deliveries`.
_MOST_REASONS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueStatus:
    """Where one issue stands."""

    issue: PlannedIssue
    tally: Tally
    #: Why deliveries failed, were skipped or deferred, or are in doubt: how many for each of the
    #: most frequent reasons.
    reasons: Mapping[DeliveryStatus, Mapping[str, int]]
    #: Deferred: when the next attempt is due, milliseconds since 1970, UTC.
    next_attempt_at_ms: int | None
    #: The processes that are sending it at this moment.
    senders: Sequence[Process]
    #: What came back about it.
    reports: ReportCounts
    #: Whether a `newsletter serve` works at this moment.
    is_served: bool
    #: When `newsletter serve` begins it, or goes on with it; None when an operator does.
    schedule: Schedule | None
    #: How long a warm-up makes what remains take; told of one issue only.
    warm_up: WarmUpOutlook | None = None

    @property
    def sender(self) -> Process | None:
        """One of those who are sending it; None when nobody is."""
        return self.senders[0] if self.senders else None


def show_status(installation: Installation, name: str) -> IssueStatus:
    """Tell where one issue stands, named by its path or slug.

    Raises:
        NotFoundError: No issue of that name was ever planned.
    """
    slug = find_slug(installation.settings.folder, name)
    with installation.database.read() as connection:
        found = describe_planned(connection, get_planned_issue(connection, slug))
        outlook = find_outlook(installation, connection, found.tally.waiting)
        return replace(found, warm_up=outlook)


def list_status(installation: Installation) -> list[IssueStatus]:
    """Tell where every planned issue stands, the newest plan first."""
    with installation.database.read() as connection:
        return [describe_planned(connection, planned) for planned in plan.list_issues(connection)]


def describe_planned(connection: sa.Connection, planned: PlannedIssue) -> IssueStatus:
    """Tell where a planned issue stands, all of it at one moment."""
    tally = deliveries.count_deliveries(connection, planned.id)
    explained = {
        DeliveryStatus.FAILED: tally.failed,
        DeliveryStatus.SKIPPED: tally.skipped,
        DeliveryStatus.IN_DOUBT: tally.in_doubt,
        DeliveryStatus.DEFERRED: tally.deferred,
    }
    return IssueStatus(
        issue=planned,
        tally=tally,
        reasons={
            status: reasons.count_reasons(connection, planned.id, status, most=_MOST_REASONS)
            if count
            else {}
            for status, count in explained.items()
        },
        next_attempt_at_ms=deferred.find_next_attempt(connection, planned.id),
        is_served=lease.find_holder(connection, WORKER_LEASE) is not None,
        schedule=find_schedule(connection, planned.id),
        senders=lease.list_senders(connection, planned.id),
        reports=count_reports(connection, planned.id),
    )
