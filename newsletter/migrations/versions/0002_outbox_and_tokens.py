"""The outbox, mailed tokens, what consent was given to, and the limits of the public pages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and tables; no table is made anew, so that consent's triggers stay."""
    for name in ("form", "network", "wording_sha256", "git_commit"):
        op.add_column("consent", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "wording",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    _make_token()
    _make_outbox()
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("tat_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_proof",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _make_token() -> None:
    op.create_table(
        "token",
        sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id"), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False, index=True),
        sa.Column("used_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("is_disowned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("details", sa.Text, nullable=False, server_default="{}"),
        sa.Column("address_hash", sa.LargeBinary(16), index=True),
        sa.UniqueConstraint("subscriber_id", "purpose", name="token_purpose"),
        sa.CheckConstraint(
            "purpose IN ('sign_up', 'change_address', 'preferences', 'come_back')",
            name="token_purpose_known",
        ),
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("subscriber_id", sa.Integer, index=True),
        sa.Column("address", sa.Text),
        sa.Column("address_hash", sa.LargeBinary(16), index=True),
        sa.Column("language", sa.Text, nullable=False, server_default=""),
        sa.Column("details", sa.Text, nullable=False, server_default="{}"),
        sa.Column("nonce", sa.LargeBinary(17)),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("first_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("next_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("settled_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(
            "kind IN ('sign_up', 'already_subscribed', 'preferences', 'change_address',"
            " 'address_changed')",
            name="outbox_kind",
        ),
        sa.CheckConstraint(
            "status IN ('asked', 'waiting', 'in_flight', 'sent', 'failed', 'in_doubt', 'dropped')",
            name="outbox_status",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["status", "next_at_ms"])
