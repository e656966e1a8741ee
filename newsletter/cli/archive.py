"""`newsletter archive`: what was sent, for anyone to read."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.help import Commands
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, print_json

app = Commands(
    help="""Publish what was sent. `newsletter serve` shows the same pages.

    Example:
        newsletter archive build public
    """
)


@app.callback()
def root() -> None:
    """Keep `build` a command of its own, though there is no other yet."""


@app.command()
def build(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write the archive into DIR as files: pages, plain texts, feed, sitemap.

    Any web server can show them, at the newsletter's base URL. Run it again after each issue:
    files that would be the same are not touched, and nothing is removed.

    Example:
        newsletter archive build public
    """
    from newsletter.web.archive.static_files import build_static_archive

    written = build_static_archive(open_installation_of(context), directory)
    if as_json:
        print_json({"files": [str(file) for file in written.files], "changed": written.changed})
        return
    print(
        f"{format_count(len(written.files), 'file')} in {directory},"
        f" {written.changed:,} of them new or changed."
    )
