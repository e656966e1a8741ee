"""`newsletter serve`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.opening import load_settings_of, open_installation_of
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
) -> None:
    """Serve the readers' pages, send confirmations, and try again what was deferred of issues.

    Ctrl-C or SIGTERM ends it, after the last answer. Issues are begun by `newsletter send`,
    and by `serve` at the time that `send --at` said.

    Examples:
        newsletter serve
        newsletter serve --port 8025 --proxy 127.0.0.1
    """
    import logging

    from newsletter.usecases.restored_backup import refuse_restored

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = load_settings_of(context)
    proxies = dict.fromkeys([*settings.web.trusted_proxies, *(proxy or ())])
    settings = replace(settings, web=replace(settings.web, trusted_proxies=tuple(proxies)))
    # Opened before the port is taken: what is wrong with settings, key or tables is told once.
    installation = open_installation_of(context, settings)
    with installation.database.read() as connection:
        refuse_restored(installation, connection)
    from newsletter.web.processes import serve_in_processes
    from newsletter.web.serve import bind
    from newsletter.web.serve import serve as serve_alone

    listener = bind(host, port)
    _tell_where(settings, listener)
    if workers > 1:
        installation.database.close()
        serve_in_processes(settings, listener, count=workers, tell=talk)
    else:
        serve_alone(installation, listener, tell=talk)
    talk("Ended.")


def _tell_where(settings: Settings, listener: socket.socket) -> None:
    """Say where to look, and where readers look."""
    from urllib.parse import urlsplit

    from newsletter.settings.hosts import bracket_host

    host, port = listener.getsockname()[:2]
    path = urlsplit(settings.newsletter.base_url).path
    talk(
        f"Serving {settings.newsletter.name} at"
        f" http://{bracket_host(host)}:{port}{path}/subscribe\n"
        f"Readers come to {settings.newsletter.base_url}. Ctrl-C ends it."
    )
