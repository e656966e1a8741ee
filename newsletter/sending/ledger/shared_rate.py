"""One rate for all workers of an issue: each takes from the same row what it is about to send.

What nobody took of the last half second may still be taken, and no more of what was before.
"""

import sqlalchemy as sa

from newsletter.database import insert_into, now_ms
from newsletter.sending.ledger.schema import issue_rate
from newsletter.sending.rate import CATCH_UP_SECONDS

_MICROSECONDS = 1_000_000


def take(connection: sa.Connection, issue_id: int, *, per_second: float, most: int) -> int:
    """Take messages that may leave now; return how many.

    Args:
        connection: In a transaction of its own: until it ends the other workers wait.
        issue_id: The issue's number.
        per_second: Of all workers together.
        most: As many as can leave now.
    """
    if connection.dialect.name != "sqlite":
        # A crash may forget that some were taken: the rate is no promise to a reader, and so it
        # need not wait for the disk.
        connection.execute(sa.text("SET LOCAL synchronous_commit TO off"))
    now_us = connection.execute(sa.select(now_ms(connection.dialect.name))).scalar_one() * 1000
    connection.execute(
        insert_into(connection, issue_rate)
        .values(issue_id=issue_id, taken_until_us=now_us)
        .on_conflict_do_nothing()
    )
    of_issue = issue_rate.c.issue_id == issue_id
    until_us = connection.execute(
        sa.select(issue_rate.c.taken_until_us).where(of_issue).with_for_update()
    ).scalar_one()
    begin_us = max(until_us, now_us - int(CATCH_UP_SECONDS * _MICROSECONDS))
    taken = min(most, int((now_us - begin_us) * per_second / _MICROSECONDS))
    if taken <= 0:
        return 0
    end_us = begin_us + round(taken * _MICROSECONDS / per_second)
    connection.execute(sa.update(issue_rate).where(of_issue).values(taken_until_us=end_us))
    return taken
