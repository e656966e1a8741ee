"""`newsletter db`: the tables."""

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json

app = Commands(
    help="""Look after the database.

    Example:
        newsletter db upgrade
    """
)


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
