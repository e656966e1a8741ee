"""What came back about an issue, in words and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import format_count
from newsletter.reports.report import BounceClass

if TYPE_CHECKING:
    from newsletter.sending.ledger.reports import ReportCounts

#: What each class asks of the operator; nothing where the subscriber's state has settled it.
_ADVICE = {
    BounceClass.HARD: "no such address",
    BounceClass.SOFT: "full, or out of order for now",
    BounceClass.BLOCK: "refused by policy or reputation: this is yours to look into",
    BounceClass.AUTH: "our own set-up is wrong (SPF, DKIM, DMARC, login): mend it first",
}


def describe_reports(counts: ReportCounts) -> dict[str, object]:
    """Name the counts for machines; one delivery may count several times."""
    return {
        "reported": counts.reported,
        "delivered": counts.delivered,
        "delayed": counts.delayed,
        "bounced": {str(which): counts.bounced.get(which, 0) for which in BounceClass},
        "complained": counts.complained,
        "unsubscribed": counts.unsubscribed,
    }


def print_reports(counts: ReportCounts) -> None:
    """Print what came back, leaving out what did not; nothing at all when nothing came."""
    if not counts.reported:
        return
    print(f"\nReports came back about {format_count(counts.reported, 'message')}:")
    lines = [("delivered", counts.delivered, "")]
    lines += [
        (f"bounced, {which}", counts.bounced.get(which, 0), advice)
        for which, advice in _ADVICE.items()
    ]
    lines += [("complained", counts.complained, ""), ("unsubscribed", counts.unsubscribed, "")]
    for name, count, advice in lines:
        if count:
            print(f"  {name:<14}{count:>10,}{f'   {advice}' if advice else ''}")
