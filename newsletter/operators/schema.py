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
