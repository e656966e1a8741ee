"""Databases that lose, refuse or delay what is committed, for tests of the window."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import sqlalchemy as sa

from newsletter.database import Database


class CountingDatabase(Database):
    """Counts what is committed to another one."""

    def __init__(self, other: Database) -> None:
        self._other = other
        self.commits = 0

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Commit as the other one does."""
        with self._other.write() as connection:
            yield connection
        self.commits += 1


class FailingDatabase(CountingDatabase):
    """Refuses the commits of some numbers, counted from 1."""

    def __init__(self, other: Database, error: Exception, turns: set[int]) -> None:
        super().__init__(other)
        self._error, self._turns = error, turns

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Commit, or undo everything and raise."""
        self.commits += 1
        with self._other.write() as connection:
            yield connection
            if self.commits in self._turns:
                raise self._error


class DeafDatabase(FailingDatabase):
    """Commits, and loses the answer to some of them."""

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Commit, and then maybe raise."""
        self.commits += 1
        with self._other.write() as connection:
            yield connection
        if self.commits in self._turns:
            raise self._error


def hold_for(database: Database, seconds: float) -> None:
    """Keep everybody else from writing for a while, beginning now."""
    is_held = Event()

    def hold() -> None:
        with database.write():
            is_held.set()
            time.sleep(seconds)

    Thread(target=hold).start()
    is_held.wait(timeout=5)
