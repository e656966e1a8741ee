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
        str, typer.Option(metavar="NAME", help="weekly, letter, digest, or one of your own.")
    ] = "",
    from_feed: Annotated[
        str,
        typer.Option(
            metavar="URL|FILE",
            help="Tell what an RSS, Atom or JSON feed has had since the newest issue.",
        ),
    ] = "",
    from_site: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Tell what a site of Hugo, Jekyll, Pelican or MkDocs has had since then.",
        ),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Since this day, instead of the newest issue's.")
    ] = "",
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, max=500, help="Of a feed or site, the newest N.")
    ] = 20,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="Of a feed or site, the oldest on top.")
    ] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Open it in $VISUAL or $EDITOR.")] = False,
    eject: Annotated[
        bool,
        typer.Option("--eject", help="Copy the template into templates/new to change it instead."),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over an ejected template.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin the next issue of a series: number, file, date, and the week it is about.

    With a feed or the folder of a site, it is a digest: title, link and summary of each post.
    Nothing of a site is executed.

    Examples:
        newsletter new
        newsletter new --series "Article Weekly" --edit
        newsletter new --from-feed https://example.org/feed.xml --limit 10
        newsletter new --from-site ../my-blog --since 2026-01-01
        newsletter new --eject --template weekly
    """
    from newsletter.usecases.new_issue import DEFAULT_TEMPLATE, begin_issue, eject_template

    settings = load_settings_of(context)
    is_digest = bool(from_feed) or from_site is not None
    if from_feed and from_site is not None:
        raise WrongUsageError("--from-feed and --from-site are two issues: begin one at a time")
    if not is_digest and (since or oldest_first):
        raise WrongUsageError("--since and --oldest-first go with --from-feed or --from-site")
    if eject:
        if series or edit or is_digest:
            raise WrongUsageError("--eject begins no issue: use it with --template alone")
        name = template or DEFAULT_TEMPLATE
        path = eject_template(settings.folder, name, may_overwrite=force)
        _tell_path(path, {"template": name}, as_json=as_json)
        return
    if force:
        raise WrongUsageError("--force goes with --eject; an issue is never overwritten")
    now = datetime.now(settings.newsletter.timezone)
    told: dict[str, object] = {}
    if is_digest:
        from newsletter.cli.new_digest import begin_digest_of, describe_digest, tell_digest

        digest = begin_digest_of(
            settings,
            from_site or from_feed,
            now=now,
            choice=(since, limit, oldest_first),
            series=series,
            template=template,
        )
        begun, told = digest.begun, describe_digest(digest)
        if not as_json:
            tell_digest(digest)
    else:
        named = template or DEFAULT_TEMPLATE
        begun = begin_issue(settings, now=now, series=series, template=named)
    planned = begun.planned
    _tell_path(
        begun.path,
        {
            "series": planned.series,
            "number": planned.number,
            "title": planned.title,
            "date": planned.issued_on.isoformat(),
            "period": [planned.period_start.isoformat(), planned.period_end.isoformat()],
            **told,
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
