"""Mend what is safe to mend without asking: rights of files, .gitignore, older tables."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from newsletter.database import Database
from newsletter.doctor.mending import keep_out_of_git, make_private
from newsletter.errors import NewsletterError, SettingsError
from newsletter.sending.message.signing_keys import list_key_settings
from newsletter.settings import KEY_FILE_NAME, Settings, find_settings_file, load_settings
from newsletter.usecases.upgrade_database import upgrade_database


def mend_installation(folder: Path) -> Iterator[str]:
    """Mend, and say of each thing what was done, or why it could not be.

    Where the settings cannot be read, the key file beside them is looked after all the same.
    """
    try:
        file = find_settings_file(folder)
    except SettingsError:
        return
    key_file = file.with_name(KEY_FILE_NAME)
    try:
        settings = load_settings(file)
    except SettingsError:
        yield from _mend_files([key_file])
        return
    keys = [key_file, *(key.file for key in list_key_settings(settings.dkim))]
    yield from _upgrade(settings)
    yield from _mend_files(keys, _list_database_files(settings))


def _mend_files(keys: Iterable[Path], others: Iterable[Path] = ()) -> Iterator[str]:
    try:
        yield from make_private(chain(keys, others))
        yield from keep_out_of_git(keys)
    except OSError as error:
        yield f"could not mend {error.filename}: {error.strerror}"


def _list_database_files(settings: Settings) -> list[Path]:
    """List the file of SQLite and what stands beside it, such as its journal; none of a server."""
    if not _is_file(settings):
        return []
    database = Database(settings.database.url)
    database.close()
    file = database.file
    return sorted(file.parent.glob(f"{file.name}*")) if file else []


def _upgrade(settings: Settings) -> Iterator[str]:
    """Bring older tables up; a file that is not there is made by the first command, not here."""
    if _is_file(settings) and not _list_database_files(settings):
        return
    try:
        before, after = upgrade_database(settings.database)
    except (NewsletterError, SQLAlchemyError, ImportError) as error:
        yield f"could not upgrade the database: {' '.join(str(error).split())}"
        return
    if before != after:
        yield f"the database went from {before or 'nothing'} to revision {after}"


def _is_file(settings: Settings) -> bool:
    return settings.database.url.startswith("sqlite:")
