"""What an issue came to: why deliveries failed or wait, which were late, and its sums at the end.

The sums of an ended issue are kept, because nothing of it can change: nothing remains, nothing is
in doubt, and no run began since. They name nobody; who was meant is looked up, so that an erasure
needs to do nothing here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import delivery, issue, issue_summary, lease
from newsletter.sending.ledger.status import DeliveryStatus

#: Rows of a page: large enough that the statement's cost does not matter, small in memory.
_PAGE_ROWS = 5000
#: Whoever waited longer for his issue, from the first intent on, got it late.
LATE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said about one delivery that did not go well."""

    subscriber_id: int
    status: DeliveryStatus
    words: str


@dataclass(frozen=True, slots=True)
class Late:
    """A delivery that was deferred, or took longer than `LATE_MS`."""

    subscriber_id: int
    is_deferred: bool
    #: From its first intent to where it came to rest, or to its last deferral.
    took_ms: int


def count_rows(connection: sa.Connection, issue_id: int) -> int:
    """Count an issue's deliveries without looking where they stand: what the sum must come to."""
    statement = sa.select(sa.func.count()).where(delivery.c.issue_id == issue_id)
    return connection.execute(statement).scalar_one()


def list_replies(connection: sa.Connection, issue_id: int) -> Iterator[Reply]:
    """List what was said about each delivery that failed, is deferred or in doubt."""
    statement = (
        sa.select(delivery.c.subscriber_id, delivery.c.status, delivery.c.reply)
        .where(delivery.c.issue_id == issue_id)
        .where(delivery.c.status.in_(["failed", "deferred", "in_doubt"]))
        .execution_options(yield_per=_PAGE_ROWS)
    )
    for number, status, words in connection.execute(statement):
        yield Reply(number, DeliveryStatus(status), words)


def find_replies(
    connection: sa.Connection, deliveries: list[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """Find what was last said about deliveries: (issue's number, subscriber's number) → words."""
    statement = sa.select(delivery.c.issue_id, delivery.c.subscriber_id, delivery.c.reply).where(
        sa.or_(
            sa.false(),
            *(
                (delivery.c.issue_id == issue_id) & (delivery.c.subscriber_id == number)
                for issue_id, number in deliveries
            ),
        )
    )
    return {(row.issue_id, row.subscriber_id): row.reply for row in connection.execute(statement)}


def list_late(connection: sa.Connection, issue_id: int) -> Iterator[list[Late]]:
    """List the deliveries that were late, a page at a time, by subscriber's number."""
    took_ms = delivery.c.settled_at_ms - delivery.c.first_intent_at_ms
    is_deferred = delivery.c.status == DeliveryStatus.DEFERRED
    statement = (
        sa.select(delivery.c.subscriber_id, is_deferred, took_ms)
        .where(delivery.c.issue_id == issue_id)
        .where(delivery.c.subscriber_id > sa.bindparam("after"))
        .where(delivery.c.first_intent_at_ms > 0, delivery.c.status.in_(["sent", "deferred"]))
        .where(sa.or_(is_deferred, took_ms > LATE_MS))
        .order_by(delivery.c.subscriber_id)
        .limit(_PAGE_ROWS)
    )
    after = 0
    while rows := connection.execute(statement, {"after": after}).all():
        yield [Late(number, bool(deferred), max(took, 0)) for number, deferred, took in rows]
        after = rows[-1].subscriber_id


def record_summary(connection: sa.Connection, issue_id: int, *, epoch: int, summary: str) -> None:
    """Keep what an ended issue came to, in place of what an earlier run left.

    Args:
        connection: A transaction that writes.
        issue_id: The issue's number.
        epoch: Of the run's lease: the summary holds until there is a later one.
        summary: A JSON object.
    """
    insert = insert_into(connection, issue_summary).values(
        issue_id=issue_id, epoch=epoch, summary=summary
    )
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[issue_summary.c.issue_id],
            set_={"epoch": epoch, "summary": summary},
        )
    )


def find_summaries(connection: sa.Connection, issue_ids: list[int]) -> dict[int, str]:
    """Find what ended issues came to, by their numbers; only what still holds."""
    name = sa.literal("issue:") + sa.cast(issue_summary.c.issue_id, sa.Text)
    statement = (
        sa.select(issue_summary.c.issue_id, issue_summary.c.summary)
        .join(lease, (lease.c.name == name) & (lease.c.epoch == issue_summary.c.epoch))
        .join(issue, issue.c.id == issue_summary.c.issue_id)
        .where(issue_summary.c.issue_id.in_(issue_ids), issue.c.state.in_(["sent", "cancelled"]))
    )
    return dict(connection.execute(statement).all())
