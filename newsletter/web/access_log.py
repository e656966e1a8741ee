"""What `newsletter serve` tells of each request: enough to see it work, nothing that is private.

No address, no query, no token: a path is shown as its route, ``/confirm/…``. A reader who hangs up
in the middle of his request is no error, and is told like the others.
"""

import inspect
import re
import time
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.log import Log
from newsletter.metrics.metrics import Metrics

#: nginx's number for "the client has closed the connection"; nothing is answered.
HUNG_UP: Final = 499
#: Asked every few seconds; told when something is wrong.
_PROBES: Final = frozenset({"/healthz", "/readyz"})

_log = Log(__name__)


class AccessLog:
    """Tells of each request when it has been answered, and counts it."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = HUNG_UP

        async def send_noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noticed)
        except ClientDisconnect:
            status = HUNG_UP
        except Exception:
            status = 500
            raise
        finally:
            self._tell_of(scope, status, seconds=time.monotonic() - began)

    def _tell_of(self, scope: Scope, status: int, *, seconds: float) -> None:
        route = show_path(scope)
        self._metrics.count_request(scope["method"], route, status, seconds=seconds)
        if status == 200 and scope["path"] in _PROBES:
            return
        _log.info(
            "answered",
            method=scope["method"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000),
        )


def show_path(scope: Scope) -> str:
    """Show the path of a routed request, with ``…`` for whatever the reader filled in."""
    # A mount leaves its application there for paths below it that no route of its own takes.
    if not inspect.isroutine(scope.get("endpoint")):
        return "(no page)"
    path: str = scope["path"]
    for value in map(str, scope.get("path_params", {}).values()):
        # A whole step of the path: a value that is also part of another would make many routes.
        path = re.sub(rf"(?<=/){re.escape(value)}(?=[/.]|$)", "…", path) if value else path
    return path
