"""Keeps strangers out of a server on one's own machine.

Whatever page is open in the same browser can send requests to 127.0.0.1, and a name that a stranger
points there makes its answers readable (DNS rebinding). So the Host must be ours, what comes from
another site is refused, and so is whatever would change something without saying where it is from.
"""

from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
#: Of the page and of everything that does not bring its own.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Refuses foreign requests, and adds the headers of every answer.

    Args:
        app: What is guarded.
        hosts: Values of the Host header that are ours, each with its port.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 403 and 421 are ours, every other status is the app's."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._find_refusal(scope["method"], headers)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answered.setdefault(name, value)
                answered.setdefault("Content-Security-Policy", PAGE_POLICY)
            await send(message)

        await (refusal or self._app)(scope, receive, send_guarded)

    def _find_refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("this server answers to its own name only\n", 421)
        site = headers.get("sec-fetch-site", "")
        is_visit = method in _SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"
        if site in {"cross-site", "same-site"} and not is_visit:
            return PlainTextResponse("not for other sites\n", 403)
        if method in _SAFE_METHODS or site in {"same-origin", "none"}:
            return None
        if headers.get("origin") == f"http://{host}":
            return None
        return PlainTextResponse("the page this comes from must be told\n", 403)
