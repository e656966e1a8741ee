"""Statements of the evidence: append and list; nothing else is allowed."""

from collections.abc import Collection

import sqlalchemy as sa

from subscribers.consent import Consent, ConsentEvent
from subscribers.store.schema import consent, subscriber


def append_consents(
    connection: sa.Connection, subscriber_ids: Collection[int], evidence: Consent
) -> None:
    """Append one piece of evidence for each of these people, at most 10,000 at a time."""
    if not subscriber_ids:
        return
    first, last = min(subscriber_ids), max(subscriber_ids)
    is_range = last - first + 1 == len(set(subscriber_ids))
    # The rows are made in the database, which has the numbers already. People who were added
    # together nearly always have adjacent ones, and a range costs nothing to tell.
    rows = (
        sa.select(
            subscriber.c.id,
            sa.literal(evidence.event.value),
            sa.literal(evidence.at_ms, sa.BigInteger),
            sa.literal(evidence.basis),
            sa.literal(evidence.source),
        )
        .where(
            subscriber.c.id.between(first, last)
            if is_range
            else subscriber.c.id.in_(subscriber_ids)
        )
        .order_by(subscriber.c.id)
    )
    columns = ["subscriber_id", "event", "at_ms", "basis", "source"]
    connection.execute(sa.insert(consent).from_select(columns, rows))


def list_consents(connection: sa.Connection, subscriber_id: int) -> list[Consent]:
    """List the evidence about one person, oldest first."""
    statement = (
        sa.select(consent.c.event, consent.c.at_ms, consent.c.basis, consent.c.source)
        .where(consent.c.subscriber_id == subscriber_id)
        .order_by(consent.c.id)
    )
    return [
        Consent(event=ConsentEvent(row.event), at_ms=row.at_ms, basis=row.basis, source=row.source)
        for row in connection.execute(statement)
    ]
