"""How far a warm-up has come today, and until when it makes an issue wait."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from newsletter.sending.ledger.warm_up import count_begun
from newsletter.sending.warm_up import WarmUp, find_day
from newsletter.usecases.installation import Installation


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmUpOutlook:
    """A day's share, and how long it takes at such a pace."""

    #: First attempts that today may see, in UTC.
    today: int
    #: Those it has seen, of all issues.
    begun: int
    #: When the last of the issue's messages begins, if nothing else is sent; in UTC.
    last_day: date


def find_outlook(
    installation: Installation, connection: sa.Connection, messages: int
) -> WarmUpOutlook | None:
    """Find what a warm-up means for so many first attempts; None when there is none, or none left.

    Args:
        installation: Gives settings and clock.
        connection: In a transaction.
        messages: Of one issue, that remain.
    """
    warm_up = WarmUp.of(installation.settings.warm_up)
    day = find_day(installation.now_ms())
    limit = warm_up.find_limit(day) if warm_up else None
    if warm_up is None or limit is None or not messages:
        return None
    begun = count_begun(connection, day)
    return WarmUpOutlook(
        today=limit, begun=begun, last_day=warm_up.find_last_day(messages, day, begun)
    )
