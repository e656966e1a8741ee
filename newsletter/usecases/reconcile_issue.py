"""Settle what is in doubt from what came back since, and tell what is left to decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger.reports import settle_issue
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.usecases.installation import Installation
from newsletter.usecases.list_deliveries import DeliveryLine, list_deliveries
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.show_status import IssueStatus, describe_planned


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciliation:
    """What was settled, and what is left."""

    #: Deliveries that a report says had left; they are sent now.
    settled: int
    status: IssueStatus
    #: The first of those that nothing came back about, by subscriber's number.
    in_doubt: Sequence[DeliveryLine]


def reconcile_issue(
    installation: Installation, name: str, *, after_id: int = 0, limit: int = 100
) -> Reconciliation:
    """Settle an issue's deliveries that nobody has in hand, by the reports in the ledger.

    Args:
        installation: Whose ledger.
        name: The issue's path or slug.
        after_id: Go on after this subscriber in the list of what is left.
        limit: The list's length, at most.

    Raises:
        NotFoundError: No issue of that name was ever planned.
    """
    slug = find_slug(installation.settings.folder, name)
    with installation.database.write() as connection:
        planned = get_planned_issue(connection, slug)
        settled = settle_issue(connection, planned.id, now_ms=installation.now_ms())
        installation.record_action(
            connection, ActionKind.RECONCILE, issue=slug, details=f"{settled:,} settled"
        )
        status = describe_planned(connection, get_planned_issue(connection, slug))
    left = list_deliveries(
        installation, slug, DeliveryStatus.IN_DOUBT, after_id=after_id, limit=limit
    )
    return Reconciliation(settled=settled, status=status, in_doubt=left)
