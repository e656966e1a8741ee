"""What became of an issue: its sum, what servers said, who was slow, and what operators did."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from newsletter.operators.actions import Action, list_actions
from newsletter.reports.words import mask_addresses
from newsletter.sending.ledger import deferred, lease, summary
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.reports import ReportCounts, count_reports
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.summarise_issue import Summary, Trouble, load_summary
from subscribers.address import EmailAddress
from subscribers.store.subscribers import find_addresses_by_id

_MOST_ACTIONS: Final = 50
#: Shorter names occur in other words.
_LEAST_NAME: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueReport:
    """What became of an issue."""

    issue: PlannedIssue
    summary: Summary
    #: For each of the summary's troubles what was said to one of those it met, without addresses;
    #: empty where nothing was, or where that person was erased.
    samples: tuple[str, ...]
    #: What came back afterwards; it changes nothing of the sum.
    returned: ReportCounts
    #: The newest first.
    actions: tuple[Action, ...]
    #: Deferred: when the next attempt is due, milliseconds since 1970, UTC.
    next_attempt_at_ms: int | None
    #: The process that is sending it at this moment.
    sender: Process | None


def report_issue(installation: Installation, name: str) -> IssueReport:
    """Tell what became of an issue, named by its path or slug.

    Raises:
        NotFoundError: No issue of that name was ever planned.
    """
    return report_planned(installation, find_slug(installation.settings.folder, name))


def report_planned(installation: Installation, slug: str) -> IssueReport:
    """Tell what became of an issue, named by its slug in the ledger; all of it at one moment.

    Raises:
        NotFoundError: No issue of that slug was ever planned.
    """
    with installation.database.read() as connection:
        planned = get_planned_issue(connection, slug)
        found = load_summary(connection, planned.id)
        met = [(planned.id, trouble) for trouble in found.troubles]
        return IssueReport(
            issue=planned,
            summary=found,
            samples=find_samples(connection, met),
            returned=count_reports(connection, planned.id),
            actions=tuple(list_actions(connection, issue=slug, limit=_MOST_ACTIONS)),
            next_attempt_at_ms=deferred.find_next_attempt(connection, planned.id)
            if found.tally.deferred
            else None,
            sender=next(iter(lease.list_senders(connection, planned.id)), None),
        )


def find_samples(connection: sa.Connection, troubles: list[tuple[int, Trouble]]) -> tuple[str, ...]:
    """Find for each trouble, of the issue with that number, what was said, without addresses."""
    met = [(issue_id, each.subscriber_id) for issue_id, each in troubles]
    words = summary.find_replies(connection, met)
    addresses = find_addresses_by_id(connection, {number for _, number in met})
    return tuple(_mask(words.get(place, ""), addresses.get(place[1])) for place in met)


def list_returned(returned: ReportCounts) -> Mapping[str, int]:
    """Name what came back: delivered, delayed, bounces by class, complaints, unsubscriptions."""
    return {
        "delivered": returned.delivered,
        "delayed": returned.delayed,
        **{f"bounced_{which}": count for which, count in returned.bounced.items()},
        "complained": returned.complained,
        "unsubscribed": returned.unsubscribed,
    }


def _mask(words: str, address: EmailAddress | None) -> str:
    """Take addresses out of a server's words, and the name before the @, which many repeat."""
    masked = mask_addresses(words)
    name = str(address).rpartition("@")[0] if address else ""
    if len(name) >= _LEAST_NAME:
        masked = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "***", masked, flags=re.IGNORECASE)
    return masked
