"""What guards every page: headers that browsers obey, and requests that are turned away.

Pages have no cookies, so a forged request can do nothing that its sender could not do himself; the
check of origins keeps other sites from using the reader's own network for it all the same.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.settings import Settings

#: Probes of a cluster ask by the machine's number.
ANY_HOST = re.compile(r"/(?:healthz|readyz)")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_YEAR_SECONDS = 31_536_000


def build_headers(
    settings: Settings,
    *,
    is_frameable: bool = False,
    has_article: bool = False,
    may_ask: bool = False,
) -> Mapping[str, str]:
    """Build the headers of a page.

    Args:
        settings: Which sites may show the form in a frame, and the logo's site.
        is_frameable: The page is the form that those sites may show.
        has_article: The page shows an issue: its images are anywhere, and attributes align the
            cells of its tables.
        may_ask: The page's script asks this server again.
    """
    embedders = " ".join(settings.web.embed_origins)
    ancestors = embedders if is_frameable and embedders else "'none'"
    logo = urlsplit(settings.brand.logo)
    images = f" {logo.scheme}://{logo.netloc}" if logo.netloc else ""
    if has_article:
        images = " https: http:"
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        **({"style-src-attr": "'unsafe-inline'"} if has_article else {}),
        "img-src": f"'self' data:{images}",
        "script-src": "'self'",
        "worker-src": "'self'",
        **({"connect-src": "'self'"} if may_ask else {}),
        # A sign-up may lead back to the site it came from, and browsers ask here for it.
        "form-action": f"'self' {embedders}".rstrip(),
        "base-uri": "'none'",
        "frame-ancestors": ancestors,
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Not no-referrer: browsers would then send "Origin: null" with our own forms.
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin" if is_frameable else "same-origin",
    }
    if settings.web.hsts:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return headers


class Guard:
    """Turns away requests for other hosts and from other sites; adds the headers to the rest."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        cross_origin_posts: re.Pattern[str],
        refuse: Callable[[HTTPConnection, int], Response],
    ) -> None:
        """Guard an application.

        Args:
            app: What answers the requests that pass.
            settings: The base URL and the headers.
            cross_origin_posts: Paths below the base URL that other sites and mail services may
                post to.
            refuse: Makes the page of a status.
        """
        base_url = urlsplit(settings.newsletter.base_url)
        self._app = app
        self._headers = build_headers(settings)
        self._host = base_url.netloc.lower()
        self._origin = f"{base_url.scheme}://{base_url.netloc}"
        self._base_path = base_url.path
        self._cross_origin_posts = cross_origin_posts
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if location := headers.get("location"):
                    # By the path alone: the proxy in front speaks HTTPS, and we hear HTTP.
                    headers["location"] = location.removeprefix(_find_origin(connection))
            await send(message)

        connection = HTTPConnection(scope)
        path = scope["path"].removeprefix(self._base_path)
        if not ANY_HOST.fullmatch(path) and not self._is_our_host(connection):
            await self._refuse(connection, 400)(scope, receive, send_guarded)
        elif scope["method"] not in _SAFE_METHODS and not self._may_change(connection, path):
            await self._refuse(connection, 403)(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _is_our_host(self, connection: HTTPConnection) -> bool:
        hosts = connection.headers.getlist("host")
        return len(hosts) == 1 and _get_name(hosts[0]) in {_get_name(self._host), *_LOOPBACK}

    def _may_change(self, connection: HTTPConnection, path: str) -> bool:
        """Tell whether a request comes from a page of ours, or may come from anywhere.

        Source:
            Fetch Metadata first, the Origin where a browser does not send it (OWASP's cheat sheet
            on cross-site request forgery). Who sends neither is no browser, and has no cookies.
        """
        if self._cross_origin_posts.fullmatch(path):
            return True
        if site := connection.headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        origin = connection.headers.get("origin")
        # Without a base URL that is reachable yet, pages are tried by the name of this machine.
        return origin is None or origin in {self._origin, _find_origin(connection)}


def _find_origin(connection: HTTPConnection) -> str:
    """Find by which origin we were asked, as far as we can hear."""
    return f"{connection.url.scheme}://{connection.url.netloc}"


def _get_name(host: str) -> str:
    """Take the port away: a proxy in front may listen on another one."""
    return re.sub(r":\d{1,5}$", "", host.lower())
