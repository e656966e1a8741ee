"""Who keeps others waiting in the database and says nothing: frozen, or on a machine that is gone.

The server ends a session that is silent between two statements by itself
(`newsletter.database`), and not one that is silent in the middle of several sent together.
"""

import sqlalchemy as sa

#: Well before a lease ends; nobody who is alive is silent for so long in a transaction.
_SECONDS = 10

# Whoever copies rows is in one statement, which waits for the client again and again.
_END_SILENT = sa.text(
    "WITH blocking AS (SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock')"
    " SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity JOIN blocking USING (pid)"
    " WHERE usename = current_user AND wait_event = 'ClientRead' AND query NOT ILIKE 'copy%'"
    " AND state_change < clock_timestamp() - make_interval(secs => :seconds)"
)


def end_silent(connection: sa.Connection, *, seconds: float = _SECONDS) -> int:
    """End the sessions for which others wait and which say nothing; return how many.

    What they had not committed is undone, so nobody's message is lost by it or left twice. A file
    has no sessions.
    """
    if connection.dialect.name == "sqlite":
        return 0
    return int(connection.execute(_END_SILENT, {"seconds": seconds}).scalar_one())
