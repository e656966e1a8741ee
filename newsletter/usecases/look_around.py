"""What an operator looks at: issues and their sums, what servers said, what operators did."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from newsletter.operators import actions
from newsletter.operators.actions import Action
from newsletter.sending.ledger import lease, plan
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.status import DeliveryStatus, IssueState, Tally
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import get_planned_issue
from newsletter.usecases.report_issue import find_samples
from newsletter.usecases.summarise_issue import Trouble, load_summaries, load_tallies

#: Issues of one page, and those across which errors are told.
PAGE_ISSUES: Final = 20
_TROUBLED_ISSUES: Final = 50
PAGE_ACTIONS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueLine:
    """One issue as a list tells it."""

    issue: PlannedIssue
    tally: Tally
    #: The process that is sending it at this moment.
    sender: Process | None

    @property
    def is_left(self) -> bool:
        """Whether it is to be sent, and nobody does."""
        return self.issue.state is IssueState.SENDING and self.sender is None


@dataclass(frozen=True, kw_only=True, slots=True)
class CommonTrouble:
    """One code, across issues."""

    status: DeliveryStatus
    code: str
    count: int
    #: Slug and count of each issue that met it, the newest first.
    issues: tuple[tuple[str, int], ...]
    #: What was said to somebody in the newest, without addresses.
    sample: str


def list_issue_lines(
    installation: Installation, *, before_id: int | None = None, limit: int = PAGE_ISSUES
) -> list[IssueLine]:
    """List a page of issues, the newest first."""
    with installation.database.read() as connection:
        return load_issue_lines(connection, before_id=before_id, limit=limit)


def get_issue_line(installation: Installation, slug: str) -> IssueLine:
    """Get where one issue stands, named by its slug in the ledger.

    Raises:
        NotFoundError: No issue of that slug was ever planned.
    """
    with installation.database.read() as connection:
        return _load_lines(connection, [get_planned_issue(connection, slug)])[0]


def load_issue_lines(
    connection: sa.Connection, *, before_id: int | None = None, limit: int
) -> list[IssueLine]:
    """Do the same in the caller's transaction."""
    return _load_lines(
        connection, plan.list_issue_page(connection, before_id=before_id, limit=limit)
    )


def _load_lines(connection: sa.Connection, issues: list[PlannedIssue]) -> list[IssueLine]:
    tallies = load_tallies(connection, [each.id for each in issues])
    return [
        IssueLine(
            issue=each,
            tally=tallies[each.id],
            sender=next(iter(lease.list_senders(connection, each.id)), None),
        )
        for each in issues
    ]


def list_troubles(installation: Installation) -> list[CommonTrouble]:
    """List what servers said across the newest 50 issues, the most frequent code first."""
    with installation.database.read() as connection:
        issues = plan.list_issue_page(connection, before_id=None, limit=_TROUBLED_ISSUES)
        sums = load_summaries(connection, [each.id for each in issues])
        met: dict[tuple[DeliveryStatus, str], list[tuple[PlannedIssue, Trouble]]]
        met = defaultdict(list)
        for issue in issues:
            for trouble in sums[issue.id].troubles:
                met[trouble.status, trouble.code].append((issue, trouble))
        newest = [(found[0][0].id, found[0][1]) for found in met.values()]
        samples = find_samples(connection, newest)
    troubles = [
        CommonTrouble(
            status=status,
            code=code,
            count=sum(trouble.count for _, trouble in found),
            issues=tuple((issue.slug, trouble.count) for issue, trouble in found),
            sample=sample,
        )
        for ((status, code), found), sample in zip(met.items(), samples, strict=True)
    ]
    return sorted(troubles, key=lambda each: (-each.count, each.status, each.code))


def list_actions(installation: Installation, *, before_id: int | None = None) -> list[Action]:
    """List a page of what operators did, the newest first."""
    with installation.database.read() as connection:
        return actions.list_actions(connection, before_id=before_id, limit=PAGE_ACTIONS)
