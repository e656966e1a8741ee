"""Import people from a CSV file; an account of every line, safe to stop and repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import sqlalchemy as sa

from newsletter.operators.actions import ActionKind
from newsletter.usecases.installation import Installation
from subscribers.exchange.csv_import import ImportTerms, Line, import_csv


def import_subscribers(
    installation: Installation, file: BinaryIO, terms: ImportTerms, *, encoding: str = ""
) -> Iterator[Line]:
    """Import a file of any size in constant memory; yield each line once it is committed.

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

    return import_csv(
        file,
        terms,
        begin=begin,
        keys=installation.keys,
        now_ms=installation.now_ms,
        encoding=encoding,
    )
