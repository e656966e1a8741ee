"""Import people from a CSV file; an account of every line, safe to stop and repeat."""

from collections.abc import Iterator
from typing import BinaryIO

from newsletter.usecases.installation import Installation
from subscribers.exchange.csv_import import ImportTerms, Line, import_csv


def import_subscribers(
    installation: Installation, file: BinaryIO, terms: ImportTerms, *, encoding: str = ""
) -> Iterator[Line]:
    """Import a file of any size in constant memory; yield each line once it is committed.

    Raises:
        ImportFileError: The file cannot be read from some line on; the lines before are taken.
    """
    return import_csv(
        file,
        terms,
        begin=installation.database.write,
        keys=installation.keys,
        now_ms=installation.now_ms,
        encoding=encoding,
    )
