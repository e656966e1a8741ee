"""The archive: an issue's day as its author wrote it, wherever that was."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an issue of before keeps the day of the newsletter's own time zone."""
    day = sa.Column("published_day", sa.Text, nullable=False, server_default="")
    op.add_column("archived_edition", day)
