"""What every handler is given: the installation, its pages, and what a request tells of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, RedirectResponse

from newsletter.usecases.installation import Installation
from newsletter.web.asker import find_network
from newsletter.web.assets import Assets
from newsletter.web.gate import Gate
from newsletter.web.languages import find_accepted_language, find_language
from newsletter.web.pages import Pages
from newsletter.web.security import build_headers
from subscribers.network import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The pages of one installation; `get_site` finds it from a request."""

    installation: Installation
    pages: Pages
    assets: Assets
    gate: Gate
    trusted_proxies: Sequence[Network]
    #: Tells the worker that a message waits in the outbox.
    wake_worker: Callable[[], None]
    #: Returns that many bytes nobody can guess.
    random_bytes: Callable[[int], bytes]

    def choose_language(self, connection: HTTPConnection, *known: str) -> str:
        """Choose a page's language.

        Args:
            connection: The request; ``?lang=`` goes before everything else.
            known: Languages that were said elsewhere, such as in the form or in the subscriber's
                row, before what the browser likes best.
        """
        wishes = (connection.query_params.get("lang", ""), *known)
        return (
            next((found for wish in wishes if (found := find_language(wish))), None)
            or find_accepted_language(connection.headers.get("accept-language", ""))
            or find_language(self.installation.settings.newsletter.language)
            or "en"
        )

    def find_network(self, connection: HTTPConnection) -> str:
        """Find the network a request comes from; empty when nothing tells."""
        return find_network(connection, self.trusted_proxies)

    def path(self, path: str, connection: HTTPConnection) -> str:
        """Make a link to a page; a language that was chosen by ``?lang=`` is carried on.

        Args:
            path: Below the base URL, beginning with a slash.
            connection: The request that is answered.
        """
        base_path = urlsplit(self.installation.settings.newsletter.base_url).path
        chosen = find_language(connection.query_params.get("lang", ""))
        joint = "&" if "?" in path else "?"
        return f"{base_path}{path}{joint}lang={chosen}" if chosen else base_path + path

    def page(
        self,
        connection: HTTPConnection,
        template: str,
        *,
        status_code: int = 200,
        language: str = "",
        is_frameable: bool = False,
        **variables: object,
    ) -> HTMLResponse:
        """Answer with a page; nothing keeps it, for it may hold what one reader alone may see.

        Args:
            connection: The request.
            template: File name in `templates/pages/`.
            status_code: Of HTTP.
            language: One of `LANGUAGES`; chosen by the request when it is empty.
            is_frameable: Other sites of the settings may show it in a frame.
            variables: What the template needs beside what every page knows.
        """
        language = language or self.choose_language(connection)
        base_path = urlsplit(self.installation.settings.newsletter.base_url).path
        html = self.pages.render(
            template,
            language=language,
            path=lambda path: self.path(path, connection),
            variables={
                "asset": lambda name: f"{base_path}/assets/{self.assets.names[name]}",
                # A page that answers a POST has no address of its own to change the language of.
                "can_switch": connection.scope["method"] in {"GET", "HEAD"},
                "is_frame": is_frameable,
                **variables,
            },
        )
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
        if is_frameable:
            headers |= build_headers(self.installation.settings, is_frameable=True)
        return HTMLResponse(html, status_code, headers=headers)

    def redirect(self, connection: HTTPConnection, path: str) -> RedirectResponse:
        """Lead to a page after a POST, so that reloading it repeats nothing."""
        return RedirectResponse(
            self.path(path, connection), status_code=303, headers={"Cache-Control": "no-store"}
        )


def get_site(connection: HTTPConnection) -> Site:
    """Return the site that a request is for."""
    return cast("Site", connection.app.state.site)
