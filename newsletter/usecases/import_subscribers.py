"""Import people from any service's file, or JSON; an account of every line, safe to repeat."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, TypeAlias

import sqlalchemy as sa

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.exchange.csv_import import ImportTerms, Line, import_csv, import_rows
from subscribers.exchange.json_people import read_json_people
from subscribers.exchange.people_format import PeopleFormat
from subscribers.exchange.recognition import AUTO, Recognition
from subscribers.exchange.shelf import Rehearsal, Shelf, Store

_CACHE_KIB = 32 * 1024
#: What begins a transaction for each batch, and where its people are put.
_Place: TypeAlias = tuple[Callable[[], AbstractContextManager[sa.Connection]], Shelf]


def import_subscribers(
    installation: Installation,
    file: BinaryIO,
    terms: ImportTerms,
    *,
    encoding: str = "",
    file_format: PeopleFormat = PeopleFormat.CSV,
    asked: str = AUTO,
    name: str = "",
    tell: Callable[[Recognition], None] = lambda _: None,
    is_rehearsal: bool = False,
) -> Iterator[Line]:
    """Import a file of any size in constant memory; yield each line once it is committed.

    Args:
        installation: Where to.
        file: Opened for reading bytes.
        terms: What the operator says of everyone in it.
        encoding: Of a CSV file, when it is neither UTF-8 nor UTF-16.
        file_format: What the file is; the following three are about CSV only.
        asked: Whose file it is: a name of `recognition.LAYOUTS`, or `AUTO`.
        name: The file's own name, which some services say something by.
        tell: Hears as what each file is read.
        is_rehearsal: Give the same account, and change nothing. Others may write meanwhile: it
            reads the store as it was at the beginning.

    Raises:
        ImportFileError: The file cannot be read from some line on; the lines before are taken.
    """
    place = _rehearse(installation) if is_rehearsal else _store(installation, terms)
    keys, now_ms = installation.keys, installation.now_ms
    with place as (begin, shelf):
        if file_format is not PeopleFormat.CSV:
            people = read_json_people(file, is_lines=file_format is PeopleFormat.JSONL)
            yield from import_rows(
                people, terms, begin=begin, keys=keys, now_ms=now_ms, shelf=shelf
            )
            return
        yield from import_csv(
            file,
            terms,
            begin=begin,
            keys=keys,
            now_ms=now_ms,
            encoding=encoding,
            asked=asked,
            name=name,
            tell=tell,
            shelf=shelf,
        )


@contextmanager
def _store(installation: Installation, terms: ImportTerms) -> Iterator[_Place]:
    """Write to the store, a transaction for each batch; the first records the action."""
    is_recorded = False

    @contextmanager
    def begin() -> Iterator[sa.Connection]:
        nonlocal is_recorded
        with installation.database.write() as connection:
            if not is_recorded:
                if installation.database.is_sqlite:
                    # Hashes come in no order: in a small cache, every row would read pages anew.
                    connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
                installation.record_action(
                    connection, ActionKind.IMPORT, details=f"people, as {terms.state}"
                )
            yield connection
        is_recorded = True

    yield begin, Store()


@contextmanager
def _rehearse(installation: Installation) -> Iterator[_Place]:
    """Read the store in one transaction, and keep the rest beside it."""
    with installation.database.read() as connection:
        shelf = Rehearsal(connection)

        @contextmanager
        def begin() -> Iterator[sa.Connection]:
            yield connection

        try:
            yield begin, shelf
        finally:
            shelf.end(connection)
