"""The first tables: people, consent, suppression; issues, deliveries, leases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END"
_FUNCTION = "CREATE OR REPLACE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS"
_TRIGGER = "CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent"
_CONSENT_TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER consent_no_update BEFORE update ON consent {_REFUSE}",
        f"CREATE TRIGGER consent_no_delete BEFORE delete ON consent {_REFUSE}",
    ),
    "postgresql": (
        f"{_FUNCTION} $$ BEGIN RAISE EXCEPTION 'consent is append-only'; END $$",
        f"{_TRIGGER} FOR EACH STATEMENT EXECUTE FUNCTION refuse_consent_change()",
    ),
}


def upgrade() -> None:
    """Make every table."""
    _make_people()
    _make_consent()
    _make_ledger()


def _make_people() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("public_id", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("address", sa.Text),
        sa.Column("address_hash", sa.LargeBinary(16), unique=True),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("language", sa.Text, nullable=False, server_default=""),
        sa.Column("fields", sa.Text, nullable=False, server_default="{}"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("paused_until_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("state_changed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at_ms", sa.BigInteger),
        sa.CheckConstraint(
            "state IN ('pending', 'confirmed', 'unsubscribed', 'bounced', 'complained', 'erased')",
            name="subscriber_state",
        ),
        sa.CheckConstraint("(state = 'erased') = (address IS NULL)", name="subscriber_address"),
        sa.CheckConstraint(
            "(address IS NULL) = (address_hash IS NULL)", name="subscriber_address_hash"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "subscriber_tag",
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id"), primary_key=True),
        sa.Column(
            "subscriber_id",
            sa.Integer,
            sa.ForeignKey("subscriber.id"),
            primary_key=True,
            index=True,
        ),
        sqlite_with_rowid=False,
    )


def _make_consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "subscriber_id", sa.Integer, sa.ForeignKey("subscriber.id"), nullable=False, index=True
        ),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.Text, nullable=False, server_default=""),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(
            "event IN ('requested', 'confirmed', 'changed', 'withdrawn', 'imported', 'erased')",
            name="consent_event",
        ),
    )
    for statement in _CONSENT_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "suppression",
        sa.Column("address_hash", sa.LargeBinary(16), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(
            "reason IN ('hard_bounce', 'complaint', 'erased', 'manual')",
            name="suppression_reason",
        ),
        sqlite_with_rowid=False,
    )


def _make_ledger() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key_fingerprint", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="installation_single"),
    )
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("git_commit", sa.Text),
        sa.Column("is_modified", sa.Boolean, nullable=False),
        sa.Column("content_sha256", sa.Text, nullable=False),
        sa.Column("edition_digest", sa.Text, nullable=False),
        sa.Column("audience_tag", sa.Text, nullable=False, server_default=""),
        sa.Column("planned_at_ms", sa.BigInteger, nullable=False),
        sa.Column("finished_at_ms", sa.BigInteger),
        sa.CheckConstraint(
            "state IN ('sending', 'paused', 'sent', 'cancelled')", name="issue_state"
        ),
    )
    op.create_table(
        "delivery",
        sa.Column("issue_id", sa.Integer, sa.ForeignKey("issue.id"), primary_key=True),
        sa.Column("subscriber_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("address_hash", sa.LargeBinary(16)),
        sa.Column("status", sa.Text, nullable=False, server_default="planned"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("first_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("settled_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("next_at_ms", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("issue_id", "address_hash", name="delivery_address"),
        sa.CheckConstraint(
            "status IN ('planned', 'in_flight', 'deferred', 'sent', 'failed', 'in_doubt',"
            " 'skipped', 'cancelled', 'written_off')",
            name="delivery_status",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
