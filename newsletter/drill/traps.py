"""Traps: the process that sets one kills itself with -9 the n-th time it comes to a point.

They watch the program from outside: SQLAlchemy's own events tell of statements and commits, and
the two ends of a connection to the next hop are looked at as they are called. The product knows
nothing of them, and a name of it that is gone ends the victim with an error, not without a trap.
"""

import os
import re
import signal
import threading
from collections.abc import Callable, Sized
from functools import wraps
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from newsletter.drill.points import Point
from newsletter.sending.ledger import deliveries, plan
from newsletter.sending.transports.smtp.wire import Wire

#: Under this name a connection remembers that its transaction wrote what a trap waits for.
_WROTE = "drill: wrote"
_CHANGES = re.compile(r"\s*(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_FINAL_DOT = b".\r\n"


class Trap:
    """Counts down, and kills this process."""

    def __init__(self, countdown: int) -> None:
        self._left = countdown

    def step(self) -> bool:
        """Count one more time; tell whether it is the one."""
        self._left -= 1
        return self._left == 0

    def spring(self) -> None:
        """Count one more time, and if it is the one, end here."""
        if self.step():
            kill_this_process()


def kill_this_process() -> NoReturn:
    """End as by `kill -9`: nothing is finished, flushed or told."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")


def set_trap(point: Point, countdown: int) -> None:
    """Let this process be killed when it comes to a point for the n-th time."""
    _TRAPS[point](Trap(countdown))


def _watch_writes(owner: Any, name: str) -> None:
    """Note on a connection that this function wrote something in its transaction."""
    write = getattr(owner, name)

    @wraps(write)
    def noted(connection: sa.Connection, issue_id: int, what: object, **values: Any) -> Any:
        done = write(connection, issue_id, what, **values)
        if not isinstance(what, Sized) or len(what):
            connection.info[_WROTE] = True
        return done

    setattr(owner, name, noted)


def _watch_changes() -> None:
    """Note on a connection that any statement changed something in its transaction."""

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def note(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if _CHANGES.match(statement):
            connection.info[_WROTE] = True


def _before_commit(trap: Trap) -> None:
    @sa.event.listens_for(sa.Engine, "commit")
    def about_to_commit(connection: sa.Connection) -> None:
        if connection.info.pop(_WROTE, False):
            trap.spring()


def _after_commit(trap: Trap) -> None:
    commit: Callable[[DefaultDialect, Any], None] = DefaultDialect.do_commit
    here = threading.local()

    @sa.event.listens_for(sa.Engine, "rollback")
    def taken_back(connection: sa.Connection) -> None:
        connection.info.pop(_WROTE, None)

    @sa.event.listens_for(sa.Engine, "commit")
    def about_to_commit(connection: sa.Connection) -> None:
        here.is_awaited = connection.info.pop(_WROTE, False)

    def watched(dialect: DefaultDialect, connection: Any) -> None:
        commit(dialect, connection)
        if here.is_awaited:
            trap.spring()

    setattr(DefaultDialect, "do_commit", watched)  # noqa: B010 - as below


def _at_commit_of(owner: Any, name: str, when: Callable[[Trap], None]) -> Callable[[Trap], None]:
    def set_it(trap: Trap) -> None:
        _watch_writes(owner, name)
        when(trap)

    return set_it


def _at_commit_of_changes(when: Callable[[Trap], None]) -> Callable[[Trap], None]:
    def set_it(trap: Trap) -> None:
        _watch_changes()
        when(trap)

    return set_it


def _between_changes(trap: Trap) -> None:
    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def changed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if _CHANGES.match(statement):
            trap.spring()


def _in_mid_message(trap: Trap) -> None:
    def leave(wire: Wire, parts: tuple[bytes, ...]) -> None:
        content = b"".join(parts[: parts.index(_FINAL_DOT)])
        _push_out(wire, content[: len(content) // 2])

    _watch_final_dots(trap, leave)


def _after_final_dot(trap: Trap) -> None:
    _watch_final_dots(trap, lambda wire, parts: _push_out(wire, b"".join(parts)))


def _watch_final_dots(trap: Trap, leave: Callable[[Wire, tuple[bytes, ...]], None]) -> None:
    """Before the write that would end a message: let so much of it leave, and end here."""
    write = Wire.write

    def watched(wire: Wire, *parts: bytes) -> None:
        if _ends_message(parts) and trap.step():
            leave(wire, parts)
            kill_this_process()
        write(wire, *parts)

    setattr(Wire, "write", watched)  # noqa: B010 - mypy knows that a method is no variable


def _before_reply_is_read(trap: Trap) -> None:
    """When bytes come to a connection whose last write ended a message."""
    write, receive = Wire.write, Wire.data_received
    waiting: set[Wire] = set()

    def watched(wire: Wire, *parts: bytes) -> None:
        write(wire, *parts)
        if _ends_message(parts):
            waiting.add(wire)

    def received(wire: Wire, data: bytes) -> None:
        if wire in waiting:
            waiting.remove(wire)
            trap.spring()
        receive(wire, data)

    setattr(Wire, "write", watched)  # noqa: B010 - as above
    setattr(Wire, "data_received", received)  # noqa: B010 - as above


def _ends_message(parts: tuple[bytes, ...]) -> bool:
    # A dot alone ends what nobody was named for.
    return len(parts) > 1 and _FINAL_DOT in parts


def _push_out(wire: Wire, octets: bytes) -> None:
    """Hand bytes to the system at once, past what the event loop would keep."""
    descriptor = wire.transport.get_extra_info("socket").fileno()
    os.set_blocking(descriptor, True)
    while octets:
        octets = octets[os.write(descriptor, octets) :]


_TRAPS: dict[Point, Callable[[Trap], None]] = {
    Point.PLANNED: _at_commit_of(plan, "plan_deliveries", _before_commit),
    Point.PLAN_COMMITTED: _at_commit_of(plan, "plan_deliveries", _after_commit),
    Point.INTENDED: _at_commit_of(deliveries, "record_intents", _before_commit),
    Point.INTENT_COMMITTED: _at_commit_of(deliveries, "record_intents", _after_commit),
    Point.SETTLED: _at_commit_of(deliveries, "record_outcomes", _before_commit),
    Point.OUTCOME_COMMITTED: _at_commit_of(deliveries, "record_outcomes", _after_commit),
    Point.BEGUN: _at_commit_of(plan, "plan_deliveries", _before_commit),
    Point.BEGINNING_COMMITTED: _at_commit_of(plan, "plan_deliveries", _after_commit),
    Point.SERVED: _at_commit_of(deliveries, "record_intents", _after_commit),
    Point.HALF_SENT: _in_mid_message,
    Point.DOT_SENT: _after_final_dot,
    Point.REPLY_UNREAD: _before_reply_is_read,
    Point.MIGRATING: _between_changes,
    Point.MIGRATED: _at_commit_of_changes(_before_commit),
    Point.MIGRATION_COMMITTED: _at_commit_of_changes(_after_commit),
}
