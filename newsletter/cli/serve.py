"""`newsletter serve`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.opening import load_settings_of, open_installation_of
from newsletter.cli.options import MetricsListen
from newsletter.cli.output import talk

if TYPE_CHECKING:
    import socket

    from newsletter.settings import Settings


def parse_proxy(text: str) -> str:
    """Read the address or network of a proxy.

    Raises:
        typer.BadParameter: It is none.
    """
    from newsletter.settings.values import parse_network

    try:
        return parse_network(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no address or network, expected such as 127.0.0.1 or 10.0.0.0/8"
        ) from None


def serve(
    context: typer.Context,
    *,
    host: Annotated[
        str, typer.Option(metavar="HOST", help="Where to listen; other machines need more.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="0 takes one that is free.")
    ] = 8000,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="Processes that answer readers.")
    ] = 1,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            parser=parse_proxy,
            help="A proxy whose X-Forwarded-For is believed, beside those of [web]"
            " trusted_proxies. Repeatable.",
        ),
    ] = None,
    metrics: MetricsListen = None,
) -> None:
    """Serve the readers' pages, send confirmations, and try again what was deferred of issues.

    Ctrl-C or SIGTERM ends it, after the last answer. Issues are begun by `newsletter send`,
    and by `serve` at the time that `send --at` said.

    Examples:
        newsletter serve
        newsletter serve --port 8025 --proxy 127.0.0.1
        newsletter serve --metrics 127.0.0.1:9464
    """
    from newsletter.log import Log, configure_log
    from newsletter.metrics.sharing import counted_together
    from newsletter.usecases.restored_backup import refuse_restored

    settings = load_settings_of(context)
    is_for_people = configure_log(settings.log)
    proxies = dict.fromkeys([*settings.web.trusted_proxies, *(proxy or ())])
    settings = replace(settings, web=replace(settings.web, trusted_proxies=tuple(proxies)))
    listen_metrics = metrics or settings.metrics.listen
    # Opened before the port is taken: what is wrong with settings, key or tables is told once.
    installation = open_installation_of(
        context, settings, counts=bool(listen_metrics) and workers == 1
    )
    with installation.database.read() as connection:
        refuse_restored(installation, connection)
    from newsletter.web.bind import bind

    listener = bind(host, port)
    url = _find_url(settings, listener)
    log = Log(__name__)
    if is_for_people:
        talk(
            f"Serving {settings.newsletter.name} at {url}\n"
            f"Readers come to {settings.newsletter.base_url}. Ctrl-C ends it."
        )
    else:
        log.info("serving", url=url, base_url=settings.newsletter.base_url)
    if workers > 1:
        from newsletter.web.processes import serve_in_processes

        with counted_together(is_wanted=bool(listen_metrics)):
            serve_in_processes(installation, listener, count=workers, listen_metrics=listen_metrics)
    else:
        from newsletter.web.serve import serve as serve_alone

        serve_alone(installation, listener, listen_metrics=listen_metrics)
    if is_for_people:
        talk("Ended.")
    else:
        log.info("ended")


def _find_url(settings: Settings, listener: socket.socket) -> str:
    """Tell where the form is on this machine."""
    from urllib.parse import urlsplit

    from newsletter.settings.hosts import bracket_host

    host, port = listener.getsockname()[:2]
    path = urlsplit(settings.newsletter.base_url).path
    return f"http://{bracket_host(host)}:{port}{path}/subscribe"
