"""Partitions: on PostgreSQL the deliveries of each issue are a table of their own.

So an issue's rows lie together, its indexes fit into memory, vacuum looks at one issue, and a year
that nobody asks for any more is detached and dropped without a single row being deleted. SQLite
has the rows of an issue together by the table's key and needs none.
"""

from typing import Final

import sqlalchemy as sa

from newsletter.sending.ledger.schema import delivery, issue

#: Each row is changed twice, by its intent and by its outcome: with room left in its page neither
#: needs a new entry in an index. Vacuum comes when a twentieth has changed, not a fifth.
_STORAGE: Final = "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05"
_LIST_PARTITIONS: Final = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'delivery'::regclass"
)


def make_partition(connection: sa.Connection, issue_id: int) -> None:
    """Make the partition of an issue, in the transaction that makes the issue known.

    The table is made beside and then attached: that locks out other plans only, for as long as the
    transaction lasts, and neither senders nor readers. `CREATE TABLE … PARTITION OF` would lock
    out everybody.
    """
    if not _is_partitioned(connection):
        return
    name = f"delivery_{issue_id:d}"
    columns = "LIKE delivery INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
    connection.execute(sa.text(f"CREATE TABLE {name} ({columns}) WITH ({_STORAGE})"))
    connection.execute(
        sa.text(f"ALTER TABLE delivery ATTACH PARTITION {name} FOR VALUES IN ({issue_id:d})")
    )


def analyse_partition(connection: sa.Connection, issue_id: int) -> None:
    """Let the database know how large a partition is, in the transaction that filled it.

    It would find out by itself after a minute, and until then take it for empty: a question about
    18,000 deliveries, asked just after they were planned, took half a minute.
    """
    if _is_partitioned(connection):
        connection.execute(sa.text(f"ANALYZE delivery_{issue_id:d}"))


def make_missing_partitions(connection: sa.Connection) -> None:
    """Make the partition of every issue that has none, before its deliveries are copied in."""
    if not _is_partitioned(connection):
        return
    there = set(connection.scalars(sa.text(_LIST_PARTITIONS)))
    for number in connection.scalars(sa.select(issue.c.id).order_by(issue.c.id)).all():
        if f"delivery_{number}" not in there:
            make_partition(connection, number)


def _is_partitioned(connection: sa.Connection) -> bool:
    """Tell whether the deliveries are partitioned; those of older tables are not."""
    if connection.dialect.name != "postgresql":
        return False
    kind = sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:name)")
    return bool(connection.scalar(kind, {"name": delivery.name}))
