"""Tokens of the API, and what it answered, to answer the same again."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("prefix", sa.Text, nullable=False, unique=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger),
        sa.Column("revoked_at_ms", sa.BigInteger),
        sa.Column("used_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "api_answer",
        sa.Column(
            "token_id",
            sa.Integer,
            sa.ForeignKey("api_token.id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("key_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("began_at_ms", sa.BigInteger, nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("address_hash", sa.LargeBinary(16), index=True),
        sqlite_with_rowid=False,
    )
