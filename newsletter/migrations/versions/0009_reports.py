"""Reports: what comes back about deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id")),
        sa.Column("subscriber_id", sa.Integer),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("bounce_class", sa.Text, nullable=False, server_default=""),
        sa.Column("occurred_at_ms", sa.BigInteger, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.Column("status_code", sa.Text, nullable=False, server_default=""),
        sa.Column("words", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("source", "source_id", name="report_source"),
        sa.CheckConstraint(
            "kind IN ('processed', 'delivered', 'delayed', 'bounce', 'complaint', 'unsubscribe',"
            " 'other')",
            name="report_kind",
        ),
        sa.CheckConstraint(
            "bounce_class IN ('', 'hard', 'soft', 'block', 'auth')", name="report_bounce_class"
        ),
    )
    op.create_index("report_person", "report", ["subscriber_id", "issue_id"])
    op.create_index(
        "report_funnel", "report", ["issue_id", "kind", "bounce_class", "subscriber_id"]
    )
