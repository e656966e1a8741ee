"""`newsletter config`."""

from typing import Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import folder_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import print_json, print_table

app = Commands(
    help="""Look at the settings.

    Example:
        newsletter config show
    """
)


@app.callback()
def root() -> None:
    """Keep `config show` a command of its own while it is the only one."""


@app.command()
def show(
    context: typer.Context,
    *,
    origin: Annotated[
        bool, typer.Option("--origin", help="Also tell where each value comes from.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print every setting as it holds, secrets masked.

    Example:
        newsletter config show --origin
    """
    from newsletter.settings import describe_settings, find_settings_file

    lines = describe_settings(find_settings_file(folder_of(context)))
    if as_json:
        print_json(
            {
                "settings": [
                    {
                        "section": line.section,
                        "key": line.key,
                        "value": line.shown_value,
                        "origin": line.origin,
                    }
                    for line in lines
                ]
            }
        )
        return
    headings = ["setting", "value", "origin"] if origin else ["setting", "value"]
    rows = [
        [f"[{line.section}] {line.key}".removeprefix("[] "), line.shown_value, line.origin]
        for line in lines
    ]
    print_table(headings, [row[: len(headings)] for row in rows])
