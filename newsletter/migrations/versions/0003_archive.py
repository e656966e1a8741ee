"""The archive: editions as anyone may read them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; an issue that is being sent gets its row with its next run."""
    op.create_table(
        "archived_edition",
        sa.Column(
            "issue_id",
            sa.Integer,
            sa.ForeignKey("issue.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("preheader", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("published_at_ms", sa.BigInteger, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
    )
