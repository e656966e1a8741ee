"""Marks: how far the database has come, to be held against what is kept outside it.

Whoever sends raises a number here and then writes it into a file of his machine. A database whose
number is behind that of a file was restored from a backup: messages have left since that it does
not know of.
"""

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import delivery, installation, issue, mark
from newsletter.sending.ledger.status import DeliveryStatus, IssueState

#: What `newsletter status` shows of an issue that was not ended then.
_REASON = "{what}, and nobody knows who got this issue since: all that remained is in doubt"
_RESTORED = "the database was restored from a backup"
_ENDED = (IssueState.SENT, IssueState.CANCELLED)
_REMAINING = (DeliveryStatus.PLANNED, DeliveryStatus.IN_FLIGHT, DeliveryStatus.DEFERRED)


def get_first_use(connection: sa.Connection) -> int:
    """Get when this database was first used, in milliseconds: no other database has the same."""
    found: int = connection.execute(sa.select(installation.c.created_at_ms)).scalar_one()
    return found


def find_number(connection: sa.Connection, mark_id: str) -> int:
    """Find how far the database was when a machine's mark was last raised; 0 for never."""
    statement = sa.select(mark.c.number).where(mark.c.id == mark_id)
    return connection.execute(statement).scalar_one_or_none() or 0


def raise_number(connection: sa.Connection, mark_id: str, *, least: int) -> int:
    """Raise a machine's mark by one, and to a number at the least; return what it is now."""
    number = max(find_number(connection, mark_id) + 1, least)
    statement = insert_into(connection, mark).values(id=mark_id, number=number)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[mark.c.id], set_={"number": number})
    )
    return number


def note_restored(connection: sa.Connection, *, now_ms: int, what: str = _RESTORED) -> None:
    """Pause every issue that has not ended; whoever was to get one may have got it already.

    Args:
        connection: A transaction of the caller's.
        now_ms: Milliseconds since 1970, UTC.
        what: What happened to the database, for the operator.
    """
    unended = sa.select(issue.c.id).where(issue.c.state.not_in(_ENDED))
    connection.execute(
        sa.update(delivery)
        .where(delivery.c.issue_id.in_(unended), delivery.c.status.in_(_REMAINING))
        .values(
            status=DeliveryStatus.IN_DOUBT,
            settled_at_ms=now_ms,
            reply=what,
        )
    )
    connection.execute(
        sa.update(issue)
        .where(issue.c.state.not_in(_ENDED))
        .values(state=IssueState.PAUSED, pause_reason=_REASON.format(what=what))
    )
    connection.execute(sa.update(installation).values(restored_at_ms=now_ms))


def find_restored(connection: sa.Connection) -> int | None:
    """Find when it was noticed that the database was restored; None when that is settled."""
    found: int | None = connection.execute(
        sa.select(installation.c.restored_at_ms)
    ).scalar_one_or_none()
    return found


def accept_restored(connection: sa.Connection) -> bool:
    """Let messages leave again; tell whether anything stood against it."""
    statement = sa.update(installation).where(installation.c.restored_at_ms.is_not(None))
    return connection.execute(statement.values(restored_at_ms=None)).rowcount == 1
