"""`newsletter db`: the tables."""

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of, open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json

app = Commands(
    help="""Look after the database.

    Example:
        newsletter db upgrade
    """
)


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
