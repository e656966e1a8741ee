"""The pages as one ASGI application: routes, guards, and what every handler is given."""

import os
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from newsletter.errors import DatabaseError, TemporaryError
from newsletter.usecases.installation import Installation
from newsletter.web import confirm, leave, preferences, subscribe
from newsletter.web.api.mount import API_PATH, ApiMount, refuse_here
from newsletter.web.archive.archive import Archive
from newsletter.web.archive.routes import archive_routes
from newsletter.web.asker import parse_networks
from newsletter.web.assets import Assets
from newsletter.web.desk import routes as desk
from newsletter.web.gate import Gate
from newsletter.web.health import health_routes
from newsletter.web.pages import Pages
from newsletter.web.problems import answer_busy, answer_http_error, answer_mistake, show_problem
from newsletter.web.security import Guard
from newsletter.web.site import Site, get_site
from newsletter.web.webhooks.sendgrid import sendgrid_routes

#: Forms on other sites lead to the first; mail services post to the others (RFC 8058).
CROSS_ORIGIN_POSTS: Final = re.compile(r"/subscribe|/u/[^/]+|/confirm/[^/]+/not-me")
_YEAR_SECONDS: Final = 31_536_000


def create_app(
    installation: Installation,
    *,
    wake_worker: Callable[[], None] = lambda: None,
    is_worker_alive: Callable[[], bool] = lambda: True,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Starlette:
    """Make the pages of an installation, below the path of its base URL.

    Args:
        installation: Whose pages.
        wake_worker: Tells the worker that a message waits in the outbox.
        is_worker_alive: Whether this process's worker threads run, for ``/readyz``.
        random_bytes: Returns that many bytes nobody can guess.
    """
    settings = installation.settings
    assets = Assets(settings.brand)
    pages = Pages(settings)
    base_path = urlsplit(settings.newsletter.base_url).path
    routes: list[BaseRoute] = [
        *subscribe.ROUTES,
        *confirm.ROUTES,
        *leave.ROUTES,
        *preferences.ROUTES,
        *desk.ROUTES,
        *archive_routes(Archive(installation, pages, assets)),
        *sendgrid_routes(installation),
        Route("/assets/{name}", show_asset),
        Mount(API_PATH, ApiMount(base_path=base_path)),
    ]
    health = health_routes(installation, is_worker_alive=is_worker_alive)
    app = Starlette(
        routes=[*health, *([Mount(base_path, routes=routes)] if base_path else routes)],
        middleware=[
            Middleware(
                Guard,
                settings=settings,
                cross_origin_posts=CROSS_ORIGIN_POSTS,
                refuse=_refuse,
            )
        ],
        exception_handlers={
            HTTPException: _answer_http_error,
            TemporaryError: answer_busy,
            DatabaseError: answer_busy,
            Exception: answer_mistake,
        },
    )
    app.state.site = Site(
        installation=installation,
        pages=pages,
        assets=assets,
        gate=Gate(installation, random_bytes),
        trusted_proxies=parse_networks(settings.web.trusted_proxies),
        wake_worker=wake_worker,
        random_bytes=random_bytes,
    )
    return app


def _refuse(connection: HTTPConnection, status_code: int) -> Response:
    """Refuse a request as whoever asks can read it: a program, or a person."""
    return refuse_here(connection, status_code) or show_problem(connection, status_code)


def _answer_http_error(request: Request, error: Exception) -> Response:
    status_code = error.status_code if isinstance(error, HTTPException) else 500
    return refuse_here(request, status_code) or answer_http_error(request, error)


async def show_asset(request: Request) -> Response:
    """GET /assets/NAME: 200, a style sheet or script; 404 for one of another version."""
    asset = get_site(request).assets.find(request.path_params["name"])
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": f"public, max-age={_YEAR_SECONDS}, immutable"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)
