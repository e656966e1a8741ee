"""Chunks of issues, one rate for all workers, and on PostgreSQL the queue's own tables."""

import sqlalchemy as sa
from alembic import op

from newsletter.migrations.queue_tables import upgrade_queue

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; an issue that is under way has one sender, as before."""
    op.create_table(
        "chunk",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("after_id", sa.Integer, nullable=False),
        sa.Column("until_id", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False, server_default=sa.false()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "issue_rate",
        sa.Column(
            "issue_id",
            sa.Integer,
            sa.ForeignKey("issue.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("taken_until_us", sa.BigInteger, nullable=False),
    )
    upgrade_queue(op.get_bind())
