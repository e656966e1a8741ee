"""`newsletter export` and `import`: a whole newsletter out and in, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, print_json, talk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.usecases.import_newsletter import Imported


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to.")],
    *,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the secret key into it. Keep it like one.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole newsletter into one file, for `newsletter import`.

    In it are settings, issues and themes as they are in the folder; people with their evidence,
    suppressions, and everything that was sent and came back. Passwords are not, nor is the key:
    links in sent messages and suppressed addresses depend on it, so take it along by another way,
    or say --with-key. Nothing is changed here, and what happens afterwards is not in the file.

    Example:
        newsletter export weekly.zip
    """
    from newsletter.cli.progress import ProgressLine
    from newsletter.usecases.export_newsletter import export_newsletter

    if str(file) == "-":
        raise WrongUsageError("a parcel cannot be written to standard output: name FILE.zip")
    installation = open_installation_of(context)
    with ProgressLine(None, "rows", is_quiet=as_json) as progress:
        found = export_newsletter(installation, file, with_key=with_key, on_rows=progress.show_of)
    if as_json:
        print_json(
            {
                "file": str(file),
                "files": found.files,
                "rows": dict(found.rows),
                "has_key": found.has_key,
            }
        )
        return
    print(f"Wrote {file}: {_describe(found.files, found.rows)}.")
    if with_key:
        talk("It holds the secret key. Whoever has it can act in your readers' names.")
    else:
        talk(
            "The key is not in it. Whoever imports it needs newsletter.key, too:"
            f" {installation.settings.key_file}"
        )


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What `export` wrote.")],
    *,
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="The folder to make; not there yet.")
    ],
    database_url: Annotated[
        str, typer.Option(metavar="URL", help="An empty database, if not what the settings say.")
    ] = "",
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The newsletter's key, when the file holds none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a newsletter of a file that `newsletter export` wrote.

    The file is checked as a whole before anything is made of it, and folder and database are made
    as a whole or not at all. It is as old as the export, and the other newsletter may live on: so
    nothing is sent from here before you say so, with `newsletter db accept-restore`, and what
    remained of an issue under way is in doubt until you decide.

    Example:
        newsletter import weekly.zip --into weekly --key-file newsletter.key
    """
    from newsletter.bootstrap import name_actor, now_ms
    from newsletter.cli.progress import ProgressLine
    from newsletter.usecases.import_newsletter import Arrival, Watcher, import_newsletter

    arrival = Arrival(
        folder=into,
        database_url=database_url,
        key_file=key_file,
        actor=name_actor(),
        now_ms=now_ms(),
    )
    with (
        ProgressLine(None, "bytes checked", is_quiet=as_json) as checking,
        ProgressLine(None, "rows", is_quiet=as_json) as filling,
    ):
        watcher = Watcher(on_bytes=checking.show_of, on_rows=filling.show_of)
        found = import_newsletter(file, arrival, watcher=watcher)
    if as_json:
        print_json(
            {
                "folder": str(into),
                "made_at": found.made_at,
                "files": found.files,
                "rows": dict(found.rows),
            }
        )
        return
    print(f"Made {into} of {file}: {_describe(found.files, found.rows)}.")
    _tell_next(into, found, database_url)


def _describe(files: int, rows: Mapping[str, int]) -> str:
    people = format_count(rows["subscriber"], "person", "people")
    issues = format_count(rows["issue"], "issue")
    rest = sum(rows.values()) - rows["subscriber"] - rows["issue"]
    return f"{format_count(files, 'file')}, {people}, {issues}, {format_count(rest, 'other row')}"


def _tell_next(folder: Path, found: Imported, database_url: str) -> None:
    """Say what stands between here and the next issue."""
    import shlex

    directory = shlex.quote(str(folder))
    if database_url:
        talk("\nLet it know its database: [database] url in newsletter.toml, or")
        talk("  NEWSLETTER_DATABASE__URL in the environment, before each of these commands.")
    talk(
        f"\nIt is as the other one was at {found.made_at}. Whoever left there since is still on"
        "\nthe list here, and nothing is sent from here until you say so. Stop the other one for"
        "\ngood, then:"
    )
    talk(f"  newsletter -C {directory} doctor")
    talk(f"  newsletter -C {directory} db accept-restore")
