"""Statements of the evidence: append and list; nothing else is allowed."""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from subscribers.consent import Consent, ConsentEvent, Origin
from subscribers.store.bulk import insert_plain
from subscribers.store.schema import consent, subscriber, wording
from subscribers.store.upsert import insert_into

_ORIGIN = ("form", "network", "wording_sha256", "git_commit")
_COLUMNS = ("subscriber_id", "event", "at_ms", "basis", "source", *_ORIGIN)


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
            *map(sa.literal, _origin_of(evidence)),
        )
        .where(
            subscriber.c.id.between(first, last)
            if is_range
            else subscriber.c.id.in_(subscriber_ids)
        )
        .order_by(subscriber.c.id)
    )
    connection.execute(sa.insert(consent).from_select(_COLUMNS, rows))


def append_evidence(connection: sa.Connection, evidence: Iterable[tuple[int, Consent]]) -> None:
    """Append evidence that differs from one person to the next: subscriber's number and what."""
    rows = [
        (number, each.event.value, each.at_ms, each.basis, each.source, *_origin_of(each))
        for number, each in evidence
    ]
    insert_plain(connection, consent, _COLUMNS, rows)


def find_newest_events(
    connection: sa.Connection, address_hashes: Collection[bytes]
) -> dict[bytes, tuple[int, ConsentEvent]]:
    """Find the number and the newest evidence of known people; at most 10,000 at a time."""
    other = consent.alias()
    newest = (
        sa.select(sa.func.max(other.c.id))
        .where(other.c.subscriber_id == subscriber.c.id)
        .scalar_subquery()
    )
    statement = (
        sa.select(subscriber.c.address_hash, subscriber.c.id, consent.c.event)
        .select_from(subscriber)
        .join(consent, consent.c.id == newest)
        .where(subscriber.c.address_hash.in_(address_hashes))
    )
    return {
        address_hash: (number, ConsentEvent(event))
        for address_hash, number, event in connection.execute(statement)
    }


def list_consents(connection: sa.Connection, subscriber_id: int) -> list[Consent]:
    """List the evidence about one person, oldest first."""
    return find_consents(connection, [subscriber_id])[subscriber_id]


def find_consents(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> Mapping[int, list[Consent]]:
    """Find the evidence about these people, at most 10,000, oldest first; of each one asked for."""
    statement = (
        sa.select(consent)
        .where(consent.c.subscriber_id.in_(subscriber_ids))
        .order_by(consent.c.subscriber_id, consent.c.id)
    )
    found: dict[int, list[Consent]] = {number: [] for number in subscriber_ids}
    for row in connection.execute(statement):
        found[row.subscriber_id].append(_consent(row))
    return found


def list_consents_after(
    connection: sa.Connection,
    number: int,
    *,
    is_settled: sa.ColumnElement[bool],
    limit: int,
) -> list[tuple[int, int, Consent]]:
    """List the evidence about everybody in the order it was written: number, whose, what.

    Args:
        connection: A transaction of the caller's.
        number: Of the last piece of the page before; 0 for the first page.
        is_settled: What tells that no piece with a lower number is still to be committed.
        limit: At most so many.
    """
    statement = (
        sa.select(consent)
        .where(consent.c.id > number, is_settled)
        .order_by(consent.c.id)
        .limit(limit)
    )
    return [(row.id, row.subscriber_id, _consent(row)) for row in connection.execute(statement)]


def was_only_requested(connection: sa.Connection, subscriber_id: int) -> bool:
    """Tell whether sign-ups are all that is known of a person: nothing was confirmed, or ended."""
    statement = sa.select(sa.literal(1)).where(
        consent.c.subscriber_id == subscriber_id,
        consent.c.event != ConsentEvent.REQUESTED.value,
    )
    return connection.execute(statement.limit(1)).first() is None


def keep_wording(connection: sa.Connection, text: str) -> str:
    """Keep a wording that somebody was shown; return its SHA-256 as 64 hex digits."""
    digest = sha256(text.encode()).hexdigest()
    connection.execute(
        insert_into(connection, wording).values(sha256=digest, text=text).on_conflict_do_nothing()
    )
    return digest


def find_wordings(connection: sa.Connection, digests: Collection[str]) -> dict[str, str]:
    """Find wordings by their SHA-256, at most 10,000 at a time."""
    statement = sa.select(wording.c.sha256, wording.c.text).where(wording.c.sha256.in_(digests))
    return dict(connection.execute(statement).all())


def _origin_of(evidence: Consent) -> tuple[str, ...]:
    """List the values of `_ORIGIN`."""
    origin = evidence.origin
    return origin.form, origin.network, origin.wording_sha256, origin.git_commit


def _consent(row: sa.Row[*tuple[Any, ...]]) -> Consent:
    return Consent(
        event=ConsentEvent(row.event),
        at_ms=row.at_ms,
        basis=row.basis,
        source=row.source,
        origin=Origin(**{name: getattr(row, name) for name in _ORIGIN}),
    )
