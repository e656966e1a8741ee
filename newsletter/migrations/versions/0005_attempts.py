"""Attempts on record, and when the last one of a delivery began."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Of deliveries of before, the last attempt is known, and of those with one also its beginning.
_LAST_ATTEMPTS = """
    INSERT INTO attempt (issue_id, subscriber_id, number, began_at_ms, ended_at_ms, outcome, reply)
    SELECT issue_id, subscriber_id, attempts, last_intent_at_ms, settled_at_ms,
           CASE status WHEN 'failed' THEN 'rejected' ELSE status END, reply
    FROM delivery
    WHERE attempts > 0 AND status IN ('deferred', 'failed', 'in_doubt')
"""


def upgrade() -> None:
    """Make the table and the column, and put on record what is known."""
    began = sa.Column("last_intent_at_ms", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("delivery", began)
    op.create_table(
        "attempt",
        sa.Column(
            "issue_id",
            sa.Integer,
            sa.ForeignKey("issue.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("subscriber_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('deferred', 'rejected', 'in_doubt')", name="attempt_outcome"
        ),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE delivery SET last_intent_at_ms = first_intent_at_ms WHERE attempts = 1")
    op.execute(_LAST_ATTEMPTS)
