"""Where the system messages stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.outbox import history
from newsletter.outbox.entry import Status
from newsletter.sending.ledger import lease
from newsletter.usecases.installation import Installation
from newsletter.usecases.work import LEASE_NAME


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxStatus:
    """The last 30 days, and whether anybody works."""

    by_status: Mapping[Status, int]
    #: Messages that left once more since nobody knew whether they had arrived.
    repeated: int
    #: Since when the oldest waits, in milliseconds since 1970, UTC; None when nothing does.
    waiting_since_ms: int | None
    #: Host and number of the process that works; empty when none does.
    worker: str


def show_outbox(installation: Installation) -> OutboxStatus:
    """Tell where the system messages stand."""
    with installation.database.read() as connection:
        holder = lease.find_holder(connection, LEASE_NAME)
        return OutboxStatus(
            by_status=history.count_by_status(connection),
            repeated=history.count_repeated(connection),
            waiting_since_ms=history.find_oldest_waiting(connection),
            worker=f"process {holder.number} on {holder.host}" if holder else "",
        )
