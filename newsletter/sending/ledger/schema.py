"""The tables of the ledger; the same on SQLite and PostgreSQL.

Times are milliseconds since 1970, UTC.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

#: One row: which secret this database belongs to. A database opened with another secret would
#: forget every suppression, so it is refused.
installation = sa.Table(
    "installation",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key_fingerprint", sa.Text, nullable=False),
    sa.Column("created_at_ms", sa.BigInteger, nullable=False),
    #: When it was noticed that the database was restored from a backup; NULL once accepted.
    sa.Column("restored_at_ms", sa.BigInteger),
    sa.CheckConstraint("id = 1", name="installation_single"),
)

#: How far each machine has seen this database go; the same stands in a file there.
mark = sa.Table(
    "mark",
    METADATA,
    #: A machine's, drawn at random.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

issue = sa.Table(
    "issue",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    #: The revision that was planned; a file that differs from it is refused later.
    sa.Column("git_commit", sa.Text),
    sa.Column("is_modified", sa.Boolean, nullable=False),
    sa.Column("content_sha256", sa.Text, nullable=False),
    #: The edition that was planned: issue, templates and settings together.
    sa.Column("edition_digest", sa.Text, nullable=False),
    #: Who was planned, as a segment without names of others in it; empty for everyone.
    sa.Column("segment", sa.Text, nullable=False, server_default=""),
    #: 0 while it is scheduled and nobody is planned yet.
    sa.Column("planned_at_ms", sa.BigInteger, nullable=False),
    sa.Column("finished_at_ms", sa.BigInteger),
    #: Messages per second for this issue, 0 for no limit; NULL for what the settings say.
    sa.Column("rate_per_second", sa.Float),
    #: Why it is paused, for the operator; empty when he paused it himself.
    sa.Column("pause_reason", sa.Text, nullable=False, server_default=""),
    #: Under which the segment was saved then; empty for one that was written out.
    sa.Column("segment_name", sa.Text, nullable=False, server_default=""),
    sa.CheckConstraint(
        "state IN ('scheduled', 'sending', 'paused', 'sent', 'cancelled')", name="issue_state"
    ),
)

#: Which issues `newsletter serve` begins, or goes on with, by itself.
schedule = sa.Table(
    "schedule",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    #: When there is something to do next.
    sa.Column("due_at_ms", sa.BigInteger, nullable=False),
    #: The same time on every reader's own clock, such as 2026-12-01T08:00; empty for one moment.
    sa.Column("local_time", sa.Text, nullable=False, server_default=""),
)

#: How many deliveries had their first attempt on a day, of all issues; counted in a warm-up only.
warm_up_day = sa.Table(
    "warm_up_day",
    METADATA,
    #: In UTC, such as 2026-12-01.
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("begun", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: What was planned, as anyone may read it: without personal fields.
archived_edition = sa.Table(
    "archived_edition",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text, nullable=False),
    #: The line after the subject in an inbox.
    sa.Column("preheader", sa.Text, nullable=False),
    #: BCP 47, such as ``ko``.
    sa.Column("language", sa.Text, nullable=False),
    #: The date its author gave it, else when it was planned.
    sa.Column("published_at_ms", sa.BigInteger, nullable=False),
    #: The day its author wrote, such as 2026-01-05, where the author was; empty when none was.
    sa.Column("published_day", sa.Text, nullable=False, server_default=""),
    #: The issue's own HTML, without the theme.
    sa.Column("article", sa.Text, nullable=False),
    #: The plain-text part of the message.
    sa.Column("text", sa.Text, nullable=False),
    #: When it was planned, or when the rest was sent from a changed file.
    sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
)

#: What an issue came to, counted once when nothing of it could change any more: to count a hundred
#: thousand deliveries for each look would make the operator's page wait.
issue_summary = sa.Table(
    "issue_summary",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    #: Of the issue's lease when it was counted; a later run has another.
    sa.Column("epoch", sa.Integer, nullable=False),
    #: A JSON object; names nobody.
    sa.Column("summary", sa.Text, nullable=False),
)

delivery = sa.Table(
    "delivery",
    METADATA,
    # Two uniques prevent a second send: by person here, by address below.
    sa.Column("issue_id", sa.Integer, primary_key=True, autoincrement=False),
    # No foreign key: the ledger knows subscribers by number only and outlives them.
    sa.Column("subscriber_id", sa.Integer, primary_key=True, autoincrement=False),
    #: Keyed hash; NULL once erased.
    sa.Column("address_hash", sa.LargeBinary(16)),
    sa.Column("status", sa.Text, nullable=False, server_default="planned"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    #: Fence of the run that wrote the last intent.
    sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
    #: The Date of every attempt's message; 0 before the first intent, and when failed is planned
    #: again.
    sa.Column("first_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: When the last attempt began; 0 before the first.
    sa.Column("last_intent_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: When the status last came to rest; 0 before.
    sa.Column("settled_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: Planned or deferred: not before this time.
    sa.Column("next_at_ms", sa.BigInteger, nullable=False, server_default="0"),
    #: The next hop's words, or why it was skipped.
    sa.Column("reply", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("issue_id", "address_hash", name="delivery_address"),
    sa.CheckConstraint(
        "status IN ('planned', 'in_flight', 'deferred', 'sent', 'failed', 'in_doubt', 'skipped',"
        " 'cancelled', 'written_off')",
        name="delivery_status",
    ),
    # A partition is made for an issue that is known, and for no other (`partitions.py`).
    sa.ForeignKeyConstraint(["issue_id"], ["issue.id"]).ddl_if(dialect="sqlite"),
    sqlite_with_rowid=False,
    postgresql_partition_by="LIST (issue_id)",
)

#: The pieces of an issue that several workers share; an issue that has one sender has none.
chunk = sa.Table(
    "chunk",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True),
    #: From 1 on.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    #: Its deliveries, by subscribers' numbers: after the one, until the other. The pieces lie side
    #: by side and leave no gap.
    sa.Column("after_id", sa.Integer, nullable=False),
    sa.Column("until_id", sa.Integer, nullable=False),
    #: Its deliveries when it was cut.
    sa.Column("size", sa.Integer, nullable=False),
    #: Whether a run left nothing of it.
    sa.Column("is_done", sa.Boolean, nullable=False, server_default=sa.false()),
    sqlite_with_rowid=False,
)

#: Until when the messages that an issue's rate allows are taken; only where several workers keep
#: one rate.
issue_rate = sa.Table(
    "issue_rate",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    #: Microseconds since 1970, by the database's clock.
    sa.Column("taken_until_us", sa.BigInteger, nullable=False),
)

#: Attempts that did not end accepted. What was accepted is told by its delivery, so that a message
#: that leaves at once costs no row more.
attempt = sa.Table(
    "attempt",
    METADATA,
    sa.Column("issue_id", sa.ForeignKey("issue.id"), primary_key=True),
    sa.Column("subscriber_id", sa.Integer, primary_key=True, autoincrement=False),
    #: 1 for a delivery's first.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("began_at_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    #: The next hop's words, or ours.
    sa.Column("reply", sa.Text, nullable=False),
    sa.CheckConstraint("outcome IN ('deferred', 'rejected', 'in_doubt')", name="attempt_outcome"),
    sqlite_with_rowid=False,
)

#: What came back about deliveries, each report of a source once. It holds no address.
report = sa.Table(
    "report",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    #: The road it came by, and the same words for each copy of it.
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    #: NULL while it is about nothing we know. Without an issue it is about a person alone.
    sa.Column("issue_id", sa.ForeignKey("issue.id")),
    sa.Column("subscriber_id", sa.Integer),
    sa.Column("kind", sa.Text, nullable=False),
    #: Of a bounce, else empty.
    sa.Column("bounce_class", sa.Text, nullable=False, server_default=""),
    #: As the reporter says, but never after it was received.
    sa.Column("occurred_at_ms", sa.BigInteger, nullable=False),
    sa.Column("received_at_ms", sa.BigInteger, nullable=False),
    #: RFC 3463; empty when there is none.
    sa.Column("status_code", sa.Text, nullable=False, server_default=""),
    #: The reporter's words, without addresses; empty while it is about nothing we know.
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("source", "source_id", name="report_source"),
    sa.CheckConstraint(
        "kind IN ('processed', 'delivered', 'delayed', 'bounce', 'complaint', 'unsubscribe',"
        " 'other')",
        name="report_kind",
    ),
    sa.CheckConstraint(
        "bounce_class IN ('', 'hard', 'soft', 'block', 'auth')", name="report_bounce_class"
    ),
    # One reader's story, and what settles a delivery.
    sa.Index("report_person", "subscriber_id", "issue_id"),
    # An issue's counts are told from this alone.
    sa.Index("report_funnel", "issue_id", "kind", "bounce_class", "subscriber_id"),
)

#: Who may do a thing that only one may do at a time. A dead owner loses it, a woken one is fenced
#: off by the epoch.
lease = sa.Table(
    "lease",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    #: Which process, on which machine; empty when nobody holds it.
    sa.Column("owner", sa.Text, nullable=False),
    #: By the database's clock.
    sa.Column("until_ms", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
