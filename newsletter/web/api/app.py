"""The API as one ASGI application."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match

from newsletter import __version__
from newsletter.errors import NewsletterError
from newsletter.web.api import events, issues, segments, sign_up, subscribers, suppressions
from newsletter.web.api.caller import Turns
from newsletter.web.api.document import build_document
from newsletter.web.api.problems import (
    INVALID,
    MISTAKE,
    ApiProblemError,
    Fault,
    find_problem,
    show_problem,
)
from newsletter.web.site import Site
from subscribers.errors import SubscribersError

_DESCRIPTION: Final = (
    "A newsletter for programs: people, suppressions, issues, events. Errors are problems of"
    " RFC 9457; a list goes on at `next`; what is sent twice with the same Idempotency-Key is done"
    " once."
)
_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def create_api(*, server: str = "/api/v1") -> FastAPI:
    """Make the routes of the API.

    Args:
        server: Path at which it is mounted.
    """
    app = FastAPI(
        title="newsletter-press",
        version=__version__,
        description=_DESCRIPTION,
        servers=[{"url": server}],
        root_path_in_servers=False,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            RequestValidationError: _answer_invalid,
            HTTPException: _answer_http_error,
            ApiProblemError: _answer_problem,
            NewsletterError: _answer_problem,
            SubscribersError: _answer_problem,
            Exception: _answer_mistake,
        },
    )
    for router in (sign_up, subscribers, segments, suppressions, issues, events):
        app.include_router(router.router)
    app.openapi = lambda: build_document(app)  # type: ignore[method-assign] # FastAPI's own way
    return app


def open_api(site: Site, *, server: str) -> FastAPI:
    """Make the API of an installation."""
    app = create_api(server=server)
    app.state.site = site
    app.state.turns = Turns(site.installation.settings.web.api_rate_per_second)
    return app


async def _answer_problem(_request: Request, error: Exception) -> Response:
    return show_problem(find_problem(error) or ApiProblemError(MISTAKE))


async def _answer_mistake(_request: Request, _error: Exception) -> Response:
    """Answer a mistake of ours: 500; the traceback goes into the log."""
    return show_problem(ApiProblemError(MISTAKE))


async def _answer_http_error(request: Request, error: Exception) -> Response:
    problem = find_problem(error) or ApiProblemError(MISTAKE)
    if problem.kind.status_code == 405:
        problem.headers = {"Allow": ", ".join(_list_methods(request))}
    return show_problem(problem)


def _list_methods(request: Request) -> list[str]:
    """List what can be done at a path, of all its routes (RFC 9110 section 15.5.6)."""
    routes: list[BaseRoute] = request.app.router.routes
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    """Tell what is wrong and where, and repeat nothing of it."""
    found: list[dict[str, Any]] = list(getattr(error, "errors", list)())
    faults = [
        Fault(".".join(str(part) for part in each["loc"]), str(each["msg"])) for each in found
    ]
    return show_problem(ApiProblemError(INVALID, faults=faults))
