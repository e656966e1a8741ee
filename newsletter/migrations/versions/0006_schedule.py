"""Schedules: issues that wait for their time, readers' time zones, and the days of a warm-up."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OLD_STATES = "state IN ('sending', 'paused', 'sent', 'cancelled')"
_STATES = "state IN ('scheduled', 'sending', 'paused', 'sent', 'cancelled')"


def upgrade() -> None:
    """Add tables and column, and let an issue be scheduled."""
    op.add_column("subscriber", sa.Column("timezone", sa.Text, nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        _make_issue_anew()
    else:
        op.drop_constraint("issue_state", "issue", type_="check")
        op.create_check_constraint("issue_state", "issue", _STATES)
    op.create_table(
        "schedule",
        sa.Column(
            "issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("due_at_ms", sa.BigInteger, nullable=False),
        sa.Column("local_time", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "warm_up_day",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("begun", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _make_issue_anew() -> None:
    """Change the rule of a table that others refer to, which SQLite cannot do in place.

    Their references are looked at in the commit, when each issue is there again.
    """
    table: str = op.get_bind().scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'issue'")
    )
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept_issue AS SELECT * FROM issue")
    op.drop_table("issue")
    op.execute(table.replace(_OLD_STATES, _STATES))
    op.execute("INSERT INTO issue SELECT * FROM kept_issue")
    op.execute("DROP TABLE kept_issue")
