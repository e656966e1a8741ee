"""A parcel back into a newsletter: a folder and a database that appear whole, or not at all.

What arrives is as old as the parcel. The newsletter it was made of may live on, and so nothing is
sent from here before an operator says so: the same rule as for a restored backup.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import RefusedError, SettingsError, UserError
from newsletter.key_file import create_private, load_keyring, read_private
from newsletter.operators.actions import ActionKind, record_action
from newsletter.parcel.carried import TABLE_NAMES, TABLES
from newsletter.parcel.manifest import Manifest, Member
from newsletter.parcel.names import check_names, locate_file, name_table
from newsletter.parcel.table_rows import read_rows
from newsletter.parcel.unpacking import Unpacker, open_unpacker, refuse_full_disk
from newsletter.sending.ledger import installation as first_use
from newsletter.sending.ledger import lease, mark
from newsletter.settings import KEY_FILE_NAME, Settings, load_settings
from newsletter.tables.fill import continue_numbers, fill_table
from newsletter.usecases.empty_database import refuse_filled
from newsletter.whole_file import sync_folder
from subscribers.keyring import Keyring

_CAME: Final = "the newsletter came in a parcel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Watcher:
    """Hears how far an import is; each call tells how much was added."""

    #: Bytes that were read and compared, then rows that were written.
    on_bytes: Callable[[int, int], object] = lambda _done, _total: None
    on_rows: Callable[[int, int], object] = lambda _done, _total: None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """Where a newsletter is to come to."""

    #: Does not exist yet, or is empty.
    folder: Path
    #: Of an empty database; empty for what the parcel's settings and the environment say.
    database_url: str = ""
    #: The secret, when the parcel holds none.
    key_file: Path | None = None
    #: Who acts, and when in milliseconds since 1970, UTC.
    actor: str
    now_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What has arrived."""

    made_at: str
    files: int
    #: Table → rows.
    rows: Mapping[str, int]


def import_newsletter(
    source: Path,
    arrival: Arrival,
    *,
    environ: Mapping[str, str] | None = None,
    watcher: Watcher | None = None,
) -> Imported:
    """Make a newsletter of a parcel, in constant memory.

    The parcel is read twice: first every byte is compared with its manifest, then it is taken.

    Args:
        source: The parcel.
        arrival: Where it is to become a newsletter.
        environ: For the settings; None for the process's own.
        watcher: Hears how far it is.

    Raises:
        NotFoundError: There is no such file.
        UserError: It is no parcel, or was damaged or changed.
        RefusedError: There is something already where the newsletter is to come to.
        SettingsError: The key is missing or another one, or the settings cannot be used here.
    """
    watcher = watcher or Watcher()
    _refuse_taken(arrival.folder)
    with open_unpacker(source) as parcel:
        manifest = parcel.manifest
        _check(parcel, arrival.folder.resolve().parent, watcher)
        with _staged(arrival.folder) as (staging, appear):
            files = _place_files(parcel, staging)
            _place_key(parcel, staging, arrival.key_file)
            overrides = {"database.url": arrival.database_url} if arrival.database_url else {}
            given = {} if environ is None else {"environ": environ}
            settings = load_settings(staging, overrides=overrides, **given)
            keys = _load_keys(settings, manifest)
            database = Database(settings.database.url)
            try:
                is_beside = database.file is None or staging not in database.file.parents
                with _filling(database) as connection:
                    _fill(connection, parcel, keys, arrival, watcher)
                    if is_beside:
                        # The last thing before the commit: an error leaves neither of the two.
                        appear()
            finally:
                database.close()
            if not is_beside:
                appear()
    rows = {table.name: _get_rows(manifest, table.name) for table in TABLES}
    return Imported(made_at=manifest.made_at, files=files, rows=rows)


def _refuse_taken(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RefusedError(
            f"{folder}: there is something already, and an import changes nothing that is there."
            " Name a folder that does not exist."
        )


def _check(parcel: Unpacker, parent: Path, watcher: Watcher) -> None:
    """Check everything that can be known before anything is made."""
    manifest = parcel.manifest
    if manifest.revision != migrations.NEWEST_REVISION:
        raise RefusedError(
            f"its tables are of revision {manifest.revision[:20]}, and this release has"
            f" {migrations.NEWEST_REVISION}. Import it with {manifest.made_by[:60]}, which made it;"
            " then this release upgrades the database."
        )
    check_names(manifest, TABLE_NAMES)
    refuse_full_disk(parent, manifest)
    total, done = sum(member.size_bytes for member in manifest.members), 0

    def hear(count: int) -> None:
        nonlocal done
        done += count
        watcher.on_bytes(done, total)

    parcel.check(on_bytes=hear)


@contextmanager
def _staged(folder: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Make a folder beside the one meant; `appear` gives it its name, an error takes it away."""
    target = folder.resolve()
    staging = target.with_name(f".{target.name}.{os.getpid()}.importing")
    has_appeared = False

    def appear() -> None:
        nonlocal has_appeared
        staging.rename(target)
        has_appeared = True
        sync_folder(target.parent)

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging.mkdir(mode=0o700)
        yield staging, appear
    except BaseException as error:
        if has_appeared:
            target.rename(staging)
        if isinstance(error, UserError) and staging.name in str(error):
            error.add_note(f"{staging.name} held what is in the parcel, and is gone again.")
        if isinstance(error, OSError) and error.filename:
            raise UserError(f"{error.filename}: cannot be written: {error.strerror}") from error
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _place_files(parcel: Unpacker, staging: Path) -> int:
    count = 0
    for member in parcel.manifest.members:
        if path := locate_file(member):
            place = staging / path
            place.parent.mkdir(parents=True, exist_ok=True)
            parcel.extract(member, place)
            place.chmod(0o644)
            count += 1
    staging.chmod(0o755)
    return count


def _place_key(parcel: Unpacker, staging: Path, key_file: Path | None) -> None:
    """Put the secret beside the settings: the one that was named, else the parcel's."""
    place = staging / KEY_FILE_NAME
    held = _find_member(parcel.manifest, KEY_FILE_NAME)
    if key_file:
        try:
            create_private(place, read_private(key_file, "the key file"))
        except OSError as error:
            raise SettingsError(f"{key_file}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise SettingsError(f"{key_file}: is no key file: it is no text in UTF-8") from None
    elif held:
        parcel.extract(held, place)


def _load_keys(settings: Settings, manifest: Manifest) -> Keyring:
    """Load the secret, and refuse another than the newsletter's."""
    if settings.secrets is None and not settings.key_file.exists():
        raise SettingsError(
            "the key is not in this parcel, and nothing can be taken without it: it is what"
            " suppressed addresses are recognised by, and what links in sent messages are checked"
            f" with. Add --key-file FILE, a copy of the {KEY_FILE_NAME} of the newsletter it was"
            " made of, or export it there once more with --with-key."
        )
    keys = load_keyring(settings)
    if keys.fingerprint != manifest.key_fingerprint:
        raise SettingsError(
            "the key is not the one of this newsletter: suppressed addresses would not be"
            " recognised, and links in sent messages would stop working. Name the right one with"
            " --key-file FILE."
        )
    return keys


@contextmanager
def _filling(database: Database) -> Iterator[sa.Connection]:
    """Begin the one transaction, in a database that has the tables and not a row."""
    with database.write() as connection:
        # Asked before, so that tables which somebody uses are not upgraded either.
        refuse_filled(connection)
    migrations.upgrade(database)
    with database.write() as connection:
        refuse_filled(connection)
        yield connection


def _fill(
    connection: sa.Connection,
    parcel: Unpacker,
    keys: Keyring,
    arrival: Arrival,
    watcher: Watcher,
) -> None:
    """Write every row, and note what came; nothing is sent until that is accepted."""
    manifest = parcel.manifest
    total, done = sum(member.rows or 0 for member in manifest.members), 0

    def hear(count: int) -> None:
        nonlocal done
        done += count
        watcher.on_rows(done, total)

    for table in TABLES:
        member = _find_member(manifest, name_table(table.name))
        if member is None:
            continue
        with parcel.open_lines(member) as stream:
            arrived = fill_table(connection, table, read_rows(stream, table), on_rows=hear)
        if arrived.rows != member.rows:
            raise UserError(
                f"table {table.name}: {arrived.rows:,} rows came, and the manifest tells of"
                f" {member.rows}"
            )
    continue_numbers(connection, dict(manifest.last_numbers))
    first_use.record_fingerprint(connection, keys.fingerprint, now_ms=arrival.now_ms)
    lease.release_all(connection)
    mark.note_restored(connection, now_ms=arrival.now_ms, what=_CAME)
    record_action(
        connection,
        ActionKind.IMPORT,
        actor=arrival.actor,
        now_ms=arrival.now_ms,
        details=f"the newsletter, as of {manifest.made_at[:40]}",
    )


def _find_member(manifest: Manifest, name: str) -> Member | None:
    return next((member for member in manifest.members if member.name == name), None)


def _get_rows(manifest: Manifest, table: str) -> int:
    member = _find_member(manifest, name_table(table))
    return (member.rows or 0) if member else 0
