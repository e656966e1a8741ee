"""Operators, their sessions and actions; what ended issues came to; how the audience grew."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; an issue that has ended before gets its summary with its next run."""
    op.create_table(
        "operator",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "operator_session",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "operator_id", sa.Integer, sa.ForeignKey("operator.id"), nullable=False, index=True
        ),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.Column("network", sa.Text, nullable=False, server_default=""),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "operator_action",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("issue", sa.Text, nullable=False, server_default=""),
        sa.Column("subscriber_id", sa.Integer),
        sa.Column("details", sa.Text, nullable=False, server_default=""),
        sa.Index("operator_action_issue", "issue", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "issue_summary",
        sa.Column(
            "issue_id",
            sa.Integer,
            sa.ForeignKey("issue.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_index(
        "subscriber_growth", "subscriber", ["confirmed_at_ms", "state", "state_changed_at_ms"]
    )
