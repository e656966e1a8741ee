"""What waits for a decision, and what looks wrong: an operator should see it in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from newsletter.outbox import history
from newsletter.outbox.entry import Status
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.installation import Installation
from newsletter.usecases.look_around import IssueLine, load_issue_lines
from subscribers.store.growth import count_sign_ups_by_network
from subscribers.store.suppressions import count_by_reason
from subscribers.suppression import SuppressionReason

#: Older issues have long been decided.
_ISSUES: Final = 50
#: A week: a flood that is over is none.
_SIGN_UPS_MS: Final = 7 * 86_400_000
#: A household or an office has fewer new readers in a week.
_MANY_SIGN_UPS: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What waits, and what looks wrong."""

    #: In doubt, paused, or left by their sender; of the newest 50 issues.
    issues: tuple[IssueLine, ...]
    #: System messages of the last 30 days.
    outbox: Mapping[Status, int]
    #: Since when the oldest of them waits, milliseconds since 1970, UTC.
    waiting_since_ms: int | None
    suppressions: Mapping[SuppressionReason, int]
    #: Networks from which 10 people or more signed up within a week → how many.
    networks: Mapping[str, int]


def list_held(installation: Installation) -> Held:
    """List what waits for a decision, and what looks wrong."""
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        lines = load_issue_lines(connection, limit=_ISSUES)
        return Held(
            issues=tuple(line for line in lines if _is_held(line)),
            outbox=history.count_by_status(connection),
            waiting_since_ms=history.find_oldest_waiting(connection),
            suppressions=count_by_reason(connection),
            networks=count_sign_ups_by_network(
                connection, since_ms=now_ms - _SIGN_UPS_MS, least=_MANY_SIGN_UPS
            ),
        )


def _is_held(line: IssueLine) -> bool:
    is_paused = line.issue.state is IssueState.PAUSED
    return bool(line.tally.in_doubt) or is_paused or line.is_left
