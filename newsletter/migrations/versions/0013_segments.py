"""Whom an issue was planned for: a segment in place of a tag, and the name it was saved under."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the column its new name, and write the tags in it as segments."""
    op.execute("ALTER TABLE issue RENAME COLUMN audience_tag TO segment")
    op.add_column("issue", sa.Column("segment_name", sa.Text, nullable=False, server_default=""))
    # In quotes, whatever is in it: a backslash and a quotation mark have one before them.
    op.execute(
        r"""
        UPDATE issue SET segment = 'tag:"' || replace(replace(segment, '\', '\\'), '"', '\"') || '"'
        WHERE segment <> ''
        """
    )
