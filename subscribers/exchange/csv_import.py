"""People from a file into the store: in batches, line by line accounted for, safe to repeat.

An import adds people. Whoever said no stays away: a suppressed address is refused, and a file that
tells of a lesser state than the operator asked for is believed. Whoever is known stays as he is,
but for one thing: who is here by an import only, and did nothing here since, is let go by a file
that says no. So a second file from the old service brings the unsubscriptions of the last days, and
of two rows about one address the lesser counts, however far apart they are.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import BinaryIO

import sqlalchemy as sa

from subscribers.errors import ImportFileError
from subscribers.exchange.account import ImportTerms, Line, Verdict
from subscribers.exchange.archive import open_parts
from subscribers.exchange.people import Person, Unreadable, read_people
from subscribers.exchange.recognition import AUTO, Recognition
from subscribers.exchange.shelf import Shelf, Store
from subscribers.exchange.taking import Taker
from subscribers.keyring import Keyring

#: The words of an import come from here, too: whoever calls it needs them.
__all__ = ["BATCH_ROWS", "ImportTerms", "Line", "Verdict", "cut_rows", "import_csv", "import_rows"]

#: Rows of one transaction: what a crash can take back, and what others wait for.
BATCH_ROWS = 10_000


def import_csv(
    file: BinaryIO,
    terms: ImportTerms,
    *,
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    keys: Keyring,
    now_ms: Callable[[], int],
    encoding: str = "",
    asked: str = AUTO,
    name: str = "",
    tell: Callable[[Recognition], None] = lambda _: None,
    shelf: Shelf | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Iterator[Line]:
    """Import a CSV file, or the zip file of a service; account for each row once it is committed.

    It may be stopped at any row and repeated from the beginning: what was taken is known then.

    Args:
        file: Opened for reading bytes; of any size.
        terms: The state to import people in, and the evidence for it.
        begin: Begins a transaction that writes; each takes up to 10,000 rows.
        keys: The installation's keys, for the address hashes.
        now_ms: The clock, in milliseconds since 1970, UTC.
        encoding: Of the file, when it is neither UTF-8 nor UTF-16.
        asked: Whose file it is: a name of `recognition.LAYOUTS`, or `AUTO`.
        name: The file's own name, which some services say something by.
        tell: Hears as what each file is read, before its first row.
        shelf: Where people are put; the store when it is not told.
        random_bytes: Makes that many random bytes.

    Raises:
        ImportFileError: The file cannot be read from some line on; the rows before are taken.
    """
    taker = Taker(terms, keys, shelf or Store(), random_bytes)
    for part in open_parts(file, name, asked=asked):
        people = read_people(
            part.file,
            encoding=encoding,
            asked=part.asked,
            name=part.name,
            tell=_tell_all(taker.hear, part.name_member(tell)),
        )
        yield from part.label(_import(people, taker, begin, now_ms))


def import_rows(
    people: Iterable[Person | Unreadable],
    terms: ImportTerms,
    *,
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    keys: Keyring,
    now_ms: Callable[[], int],
    shelf: Shelf | None = None,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Iterator[Line]:
    """Import the rows of a file of any size as they were read; for the rest as `import_csv`."""
    return _import(people, Taker(terms, keys, shelf or Store(), random_bytes), begin, now_ms)


def _import(
    people: Iterable[Person | Unreadable],
    taker: Taker,
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    now_ms: Callable[[], int],
) -> Iterator[Line]:
    for rows, problem in cut_rows(people):
        hashed = taker.hash(rows)
        with begin() as connection:
            lines = taker.take(connection, hashed, now_ms=now_ms())
        yield from lines
        if problem:
            raise problem


def _tell_all(*listeners: Callable[[Recognition], None]) -> Callable[[Recognition], None]:
    def tell(found: Recognition) -> None:
        for listen in listeners:
            listen(found)

    return tell


def cut_rows(
    rows: Iterable[Person | Unreadable],
) -> Iterator[tuple[list[Person | Unreadable], ImportFileError | None]]:
    """Cut rows into batches; the last one comes with the error that ended the file."""
    iterator = iter(rows)
    while True:
        batch: list[Person | Unreadable] = []
        problem = None
        try:
            batch.extend(islice(iterator, BATCH_ROWS))
        except ImportFileError as error:
            problem = error
        if batch:
            yield batch, problem
        elif problem:
            raise problem
        if len(batch) < BATCH_ROWS:
            return
