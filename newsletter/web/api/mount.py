"""Where the API is mounted: it is made when the first request comes, so that a server that nobody
asks pays nothing for it.
"""

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.web.api.problems import (
    NOT_INSTALLED,
    OTHER_HOST,
    OTHER_SITE,
    ApiProblemError,
    show_problem,
)
from newsletter.web.site import Site, get_site

API_PATH: Final = "/api/v1"


class ApiMount:
    """Answers the requests below `API_PATH`."""

    def __init__(self, *, base_path: str) -> None:
        """Prepare to answer.

        Args:
            base_path: Of the newsletter's base URL; empty for none.
        """
        self._server = base_path + API_PATH
        self._app: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._app is None:
            async with self._turn:
                site = get_site(HTTPConnection(scope))
                self._app = self._app or await run_in_threadpool(_open, site, self._server)

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                # Addresses are in most answers; none is for a cache.
                MutableHeaders(scope=message).setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_private)


def refuse_here(connection: HTTPConnection, status_code: int) -> Response | None:
    """Make the guard's refusal of a request for the API; None for a request for a page."""
    if f"{API_PATH}/" not in connection.url.path:
        return None
    return show_problem(ApiProblemError(OTHER_HOST if status_code == 400 else OTHER_SITE))


def _open(site: Site, server: str) -> ASGIApp:
    try:
        from newsletter.web.api.app import open_api
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"fastapi", "pydantic"}:
            raise
        detail = "Install newsletter-press with its extra api: newsletter-press[api]."
        return show_problem(ApiProblemError(NOT_INSTALLED, detail))
    return open_api(site, server=server)
