"""Statements of the suppressions, by keyed hash of the address."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from subscribers.store.bulk import select_by_keys
from subscribers.store.schema import suppression
from subscribers.store.upsert import insert_into
from subscribers.suppression import LIFTED_BY_CONFIRMATION, Suppression, SuppressionReason


def suppress(connection: sa.Connection, suppressions: Sequence[Suppression]) -> None:
    """Suppress addresses.

    Of two reasons for one address the first stays, except that one which only an operator lifts
    takes the place of one which a confirmation lifts.
    """
    if not suppressions:
        return
    insert = insert_into(connection, suppression)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[suppression.c.address_hash],
            set_={name: insert.excluded[name] for name in ("reason", "at_ms", "source")},
            where=_is_liftable(suppression.c.reason) & ~_is_liftable(insert.excluded.reason),
        ),
        [
            {
                "address_hash": each.address_hash,
                "reason": each.reason.value,
                "at_ms": each.at_ms,
                "source": each.source,
            }
            for each in suppressions
        ],
    )


def lift(
    connection: sa.Connection,
    address_hash: bytes,
    *,
    only: Collection[SuppressionReason] = tuple(SuppressionReason),
) -> bool:
    """Lift a suppression if its reason is one of those; tell whether it was."""
    statement = sa.delete(suppression).where(
        suppression.c.address_hash == address_hash, suppression.c.reason.in_(sorted(only))
    )
    return connection.execute(statement).rowcount == 1


def find_suppression(connection: sa.Connection, address_hash: bytes) -> Suppression | None:
    """Find what suppresses an address."""
    statement = sa.select(suppression).where(suppression.c.address_hash == address_hash)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _suppression(row)


def find_reasons(
    connection: sa.Connection, address_hashes: Collection[bytes]
) -> dict[bytes, SuppressionReason]:
    """Tell which of these addresses are suppressed, and why; at most 10,000 at a time."""
    columns = (suppression.c.address_hash, suppression.c.reason)
    rows = select_by_keys(connection, columns, address_hashes)
    return {address_hash: SuppressionReason(reason) for address_hash, reason in rows}


def count_by_reason(connection: sa.Connection) -> dict[SuppressionReason, int]:
    """Count suppressed addresses by reason; every reason is told, also with 0."""
    statement = sa.select(suppression.c.reason, sa.func.count()).group_by(suppression.c.reason)
    return dict.fromkeys(SuppressionReason, 0) | {
        SuppressionReason(reason): count for reason, count in connection.execute(statement)
    }


def list_suppressions(
    connection: sa.Connection, *, after: bytes = b"", limit: int = 5000
) -> list[Suppression]:
    """List suppressions in the order of their hashes, after one of them."""
    statement = (
        sa.select(suppression)
        .where(suppression.c.address_hash > after)
        .order_by(suppression.c.address_hash)
        .limit(limit)
    )
    return [_suppression(row) for row in connection.execute(statement)]


def _is_liftable(reason: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Build the condition that a confirmation lifts the reason."""
    # Not IN: its list is made anew for each statement, which a statement for many rows refuses.
    return sa.or_(*(reason == each for each in sorted(LIFTED_BY_CONFIRMATION)))


def _suppression(row: sa.Row[*tuple[object, ...]]) -> Suppression:
    values = row._asdict()
    values["reason"] = SuppressionReason(values["reason"])
    return Suppression(**values)
