"""How far the database has come, so that a restored backup is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of marks, and the place where a restored backup is noted."""
    op.create_table(
        "mark",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column("installation", sa.Column("restored_at_ms", sa.BigInteger))
