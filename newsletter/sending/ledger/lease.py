"""Leases: who may do a thing that only one may do at a time.

A lease has an owner, an end by the database's clock and an epoch that grows with every change of
owner. Each commit of an owner extends the lease and checks the epoch; an owner who was frozen and
taken over finds his epoch gone and can write no further intent.
"""

from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from newsletter.database import insert_into, now_ms
from newsletter.errors import TemporaryError
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import lease

#: A machine that died keeps what it held for this long.
LEASE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one thing, as long as `extend` says so."""

    name: str
    epoch: int
    owner: Process


class LeaseHeldError(TemporaryError):
    """Somebody else holds it; names who and for how long at the most."""


def name_for_issue(issue_id: int) -> str:
    """Name the lease of an issue's one sender."""
    return f"issue:{issue_id}"


def acquire(
    connection: sa.Connection, name: str, owner: Process, *, epoch: int | None = None
) -> Lease:
    """Take a lease that is free, ended, or held by a process that is dead.

    Args:
        connection: In a transaction that writes.
        name: Which.
        owner: For whom.
        epoch: One that `draw_epoch` gave; None for the next of this lease.

    Raises:
        LeaseHeldError: Somebody else holds it.
    """
    _make_known(connection, name)
    held = connection.execute(
        sa.select(lease, now_ms(connection.dialect.name).label("now"))
        .where(lease.c.name == name)
        .with_for_update()
    ).one()
    if held.owner and held.until_ms > held.now:
        holder = Process.parse(held.owner)
        if not holder.is_dead:
            raise LeaseHeldError(
                f"process {holder.number} on {holder.host} is sending this issue already."
                f" If that machine is gone, its right ends in"
                f" {-((held.now - held.until_ms) // 1000)} s: try again then."
            )
    taken = Lease(name, held.epoch + 1 if epoch is None else epoch, owner)
    connection.execute(
        sa.update(lease)
        .where(lease.c.name == name)
        .values(epoch=taken.epoch, owner=str(owner), until_ms=held.now + LEASE_SECONDS * 1000)
    )
    return taken


def draw_epoch(connection: sa.Connection, name: str) -> int:
    """Draw the next epoch of a lease without taking it, for leases that share its numbers.

    Until the transaction ends, nobody else draws one or takes the lease.
    """
    _make_known(connection, name)
    statement = sa.update(lease).where(lease.c.name == name).values(epoch=lease.c.epoch + 1)
    drawn: int = connection.execute(statement.returning(lease.c.epoch)).scalar_one()
    return drawn


def _make_known(connection: sa.Connection, name: str) -> None:
    connection.execute(
        insert_into(connection, lease)
        .values(name=name, epoch=0, owner="", until_ms=0)
        .on_conflict_do_nothing()
    )


def extend(connection: sa.Connection, held: Lease) -> bool:
    """Prolong a lease; False when it was taken over, and nothing more may be begun."""
    values = {"held": held.name, "fence": held.epoch}
    return connection.execute(_build_extend(connection.dialect.name), values).rowcount == 1


@cache
def _build_extend(dialect: str) -> sa.Update:
    """Build the statement once for each dialect, since every turn of a send runs it."""
    return (
        sa.update(lease)
        .where(lease.c.name == sa.bindparam("held"), lease.c.epoch == sa.bindparam("fence"))
        .values(until_ms=now_ms(dialect) + LEASE_SECONDS * 1000)
    )


def release(connection: sa.Connection, held: Lease) -> None:
    """Give a lease back, if it is still ours; the epoch stays, so that it only grows."""
    connection.execute(
        sa.update(lease)
        .where(lease.c.name == held.name, lease.c.epoch == held.epoch)
        .values(owner="", until_ms=0)
    )


def release_all(connection: sa.Connection) -> None:
    """Give every lease back: those who hold them are not here. The epochs stay."""
    connection.execute(sa.update(lease).values(owner="", until_ms=0))


def find_holder(connection: sa.Connection, name: str) -> Process | None:
    """Find who holds a lease at this moment."""
    return next(iter(_list_holders(connection, lease.c.name == name)), None)


def find_epoch(connection: sa.Connection, name: str) -> int:
    """Find the newest epoch of a lease; 0 when nobody ever took it."""
    statement = sa.select(lease.c.epoch).where(lease.c.name == name)
    return connection.execute(statement).scalar_one_or_none() or 0


def list_senders(connection: sa.Connection, issue_id: int) -> list[Process]:
    """List who sends an issue at this moment, or a chunk of it: each process once."""
    name = name_for_issue(issue_id)
    chunks = lease.c.name.startswith(f"{name}/", autoescape=True)
    return list(dict.fromkeys(_list_holders(connection, (lease.c.name == name) | chunks)))


def _list_holders(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[Process]:
    statement = (
        sa.select(lease.c.owner)
        .where(which, lease.c.owner != "")
        .where(lease.c.until_ms > now_ms(connection.dialect.name))
        .order_by(lease.c.name)
    )
    holders = [Process.parse(owner) for owner in connection.execute(statement).scalars()]
    return [each for each in holders if not each.is_dead]
