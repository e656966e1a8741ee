"""On PostgreSQL, a partition for the deliveries of each issue; SQLite stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: With the names that its keys had, which the new table's are to have.
_PUT_ASIDE = (
    "ALTER TABLE delivery RENAME TO delivery_whole",
    "ALTER TABLE delivery_whole RENAME CONSTRAINT delivery_pkey TO delivery_whole_pkey",
    "ALTER TABLE delivery_whole RENAME CONSTRAINT delivery_address TO delivery_whole_address",
)


def upgrade() -> None:
    """Make the table anew and move the rows, an issue at a time; indexes are built after them."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    for statement in _PUT_ASIDE:
        op.execute(statement)
    _make_table()
    for number in connection.scalars(sa.text("SELECT id FROM issue ORDER BY id")).all():
        op.execute(
            f"CREATE TABLE delivery_{number} (LIKE delivery INCLUDING DEFAULTS INCLUDING"
            " CONSTRAINTS) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05)"
        )
        # By name, since columns were added at the end of the old one.
        rows = f"SELECT {_COLUMNS} FROM delivery_whole WHERE issue_id = {number}"  # noqa: S608 - ours
        op.execute(f"INSERT INTO delivery_{number} ({_COLUMNS}) {rows} ORDER BY subscriber_id")
        op.execute(
            f"ALTER TABLE delivery ATTACH PARTITION delivery_{number} FOR VALUES IN ({number})"
        )
    op.drop_table("delivery_whole")


_COLUMNS = (
    "issue_id, subscriber_id, address_hash, status, attempts, epoch, first_intent_at_ms,"
    " last_intent_at_ms, settled_at_ms, next_at_ms, reply"
)


def _make_table() -> None:
    # No foreign key to the issue: there is a partition for an issue that is known, and for no
    # other. With it, attaching one would lock the issues against every change until the plan ends.
    op.create_table(
        "delivery",
        sa.Column("issue_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("subscriber_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("address_hash", sa.LargeBinary(16)),
        sa.Column("status", sa.Text, nullable=False, server_default="planned"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("first_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("last_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("settled_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("next_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("issue_id", "address_hash", name="delivery_address"),
        sa.CheckConstraint(
            "status IN ('planned', 'in_flight', 'deferred', 'sent', 'failed', 'in_doubt',"
            " 'skipped', 'cancelled', 'written_off')",
            name="delivery_status",
        ),
        postgresql_partition_by="LIST (issue_id)",
    )
