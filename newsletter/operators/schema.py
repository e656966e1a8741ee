"""The tables of the operators; the same on SQLite and PostgreSQL.

Times are milliseconds since 1970, UTC.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

operator = sa.Table(
    "operator",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    #: Argon2id with its parameters and salt, in the format of its reference implementation.
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
)

#: Somebody signed in on the operator's page. Whoever reads the database cannot use it.
operator_session = sa.Table(
    "operator_session",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("operator_id", sa.ForeignKey("operator.id"), nullable=False, index=True),
    #: Of the cookie.
    sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("began_at_ms", sa.BigInteger, nullable=False),
    #: As of a few minutes: looking does not write each time.
    sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
    #: Truncated: 203.0.113.0/24.
    sa.Column("network", sa.Text, nullable=False, server_default=""),
    # A number is never given twice: a form that ends a session names it.
    sqlite_autoincrement=True,
)

#: What was done, by whom. It names readers by number only and stays when they are erased.
operator_action = sa.Table(
    "operator_action",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    #: An operator's name on the page; ``user@host`` at the command line.
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    #: Its slug; empty when the act was about no issue.
    sa.Column("issue", sa.Text, nullable=False, server_default=""),
    # No foreign key: it outlives the person.
    sa.Column("subscriber_id", sa.Integer),
    #: In words, without any address.
    sa.Column("details", sa.Text, nullable=False, server_default=""),
    sa.Index("operator_action_issue", "issue", "id"),
    sqlite_autoincrement=True,
)

#: What a program shows to the API. Whoever reads the database cannot use it.
api_token = sa.Table(
    "api_token",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    #: Given once and for good, since the record of actions knows a token by it.
    sa.Column("name", sa.Text, nullable=False, unique=True),
    #: How the token begins: by it a token is found, and known in a list.
    sa.Column("prefix", sa.Text, nullable=False, unique=True),
    #: HMAC-SHA-256 of the whole token.
    sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
    #: In order, with spaces between.
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    #: NULL for one that does not expire.
    sa.Column("expires_at_ms", sa.BigInteger),
    #: NULL while it is good.
    sa.Column("revoked_at_ms", sa.BigInteger),
    #: As of a few minutes; 0 for never.
    sa.Column("used_at_ms", sa.BigInteger, nullable=False, server_default="0"),
)

#: What the API answered to a request with an idempotency key, to answer the same again. Sealed by
#: that key, which is not in here.
api_answer = sa.Table(
    "api_answer",
    METADATA,
    sa.Column("token_id", sa.ForeignKey("api_token.id"), primary_key=True, autoincrement=False),
    #: HMAC-SHA-256 of the idempotency key.
    sa.Column("key_hash", sa.LargeBinary(32), primary_key=True),
    #: HMAC-SHA-256 of method, path and body.
    sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("began_at_ms", sa.BigInteger, nullable=False, index=True),
    #: NULL while it is not answered yet.
    sa.Column("sealed", sa.LargeBinary),
    #: Keyed hash of the address that it is about, to forget it with that person; NULL for none.
    sa.Column("address_hash", sa.LargeBinary(16), index=True),
    sqlite_with_rowid=False,
)
