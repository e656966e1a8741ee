"""Import people from CSV or JSON; an account of every line, safe to stop and repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import sqlalchemy as sa

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.exchange.csv_import import ImportTerms, Line, import_rows
from subscribers.exchange.json_people import read_json_people
from subscribers.exchange.people import read_people
from subscribers.exchange.people_format import PeopleFormat


def import_subscribers(
    installation: Installation,
    file: BinaryIO,
    terms: ImportTerms,
    *,
    encoding: str = "",
    file_format: PeopleFormat = PeopleFormat.CSV,
) -> Iterator[Line]:
    """Import a file of any size in constant memory; yield each line once it is committed.

    Args:
        installation: Who takes the people in.
        file: Opened for reading bytes.
        terms: The state to import people in, and the evidence for it.
        encoding: Of a CSV file, when it is neither UTF-8 nor UTF-16.
        file_format: What the file is.

    Raises:
        ImportFileError: The file cannot be read from some line on; the lines before are taken.
    """
    is_recorded = False

    @contextmanager
    def begin() -> Iterator[sa.Connection]:
        nonlocal is_recorded
        with installation.database.write() as connection:
            if not is_recorded:
                installation.record_action(
                    connection, ActionKind.IMPORT, details=f"people, as {terms.state}"
                )
            yield connection
        is_recorded = True

    people = (
        read_people(file, encoding=encoding)
        if file_format is PeopleFormat.CSV
        else read_json_people(file, is_lines=file_format is PeopleFormat.JSONL)
    )
    return import_rows(
        people, terms, begin=begin, keys=installation.keys, now_ms=installation.now_ms
    )
