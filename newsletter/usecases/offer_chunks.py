"""Offer the chunks of issues to workers: when an issue is planned, and when one is left over."""

import sqlalchemy as sa

from newsletter.sending.ledger import chunks, lease, plan, schedule, silence
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.installation import Installation
from newsletter.usecases.run_chunk import finish_cut

#: Of one issue in one round: more are waiting for workers anyway.
_MOST = 32


def offer_issue(installation: Installation, connection: sa.Connection, issue_id: int) -> None:
    """Cut an issue and offer its chunks, in the transaction that plans it or goes on with it."""
    numbers = chunks.cut_issue(connection, issue_id)
    if installation.queue is not None:
        installation.queue.offer(connection, issue_id, numbers)


def offer_left(installation: Installation) -> int:
    """Offer what has something due and what nobody sends; return how many chunks that were.

    Whoever was frozen with a lock in hand loses it first. So what a dead worker had finds another
    one, what was deferred or paused goes on when it is due, and a job that was lost is made good.
    Several may do it at the same time.
    """
    with installation.database.read() as connection:
        silence.end_silent(connection)
        issues = [
            each
            for each in plan.list_issues(connection)
            if each.state is IssueState.SENDING and chunks.is_cut(connection, each.id)
        ]
    return sum(_offer_left_of(installation, each) for each in issues)


def _offer_left_of(installation: Installation, planned: PlannedIssue) -> int:
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        if not chunks.has_open(connection, planned.id):
            left = None
        else:
            scheduled = schedule.find_schedule(connection, planned.id)
            # Until another day of a warm-up, for one.
            rests = scheduled is not None and scheduled.due_at_ms > now_ms
            left = [] if rests else _list_left(connection, planned.id, now_ms)
    if left is None:
        finish_cut(installation, planned.id)
        return 0
    if left and installation.queue is not None:
        with installation.database.write() as connection:
            installation.queue.offer(connection, planned.id, [each.number for each in left])
    return len(left)


def _list_left(connection: sa.Connection, issue_id: int, now_ms: int) -> list[Chunk]:
    left: list[Chunk] = []
    for each in chunks.list_chunks(connection, issue_id):
        is_held = lease.find_holder(connection, each.lease_name) is not None
        if not is_held and chunks.has_due(connection, each, now_ms=now_ms):
            left.append(each)
        if len(left) == _MOST:
            break
    return left
