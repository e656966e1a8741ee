"""`newsletter worker`."""

from __future__ import annotations

from typing import Annotated

import typer

from newsletter.cli.opening import load_settings_of, open_installation_of
from newsletter.cli.output import talk


def worker(
    context: typer.Context,
    *,
    concurrency: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=64, help="Chunks sent at a time; each has its connections."
        ),
    ] = 1,
) -> None:
    """Send what is planned, on any number of machines, and do what is due by itself.

    On PostgreSQL, workers share each issue chunk by chunk; start as many as you like, wherever the
    database, the issues' files and the next hop can be reached. With an SQLite file this one
    process does it all.
    It also begins scheduled issues, tries again what was deferred, sends confirmations, lets go of
    what has had its time and reads the mailbox of bounces; of several workers one does each.
    Ctrl-C or SIGTERM finishes what is in flight and hands the rest to the others.

    Examples:
        newsletter worker
        newsletter worker --concurrency 4
    """
    import logging

    from newsletter.usecases.restored_backup import refuse_restored

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # What it tells at length in between is told here in a line.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    settings = load_settings_of(context)
    installation = open_installation_of(context, settings)
    with installation.database.read() as connection:
        refuse_restored(installation, connection)
    from newsletter.engine.worker import work

    def tell_ready() -> None:
        talk(f"Working for {settings.newsletter.name}. Ctrl-C ends it.")

    work(installation, concurrency=concurrency, on_ready=tell_ready)
    talk("Ended.")
