"""What `newsletter serve` tells of each request: enough to see it work, nothing that is private.

No address, no query, no token: a path is shown as its route, ``/confirm/…``. A reader who hangs up
in the middle of his request is no error, and is told like the others.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: nginx's number for "the client has closed the connection"; nothing is answered.
HUNG_UP: Final = 499
#: Asked every few seconds; told when something is wrong.
_PROBES: Final = frozenset({"/healthz", "/readyz"})


class AccessLog:
    """Tells of each request when it has been answered."""

    def __init__(
        self, app: ASGIApp, *, tell: Callable[[str], None], now_ms: Callable[[], int]
    ) -> None:
        self._app = app
        self._tell = tell
        self._now_ms = now_ms

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
        if status == 200 and scope["path"] in _PROBES:
            return
        moment = datetime.fromtimestamp(self._now_ms() // 1000, UTC)
        self._tell(
            f"{moment:%Y-%m-%d %H:%M:%S} {scope['method']} {show_path(scope)} {status}"
            f" {seconds * 1000:.0f} ms"
        )


def show_path(scope: Scope) -> str:
    """Show the path of a routed request, with ``…`` for whatever the reader filled in."""
    if "endpoint" not in scope:
        return "(no page)"
    path: str = scope["path"]
    for value in map(str, scope.get("path_params", {}).values()):
        if value:
            path = path.replace(value, "…")
    return path
