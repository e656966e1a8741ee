"""`newsletter db`: the tables, their backups, and another database for them."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of, open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, format_time, print_json, print_pairs, print_table
from newsletter.cli.progress import ProgressLine

app = Commands(
    help="""Look after the database.

    Examples:
        newsletter db status
        newsletter db backup weekly.backup
        newsletter db copy --to postgresql+psycopg://weekly@db.example.org/weekly
    """
)


def _parse_url(text: str) -> str:
    """Read a database URL of the command line."""
    from newsletter.settings.urls import locate_sqlite, parse_database_url

    try:
        return locate_sqlite(parse_database_url(text), Path.cwd())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show which database it is, whether its tables are up to date, and how many rows they have.

    Example:
        newsletter db status
    """
    from newsletter.usecases.show_database import show_database

    found = show_database(load_settings_of(context).database)
    if as_json:
        fields = ("kind", "version", "url", "revision", "is_current", "size_bytes", "rows")
        print_json({name: getattr(found, name) for name in fields})
        return
    state = "as this release needs them" if found.is_current else "run newsletter db upgrade"
    print_pairs(
        {
            "Database": f"{found.kind} {found.version}, {found.url}",
            "Tables": f"at revision {found.revision}, {state}" if found.revision else "none yet",
            "Size": f"{found.size_bytes / 1_000_000:,.1f} MB",
        }
    )
    if found.rows:
        print()
        print_table(["Table", "Rows"], list(found.rows.items()))


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write everything into one file, while the newsletter goes on.

    The file holds everybody's address, and only you may read it. Keep newsletter.key beside it, or
    elsewhere: without that key nobody's unsubscription would be recognised.

    Example:
        newsletter db backup weekly.backup
    """
    from newsletter.usecases.backup_database import backup_database
    from newsletter.usecases.show_database import count_all_rows

    installation = open_installation_of(context)
    with _count(count_all_rows(installation.database), is_quiet=as_json) as counted:
        tables = backup_database(installation, file, on_rows=counted.add)
    if as_json:
        rows = {name: {"rows": end.rows, "digest": end.digest} for name, end in tables.items()}
        print_json({"file": str(file), "size_bytes": file.stat().st_size, "tables": rows})
        return
    total = sum(end.rows for end in tables.values())
    print(f"Wrote {format_count(total, 'row')} of {len(tables)} tables to {file}.")
    print(f"Keep {installation.settings.key_file.name}, too: the backup is of no use without it.")


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made by newsletter db backup.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database from a backup, on SQLite or PostgreSQL, wherever it was made.

    What left since the backup is not in it: if anything did, the next command notices and lets
    nothing leave until you say newsletter db accept-restore.

    Example:
        newsletter db restore weekly.backup
    """
    from newsletter.cli.files import open_source
    from newsletter.usecases.restore_database import restore_database

    settings = load_settings_of(context)
    with open_source(file) as stream, _count(None, is_quiet=as_json) as counted:
        restored = restore_database(settings, file, stream, on_rows=counted.add)
    if as_json:
        rows = {each.name: {"rows": each.rows, "digest": each.digest} for each in restored.tables}
        print_json({"made_at_ms": restored.made_at_ms, "tables": rows})
        return
    total = sum(each.rows for each in restored.tables)
    print(
        f"Restored {format_count(total, 'row')} of {len(restored.tables)} tables, as they were at"
        f" {format_time(restored.made_at_ms)}."
    )


@app.command()
def copy(
    context: typer.Context,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="An empty database: postgresql+psycopg://USER@HOST/NAME or sqlite:///FILE. Leave a"
            " password to PGPASSWORD or ~/.pgpass: a command line can be read by others.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Copy the newsletter into another database, and check that everything arrived.

    Not while an issue is being sent; pause it, copy, change the settings, resume. The database you
    copy from stays as it is, and sends nothing once the other has been used.

    Example:
        newsletter db copy --to postgresql+psycopg://weekly@db.example.org/weekly
    """
    from newsletter.settings.urls import mask_password
    from newsletter.usecases.copy_database import copy_database
    from newsletter.usecases.show_database import count_all_rows

    url = _parse_url(to)
    installation = open_installation_of(context)
    with _count(count_all_rows(installation.database), is_quiet=as_json) as counted:
        tables = copy_database(installation, url, on_rows=counted.add)
    shown = mask_password(url)
    if as_json:
        rows = {each.name: {"rows": each.rows, "digest": each.digest} for each in tables}
        print_json({"to": shown, "tables": rows})
        return
    print_table(["Table", "Rows", "Digest"], [(e.name, e.rows, e.digest[:12]) for e in tables])
    total = sum(each.rows for each in tables)
    print(f"\nCopied {format_count(total, 'row')}; what arrived is what was sent.")
    print("Now let the settings name the new database, in newsletter.toml:\n")
    print(f'    [database]\n    url = "{shown}"\n')
    print("and go on there. Keep the old one as a backup; do not send from it again.")


@app.command(name="accept-restore")
def accept_restore(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Let a newsletter send again whose database was restored from a backup.

    What remained of issues under way in the backup is in doubt, for nobody knows who got them
    since; `newsletter resume ISSUE` and `newsletter send ISSUE --in-doubt retry` or `write-off`
    decide that. An issue that was begun since the backup is unknown to it: do not send it again.

    Example:
        newsletter db accept-restore
    """
    from newsletter.usecases.restored_backup import accept_restored

    has_changed, forgotten = accept_restored(open_installation_of(context))
    if as_json:
        print_json({"has_changed": has_changed, "forgotten": forgotten})
        return
    print("Messages may leave again." if has_changed else "Nothing stood against sending.")
    for slug in forgotten:
        print(f"{slug}: was sent from this machine, and is unknown here. Do not send it again.")


@app.command()
def upgrade(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring the tables to the form this release needs.

    Not while an issue is being sent. On SQLite every command does it by itself when it has to.

    Example:
        newsletter db upgrade
    """
    from newsletter.usecases.upgrade_database import upgrade_database

    before, after = upgrade_database(load_settings_of(context).database)
    if as_json:
        print_json({"before": before, "after": after})
    elif before == after:
        print(f"The database is at revision {after} already.")
    else:
        print(f"The database went from {before or 'nothing'} to revision {after}.")


class _Counted(ProgressLine):
    """A progress line that is told by how much it went on."""

    _done = 0

    def add(self, rows: int) -> None:
        """Go on by so many rows."""
        self._done += rows
        self.show(self._done)


def _count(total: int | None, *, is_quiet: bool) -> _Counted:
    return _Counted(total, "rows", is_quiet=is_quiet)
