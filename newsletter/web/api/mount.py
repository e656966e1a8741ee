"""Where the API is mounted.

It is made when the first request comes: a server that no program asks pays nothing for it.
"""

import asyncio
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.web.api.problems import (
    NOT_FOUND,
    NOT_INSTALLED,
    OTHER_HOST,
    OTHER_SITE,
    ApiProblemError,
    show_problem,
)
from newsletter.web.site import Site, get_site

API_PATH: Final = "/api/v1"
_REFUSALS: Final = {400: OTHER_HOST, 403: OTHER_SITE}


class ApiMount:
    """Answers the requests below `API_PATH`."""

    def __init__(self, *, base_path: str) -> None:
        """Prepare to answer.

        Args:
            base_path: Of the newsletter's base URL; empty for none.
        """
        self._server = base_path + API_PATH
        self._apps: list[ASGIApp] = []
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        async with self._turn:
            if not self._apps:
                site = get_site(HTTPConnection(scope))
                self._apps.append(await run_in_threadpool(_open, site, self._server))

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Addresses are in most answers; none is for a cache.
                MutableHeaders(scope=message).setdefault("cache-control", "no-store")
            await send(message)

        await self._apps[0](scope, receive, send_private)


def refuse_here(connection: HTTPConnection, status_code: int) -> Response | None:
    """Refuse what did not come as far as the API; None for a request for a page.

    That is: what the guard turns away, and a path with a line end in it, which no mount takes.
    """
    base_path = urlsplit(get_site(connection).installation.settings.newsletter.base_url).path
    if not connection.url.path.startswith(f"{base_path}{API_PATH}/"):
        return None
    return show_problem(ApiProblemError(_REFUSALS.get(status_code, NOT_FOUND)))


def _open(site: Site, server: str) -> ASGIApp:
    try:
        from newsletter.web.api.app import open_api
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"fastapi", "pydantic"}:
            raise
        detail = "Install newsletter-press with its extra api: newsletter-press[api]."
        return show_problem(ApiProblemError(NOT_INSTALLED, detail))
    return open_api(site, server=server)
