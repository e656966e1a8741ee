"""One owner at a time: leases on SQLite and on PostgreSQL alike."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.lease import Lease, LeaseHeldError
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import lease as lease_table

NAME = lease.name_for_issue(30)
HERE = Process.current()
ELSEWHERE = Process("another-host:boot:pid:[1]", 7, "5")


@pytest.fixture
def sender() -> Iterator[subprocess.Popen[str]]:
    """Yield another process, which tells who it is and then waits."""
    program = (
        "from newsletter.sending.ledger.process import Process; import time;"
        "print(Process.current(), flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def read_process(sender: subprocess.Popen[str]) -> Process:
    """Read who a process says it is."""
    assert sender.stdout is not None
    return Process.parse(sender.stdout.readline().strip())


def let_end(connection: sa.Connection) -> None:
    """Put the end of every lease into the past, as time would."""
    connection.execute(sa.update(lease_table).values(until_ms=1))


def find_end(connection: sa.Connection) -> int:
    """Find when the lease ends, by the database's clock."""
    found: int = connection.execute(sa.select(lease_table.c.until_ms)).scalar_one()
    return found


def test_a_free_lease_is_taken(connection: sa.Connection) -> None:
    """Whoever asks who holds it is told."""
    held = lease.acquire(connection, NAME, HERE)

    assert held == Lease(NAME, 1, HERE)
    assert lease.find_holder(connection, NAME) == HERE


def test_a_lease_nobody_asked_for_has_no_holder(connection: sa.Connection) -> None:
    """An issue that was never sent, for one."""
    assert lease.find_holder(connection, NAME) is None


def test_a_living_owner_keeps_it(connection: sa.Connection) -> None:
    """Two sends of an issue at once would be two of each message."""
    lease.acquire(connection, NAME, HERE)

    with pytest.raises(LeaseHeldError, match=f"process {os.getpid()} on"):
        lease.acquire(connection, NAME, HERE)


def test_an_owner_on_another_machine_keeps_it_until_its_end(connection: sa.Connection) -> None:
    """Whether he lives cannot be seen from here; his end is at most 30 s away."""
    lease.acquire(connection, NAME, ELSEWHERE)

    with pytest.raises(LeaseHeldError, match=r"on another-host .* ends in (29|30) s"):
        lease.acquire(connection, NAME, HERE)
    let_end(connection)
    taken = lease.acquire(connection, NAME, HERE)

    assert taken.epoch == 2


def test_a_killed_owner_loses_it_at_once(
    connection: sa.Connection, sender: subprocess.Popen[str]
) -> None:
    """Also before its parent has noticed: nobody should wait 30 s after kill -9."""
    owner = read_process(sender)
    first = lease.acquire(connection, NAME, owner)
    with pytest.raises(LeaseHeldError):
        lease.acquire(connection, NAME, HERE)

    sender.kill()
    os.waitid(os.P_PID, sender.pid, os.WEXITED | os.WNOWAIT)

    assert lease.find_holder(connection, NAME) is None
    assert lease.acquire(connection, NAME, HERE).epoch == first.epoch + 1


def test_a_frozen_owner_keeps_it_until_its_end_and_then_is_fenced_off(
    connection: sa.Connection, sender: subprocess.Popen[str]
) -> None:
    """He may be woken at any moment, and then must find that he can begin nothing more."""
    frozen = lease.acquire(connection, NAME, read_process(sender))
    sender.send_signal(signal.SIGSTOP)

    with pytest.raises(LeaseHeldError):
        lease.acquire(connection, NAME, HERE)
    let_end(connection)
    taken = lease.acquire(connection, NAME, HERE)

    assert not lease.extend(connection, frozen)
    lease.release(connection, frozen)
    assert lease.find_holder(connection, NAME) == HERE
    assert lease.extend(connection, taken)


def test_a_number_given_to_a_later_process_is_not_taken_for_the_owner(
    connection: sa.Connection,
) -> None:
    """Numbers come round again; the time of the start tells processes apart."""
    lease.acquire(connection, NAME, Process(HERE.machine, HERE.number, "1"))

    assert lease.acquire(connection, NAME, HERE).epoch == 2


def test_extending_moves_the_end(connection: sa.Connection) -> None:
    """Each commit of an owner does so."""
    held = lease.acquire(connection, NAME, HERE)
    let_end(connection)

    assert lease.extend(connection, held)

    assert lease.find_holder(connection, NAME) == HERE
    assert find_end(connection) > 1


def test_a_lease_given_back_is_free_at_once_and_its_epoch_stays(
    connection: sa.Connection,
) -> None:
    """A fence that went down again would let an old owner through."""
    first = lease.acquire(connection, NAME, ELSEWHERE)
    lease.release(connection, first)

    holder = lease.find_holder(connection, NAME)
    second = lease.acquire(connection, NAME, HERE)

    assert holder is None
    assert (first.epoch, second.epoch) == (1, 2)


def test_leases_of_other_names_are_free(connection: sa.Connection) -> None:
    """Two issues may be sent at once."""
    lease.acquire(connection, NAME, ELSEWHERE)

    assert lease.acquire(connection, lease.name_for_issue(31), HERE).epoch == 1


def test_of_two_who_ask_at_once_one_gets_it(database: Database) -> None:
    """Also the first time, when there is no row yet."""
    together = Barrier(2)

    def ask() -> int:
        together.wait(timeout=5)
        with database.write() as connection:
            return lease.acquire(connection, NAME, HERE).epoch

    with ThreadPoolExecutor() as threads:
        answers = [threads.submit(ask), threads.submit(ask)]
        errors = [answer.exception(timeout=10) for answer in answers]

    assert sorted(type(error).__name__ for error in errors) == ["LeaseHeldError", "NoneType"]


def test_a_process_is_read_as_it_was_written() -> None:
    """The ledger keeps it as text."""
    assert Process.parse(str(HERE)) == HERE
    assert HERE.host == os.uname().nodename
    assert not HERE.is_dead
