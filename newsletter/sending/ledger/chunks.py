"""Chunks: the pieces of an issue that several workers share, each with a lease of its own.

An issue that has one sender is one chunk, number 0, of which no row tells. All epochs of an issue
are drawn from one place, so that each names one run, whichever chunk it had.
"""

from dataclasses import dataclass
from itertools import pairwise

import sqlalchemy as sa

from newsletter.errors import TemporaryError
from newsletter.sending.ledger import attempts, deliveries, lease
from newsletter.sending.ledger.deliveries import EVERYONE, Span, are_within
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import chunk, delivery
from newsletter.sending.ledger.schema import lease as leases
from newsletter.sending.ledger.status import DeliveryStatus

#: So many pieces an issue is cut into, unless they would be smaller or larger than makes sense: to
#: begin one takes as long as a hundred messages.
_PIECES = 32
_LEAST = 500
_MOST = 5_000

_REMAINING = (DeliveryStatus.PLANNED, DeliveryStatus.IN_FLIGHT, DeliveryStatus.DEFERRED)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an issue."""

    issue_id: int
    #: 0 for the whole issue.
    number: int = 0
    span: Span = EVERYONE
    #: Its deliveries when it was cut; 0 for the whole issue.
    size: int = 0

    @property
    def lease_name(self) -> str:
        """The name of the lease that its one sender holds."""
        name = lease.name_for_issue(self.issue_id)
        return f"{name}/{self.number}" if self.number else name


def cut_issue(connection: sa.Connection, issue_id: int) -> list[int]:
    """Cut an issue into chunks, anew if it was cut before; return their numbers.

    Only whoever `take_issue` let in, or who just planned it, may.
    """
    count = sa.select(sa.func.count()).where(delivery.c.issue_id == issue_id)
    total = connection.execute(count).scalar_one()
    size = max(_LEAST, min(_MOST, -(-total // _PIECES)))
    place = sa.func.row_number().over(order_by=delivery.c.subscriber_id).label("place")
    numbered = (
        sa.select(delivery.c.subscriber_id, place).where(delivery.c.issue_id == issue_id).subquery()
    )
    ends = list(
        connection.execute(
            sa.select(numbered.c.subscriber_id)
            .where(numbered.c.place % size == 0, numbered.c.place < total)
            .order_by(numbered.c.place)
        ).scalars()
    )
    connection.execute(sa.delete(chunk).where(chunk.c.issue_id == issue_id))
    bounds = [EVERYONE.after_id, *ends, EVERYONE.until_id]
    rows = [
        {
            "issue_id": issue_id,
            "number": number,
            "after_id": after_id,
            "until_id": until_id,
            "size": min(size, total - (number - 1) * size),
        }
        for number, (after_id, until_id) in enumerate(pairwise(bounds), 1)
    ]
    connection.execute(sa.insert(chunk), rows)
    return list(range(1, len(rows) + 1))


def list_chunks(connection: sa.Connection, issue_id: int) -> list[Chunk]:
    """List the chunks of an issue of which something may remain; the whole if it was not cut."""
    if not is_cut(connection, issue_id):
        return [Chunk(issue_id)]
    statement = (
        sa.select(chunk)
        .where(chunk.c.issue_id == issue_id, ~chunk.c.is_done)
        .order_by(chunk.c.number)
    )
    return [_chunk(row) for row in connection.execute(statement)]


def find_chunk(connection: sa.Connection, issue_id: int, number: int) -> Chunk | None:
    """Find a chunk that was cut; None when there is none of that number, or nothing is left."""
    statement = sa.select(chunk).where(
        chunk.c.issue_id == issue_id, chunk.c.number == number, ~chunk.c.is_done
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _chunk(row)


def is_cut(connection: sa.Connection, issue_id: int) -> bool:
    """Tell whether an issue was cut into chunks."""
    statement = sa.select(sa.exists().where(chunk.c.issue_id == issue_id))
    return bool(connection.execute(statement).scalar_one())


def has_open(connection: sa.Connection, issue_id: int) -> bool:
    """Tell whether something may remain of a chunk of an issue."""
    found = sa.exists().where(chunk.c.issue_id == issue_id, ~chunk.c.is_done)
    return bool(connection.execute(sa.select(found)).scalar_one())


def count_done(connection: sa.Connection, issue_id: int) -> int:
    """Count the deliveries in the chunks of which nothing remains."""
    size = sa.func.coalesce(sa.func.sum(chunk.c.size), 0)
    statement = sa.select(size).where(chunk.c.issue_id == issue_id, chunk.c.is_done)
    return int(connection.execute(statement).scalar_one())


def has_due(connection: sa.Connection, each: Chunk, *, now_ms: int) -> bool:
    """Tell whether something of a chunk may be begun now, or was left open by its last sender."""
    return bool(
        deliveries.list_due(
            connection,
            each.issue_id,
            after_id=each.span.after_id,
            until_id=each.span.until_id,
            limit=1,
            now_ms=now_ms,
        )
    ) or _has(connection, each, [DeliveryStatus.IN_FLIGHT])


def has_remaining(connection: sa.Connection, each: Chunk) -> bool:
    """Tell whether a further run of a chunk would have something to work on, now or later."""
    return _has(connection, each, list(_REMAINING))


def take_chunk(connection: sa.Connection, each: Chunk, owner: Process, *, now_ms: int) -> Lease:
    """Become the one sender of a chunk; what an earlier one left open is in doubt from now on.

    Raises:
        LeaseHeldError: Another process sends it.
        TemporaryError: The issue was cut anew since.
    """
    if each.number:
        epoch = lease.draw_epoch(connection, lease.name_for_issue(each.issue_id))
        held = lease.acquire(connection, each.lease_name, owner, epoch=epoch)
        is_there = find_chunk(connection, each.issue_id, each.number) == each
    else:
        held = lease.acquire(connection, each.lease_name, owner)
        is_there = not is_cut(connection, each.issue_id)
    if not is_there:
        raise TemporaryError("another process has just cut the issue anew, or ended it; try again")
    attempts.disown_intents(
        connection, each.issue_id, within=each.span, epoch=held.epoch, now_ms=now_ms
    )
    return held


def take_issue(connection: sa.Connection, issue_id: int, owner: Process, *, now_ms: int) -> Lease:
    """Become the one sender of a whole issue, whether it was cut or not.

    What earlier ones left open is in doubt, and none of them may begin anything more.

    Raises:
        LeaseHeldError: Another process sends it, or a chunk of it.
    """
    held = lease.acquire(connection, lease.name_for_issue(issue_id), owner)
    names = leases.c.name.startswith(f"{held.name}/", autoescape=True)
    for name in connection.execute(sa.select(leases.c.name).where(names)).scalars().all():
        lease.release(connection, lease.acquire(connection, name, owner, epoch=held.epoch))
    attempts.disown_intents(connection, issue_id, epoch=held.epoch, now_ms=now_ms)
    return held


def leave_chunk(connection: sa.Connection, each: Chunk) -> bool:
    """At a run's end: note whether nothing remains of a chunk; tell so."""
    is_done = not has_remaining(connection, each)
    connection.execute(
        sa.update(chunk)
        .where(chunk.c.issue_id == each.issue_id, chunk.c.number == each.number)
        .where(chunk.c.after_id == each.span.after_id, chunk.c.until_id == each.span.until_id)
        .values(is_done=is_done)
    )
    return is_done


def _has(connection: sa.Connection, each: Chunk, statuses: list[DeliveryStatus]) -> bool:
    found = sa.exists().where(
        *are_within(each.issue_id, each.span), delivery.c.status.in_(statuses)
    )
    return bool(connection.execute(sa.select(found)).scalar_one())


def _chunk(row: sa.Row[*tuple[object, ...]]) -> Chunk:
    values = row._asdict()
    span = Span(values["after_id"], values["until_id"])
    return Chunk(values["issue_id"], values["number"], span, values["size"])
