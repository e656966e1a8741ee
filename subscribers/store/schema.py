"""The tables of the subscriber store; the same on SQLite and PostgreSQL.

Times are milliseconds since 1970, UTC. An address is stored readable once, in `subscriber`, and
erased there; what must outlive it is kept under its keyed hash.
"""

from collections.abc import Mapping

import sqlalchemy as sa

METADATA = sa.MetaData()

subscriber = sa.Table(
    "subscriber",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    #: 16 random bytes: the only name of a person in links.
    sa.Column("public_id", sa.LargeBinary(16), nullable=False, unique=True),
    #: NULL once erased, like the hash.
    sa.Column("address", sa.Text),
    sa.Column("address_hash", sa.LargeBinary(16), unique=True),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    #: BCP 47; empty when the person never said.
    sa.Column("language", sa.Text, nullable=False, server_default=""),
    #: IANA name; empty when the person never said.
    sa.Column("timezone", sa.Text, nullable=False, server_default=""),
    #: A JSON object of custom fields, all strings.
    sa.Column("fields", sa.Text, nullable=False, server_default="{}"),
    sa.Column("state", sa.Text, nullable=False),
    #: Confirmed, and left out of the audience until then.
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
    # Who came and who went is counted from it alone. It begins with the day, by which no audience
    # is picked, so that no other question is tempted to use it.
    sa.Index("subscriber_growth", "confirmed_at_ms", "state", "state_changed_at_ms"),
    # A number is never given twice: the ledger knows people by it after they are gone.
    sqlite_autoincrement=True,
)

tag = sa.Table(
    "tag",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

subscriber_tag = sa.Table(
    "subscriber_tag",
    METADATA,
    # The tag comes first: an audience is selected by tag.
    sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True),
    sa.Column("subscriber_id", sa.ForeignKey("subscriber.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

#: Append-only: the triggers below refuse every change. It names a person by number only, so that
#: an erasure has nothing to do here.
consent = sa.Table(
    "consent",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("subscriber_id", sa.ForeignKey("subscriber.id"), nullable=False, index=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    #: What the person agreed to, or the operator's word for it: ``--consent-basis``.
    sa.Column("basis", sa.Text, nullable=False, server_default=""),
    #: Where it came from: a form, a file, a person: ``--source``.
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.Column("form", sa.Text, nullable=False, server_default=""),
    #: Truncated: 203.0.113.0/24.
    sa.Column("network", sa.Text, nullable=False, server_default=""),
    #: The text is in `wording`.
    sa.Column("wording_sha256", sa.Text, nullable=False, server_default=""),
    sa.Column("git_commit", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint(
        "event IN ('requested', 'confirmed', 'changed', 'withdrawn', 'imported', 'erased')",
        name="consent_event",
    ),
)

#: Every wording that anybody was ever shown; kept whole, since a hash alone proves nothing to a
#: person.
wording = sa.Table(
    "wording",
    METADATA,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

#: Tokens in messages, each good for one purpose until it expires. Kept as a hash: whoever reads the
#: database cannot use them.
token = sa.Table(
    "token",
    METADATA,
    sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("subscriber_id", sa.ForeignKey("subscriber.id"), nullable=False),
    sa.Column("expires_at_ms", sa.BigInteger, nullable=False, index=True),
    #: 0 while nobody used it.
    sa.Column("used_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: It was used to say "this was not me".
    sa.Column("is_disowned", sa.Boolean, nullable=False, server_default=sa.false()),
    #: A JSON object: what it will change, such as a new address.
    sa.Column("details", sa.Text, nullable=False, server_default="{}"),
    #: Of the new address, so that an erasure finds it.
    sa.Column("address_hash", sa.LargeBinary(16), index=True),
    # A new request takes the place of the one before.
    sa.UniqueConstraint("subscriber_id", "purpose", name="token_purpose"),
    sa.CheckConstraint(
        "purpose IN ('sign_up', 'change_address', 'preferences', 'come_back')",
        name="token_purpose_known",
    ),
)

#: An address that gets no issue whatever its state says; outlives the subscriber's row.
suppression = sa.Table(
    "suppression",
    METADATA,
    sa.Column("address_hash", sa.LargeBinary(16), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("source", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint(
        "reason IN ('hard_bounce', 'complaint', 'erased', 'manual')", name="suppression_reason"
    ),
    sqlite_with_rowid=False,
)

_REFUSE = "CREATE OR REPLACE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS"
_TRIGGER = "CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent"

#: Dialect → statements that make `consent` append-only; `create_all` runs them with the table. A
#: migration that makes the table anew (SQLite's way to alter one) has to run them again.
CONSENT_TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER consent_no_{change} BEFORE {change} ON consent"
        " BEGIN SELECT RAISE(ABORT, 'consent is append-only'); END"
        for change in ("update", "delete")
    ),
    "postgresql": (
        f"{_REFUSE} $$ BEGIN RAISE EXCEPTION 'consent is append-only'; END $$",
        f"{_TRIGGER} FOR EACH STATEMENT EXECUTE FUNCTION refuse_consent_change()",
    ),
}


@sa.event.listens_for(consent, "after_create")
def _make_consent_append_only(
    _table: sa.Table, connection: sa.Connection, **_options: object
) -> None:
    for statement in CONSENT_TRIGGERS[connection.dialect.name]:
        connection.execute(sa.text(statement))
