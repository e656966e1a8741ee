"""The whole newsletter into one file: settings, issues, people, suppressions, ledger, actions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from newsletter import __version__
from newsletter.migrations import NEWEST_REVISION
from newsletter.operators.actions import ActionKind
from newsletter.parcel.carried import TABLES, list_files
from newsletter.parcel.manifest import Manifest, build_manifest_text
from newsletter.parcel.names import name_file, name_table
from newsletter.parcel.packing import Packer, open_packer
from newsletter.parcel.table_rows import build_heading
from newsletter.settings import KEY_FILE_NAME
from newsletter.settings.secrets import build_secret_line
from newsletter.tables.digest import encode_row
from newsletter.tables.numbers import find_last_number, gives_numbers
from newsletter.tables.rows import count_rows, read_rows
from newsletter.usecases.installation import Installation
from newsletter.usecases.iso_time import iso_time


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What a parcel holds."""

    #: Table → rows.
    rows: Mapping[str, int]
    files: int
    has_key: bool


def export_newsletter(
    installation: Installation,
    target: Path,
    *,
    with_key: bool = False,
    on_rows: Callable[[int, int], object] = lambda _done, _total: None,
) -> Exported:
    """Write a parcel in constant memory; the tables are as of one moment.

    Args:
        installation: The newsletter. It goes on as before, whatever becomes of the parcel.
        target: The file; it appears whole or not at all, for its owner only.
        with_key: Put the secret into it. Whoever has both can write links in readers' names and
            find out whether an address is suppressed.
        on_rows: Hears how many rows are written, and of how many.

    Raises:
        UserError: The file, or one of the newsletter's, cannot be written or read.
    """
    with installation.database.write() as connection:
        told = "the newsletter, with its key" if with_key else "the newsletter"
        installation.record_action(connection, ActionKind.EXPORT, details=told)
    with open_packer(target) as packer:
        files = _add_files(packer, installation.settings.folder, target.resolve())
        if with_key:
            packer.add_text(KEY_FILE_NAME, _build_key_text(installation))
        with installation.database.read() as connection:
            rows = _add_tables(packer, connection, on_rows)
            last_numbers = {
                table.name: find_last_number(connection, table)
                for table in TABLES
                if gives_numbers(table)
            }
        manifest = Manifest(
            revision=NEWEST_REVISION,
            made_by=f"newsletter-press {__version__}",
            made_at=iso_time(installation.now_ms()) or "",
            key_fingerprint=installation.keys.fingerprint,
            members=tuple(packer.members),
            last_numbers=last_numbers,
        )
        packer.add_manifest(build_manifest_text(manifest))
    return Exported(rows=rows, files=files, has_key=with_key)


def _add_files(packer: Packer, folder: Path, target: Path) -> int:
    count = 0
    for path in list_files(folder):
        if (folder / path).resolve() != target:
            with (folder / path).open("rb") as source:
                packer.add_file(name_file(path), source)
            count += 1
    return count


def _add_tables(
    packer: Packer, connection: sa.Connection, on_rows: Callable[[int, int], object]
) -> dict[str, int]:
    counts = {table.name: count_rows(connection, table) for table in TABLES}
    total, done = sum(counts.values()), 0

    def write_pages(table: sa.Table) -> Iterator[Sequence[str]]:
        nonlocal done
        for page in read_rows(connection, table):
            yield [encode_row(row) for row in page]
            done += len(page)
            on_rows(done, total)

    for table in TABLES:
        packer.add_rows(name_table(table.name), build_heading(table), write_pages(table))
    return counts


def _build_key_text(installation: Installation) -> str:
    secrets = installation.keys.secrets
    return "".join(f"{build_secret_line(number, secrets[number])}\n" for number in sorted(secrets))
