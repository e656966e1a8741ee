"""Every command under its name."""

from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli import (
    add,
    api,
    archive,
    bounces,
    check,
    config,
    control,
    database,
    doctor,
    drill,
    embed,
    init,
    keys,
    listing,
    new,
    operators,
    outbox,
    parcel,
    preview,
    reconcile,
    render,
    report,
    segments,
    send,
    serve,
    status,
    subscribers,
    theme,
    token,
    why,
    worker,
)
from newsletter.cli.help import Commands

app = Commands(
    help="""Write issues in git, see them as they will arrive, send each once to everyone who
    confirmed.

    Examples:
        newsletter init weekly
        newsletter preview
        newsletter send 2026-01-spring --dry-run
    """,
    epilog="""\
\b
Exit codes:
  0  ok                            6  refused by a safety rule
  1  failure                       7  partly done: failed, in doubt, deferred
  2  usage or settings             8  temporary, try again
  3  checks found errors         130  interrupted
  5  not found
""",
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from newsletter import __version__

        print(f"newsletter-press {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    directory: Annotated[
        Path,
        typer.Option(
            "-C",
            "--directory",
            metavar="DIR",
            help="The newsletter's folder, or one in it, instead of the current one.",
            show_default=False,
        ),
    ] = Path(),
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Keep where the command is to work."""
    context.obj = directory


app.command()(init.init)
app.command()(new.new)
app.command()(add.add)
app.command(name="list")(listing.list_)
app.command()(render.render)
app.command()(check.check)
app.command()(preview.preview)
app.command()(doctor.doctor)
app.command()(send.send)
app.command()(status.status)
app.command()(report.report)
app.command()(why.why)
app.command()(control.pause)
app.command()(control.resume)
app.command()(control.cancel)
app.command()(control.rate)
app.command()(reconcile.reconcile)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(embed.embed)
app.command()(outbox.outbox)
app.command()(drill.drill)
app.command()(parcel.export)
app.command("import")(parcel.import_)
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(segments.app, name="segments")
app.add_typer(bounces.app, name="bounces")
app.add_typer(operators.app, name="operators")
app.add_typer(token.app, name="token")
app.add_typer(api.app, name="api")
app.add_typer(archive.app, name="archive")
app.add_typer(theme.app, name="theme")
app.add_typer(config.app, name="config")
app.add_typer(keys.app, name="keys")
app.add_typer(database.app, name="db")
