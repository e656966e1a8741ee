"""`newsletter worker`."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from newsletter.cli.opening import load_settings_of, open_installation_of
from newsletter.cli.options import MetricsListen
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
    metrics: MetricsListen = None,
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
        newsletter worker --concurrency 4 --metrics 127.0.0.1:9465
    """
    from newsletter.engine.worker import work
    from newsletter.log import Log, configure_log
    from newsletter.usecases.restored_backup import refuse_restored
    from newsletter.web.figures import figures_shown

    settings = load_settings_of(context)
    is_for_people = configure_log(settings.log)
    # What it tells at length in between is told here in a line.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    listen = metrics or settings.metrics.listen
    installation = open_installation_of(context, settings, counts=bool(listen))
    with installation.database.read() as connection:
        refuse_restored(installation, connection)
    log = Log(__name__)

    def tell_ready() -> None:
        if is_for_people:
            talk(f"Working for {settings.newsletter.name}. Ctrl-C ends it.")
        else:
            log.info("working", concurrency=concurrency)

    work(
        installation,
        concurrency=concurrency,
        watched=lambda is_alive: figures_shown(installation, listen, is_worker_alive=is_alive),
        on_ready=tell_ready,
    )
    if is_for_people:
        talk("Ended.")
    else:
        log.info("ended")
