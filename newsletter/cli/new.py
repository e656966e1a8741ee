"""`newsletter new`."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import can_ask, print_json, talk


def new(
    context: typer.Context,
    *,
    series: Annotated[
        str, typer.Option(metavar="NAME", help="Its series; else that of the newest issue.")
    ] = "",
    template: Annotated[
        str, typer.Option(metavar="NAME", help="weekly, letter, or one of your own.")
    ] = "weekly",
    edit: Annotated[bool, typer.Option("--edit", help="Open it in $VISUAL or $EDITOR.")] = False,
    eject: Annotated[
        bool,
        typer.Option("--eject", help="Copy the template into templates/new to change it instead."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an ejected template.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin the next issue of a series: number, file, date, and the week it is about.

    Examples:
        newsletter new
        newsletter new --series "Article Weekly" --edit
        newsletter new --eject --template weekly
    """
    from newsletter.usecases.new_issue import begin_issue, eject_template

    settings = load_settings_of(context)
    if eject:
        if series or edit:
            raise WrongUsageError("--eject begins no issue: use it with --template alone")
        path = eject_template(settings.folder, template, may_overwrite=force)
        _tell_path(path, {"template": template}, as_json=as_json)
        return
    if force:
        raise WrongUsageError("--force goes with --eject; an issue is never overwritten")
    now = datetime.now(settings.newsletter.timezone)
    begun = begin_issue(settings, now=now, series=series, template=template)
    planned = begun.planned
    _tell_path(
        begun.path,
        {
            "series": planned.series,
            "number": planned.number,
            "title": planned.title,
            "date": planned.issued_on.isoformat(),
            "period": [planned.period_start.isoformat(), planned.period_end.isoformat()],
        },
        as_json=as_json,
    )
    if edit:
        _open_editor(begun.path)
    elif not as_json:
        talk("\nNext:\n  newsletter add URL…\n  newsletter preview")


def _tell_path(path: Path, others: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path), **others})
    else:
        print(f"wrote {path}")


def _open_editor(path: Path) -> None:
    """Let the shell find the editor: the environment is read by the settings and by nobody else."""
    if not can_ask():
        raise WrongUsageError(f"--edit needs a terminal; the issue is in {path}")
    # A fixed script; the path is an argument of its own.
    subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", '${VISUAL:-${EDITOR:-vi}} "$1"', "sh", str(path)], check=False
    )
