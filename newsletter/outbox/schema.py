"""The outbox's table; the same on SQLite and PostgreSQL. Times are milliseconds since 1970, UTC."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()

#: A row begins as what somebody asked and becomes the message that answers it; or as a message.
outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # No foreign key: it may outlive the person, whom it knows by number only.
    sa.Column("subscriber_id", sa.Integer, index=True),
    #: Readable until the row has come to rest; then NULL.
    sa.Column("address", sa.Text),
    sa.Column("address_hash", sa.LargeBinary(16), index=True),
    #: BCP 47.
    sa.Column("language", sa.Text, nullable=False, server_default=""),
    #: A JSON object: what was typed in, or what the message tells; emptied at rest.
    sa.Column("details", sa.Text, nullable=False, server_default="{}"),
    #: From which the token in the message is derived.
    sa.Column("nonce", sa.LargeBinary(17)),
    sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
    #: After that nobody could use the link in it.
    sa.Column("expires_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: The Date of every attempt; 0 before the first intent.
    sa.Column("first_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: Not before this time.
    sa.Column("next_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: When it came to rest; 0 before.
    sa.Column("settled_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    #: How often it left again because nobody knew whether it had arrived.
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    #: Fence of the worker that wrote the last intent.
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    #: The next hop's words, or why nothing was sent.
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
    sa.Index("outbox_due", "status", "next_at_ms"),
    sqlite_autoincrement=True,
)

#: What a row at rest no longer holds.
FORGOTTEN: Mapping[str, Any] = {"address": None, "details": "{}", "nonce": None}
