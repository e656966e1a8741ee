"""`newsletter preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.opening import folder_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import flush_output, print_json, talk

if TYPE_CHECKING:
    from newsletter.usecases.installation import Installation


def preview(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="ISSUE|FOLDER",
            help="An issue file or slug to show first, or a newsletter's folder.",
            show_default=False,
        ),
    ] = "",
    *,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="Where to listen; if taken, the next free one."
        ),
    ] = 8025,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show issues in the browser as each reader would see them, and follow every save.

    Only this machine can see it. It sends nothing but the tests you ask for; Ctrl-C ends it.

    Examples:
        newsletter preview
        newsletter preview 2026-01-spring
        newsletter preview weekly --port 9000 --no-open
    """
    from newsletter.bootstrap import open_installation
    from newsletter.issues.folder import find_issue
    from newsletter.settings import find_settings_file, load_settings
    from newsletter.web.preview.server import LOOPBACK, serve_preview

    is_folder = bool(what) and (Path(what) / "newsletter.toml").is_file()
    file = find_settings_file(Path(what) if is_folder else folder_of(context))
    settings = load_settings(file)
    named = find_issue(settings.folder, what) if what and not is_folder else None

    def open_newsletter() -> Installation:
        return open_installation(load_settings(file))

    def tell(taken: int) -> None:
        url = f"http://{LOOPBACK}:{taken}/"
        if as_json:
            print_json({"url": url, "port": taken})
        else:
            print(f"{settings.newsletter.name} is on the desk: {url}")
        flush_output()
        if not as_json:
            if port not in {0, taken}:
                talk(f"Port {port} is taken by another program.")
            talk("Ctrl-C ends it.")
        if not no_open:
            _open_browser(url)

    serve_preview(open_newsletter, port=port, named=named, on_ready=tell)


def _open_browser(url: str) -> None:
    """Open the user's browser, if there is one; the address was printed anyway."""
    import webbrowser
    from threading import Thread

    # It may wait for the browser, and the server has to go on meanwhile.
    Thread(target=webbrowser.open, args=[url], daemon=True).start()
