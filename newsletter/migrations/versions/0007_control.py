"""The issue: a rate of its own, and why it is paused."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; an issue of before keeps the settings' rate, and its pause has no reason."""
    op.add_column("issue", sa.Column("rate_per_second", sa.Float))
    op.add_column("issue", sa.Column("pause_reason", sa.Text, nullable=False, server_default=""))
