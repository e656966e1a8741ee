"""The archive's addresses."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.errors import NotFoundError
from newsletter.web.archive.archive import Archive
from newsletter.web.archive.document import Document, answer
from newsletter.web.security import build_headers
from newsletter.web.site import get_site


def archive_routes(archive: Archive) -> list[BaseRoute]:
    """Make the routes: each answers 200 with a document or 304; 404 for an unknown issue."""

    def show(build: Callable[[], Document]) -> Callable[[Request], Response]:
        def handler(request: Request) -> Response:
            return _answer(request, build)

        return handler

    def show_issue(request: Request) -> Response:
        """GET /archive/SLUG."""
        return _answer(request, lambda: archive.build_issue(request.path_params["slug"]))

    def show_text(request: Request) -> Response:
        """GET /archive/SLUG.txt."""
        return _answer(request, lambda: archive.build_text(request.path_params["slug"]))

    return [
        Route("/archive/", show(archive.build_list)),
        Route("/archive/feed.xml", show(archive.build_feed)),
        Route("/archive/{slug}.txt", show_text),
        Route("/archive/{slug}", show_issue),
        Route("/sitemap.xml", show(archive.build_sitemap)),
        Route("/robots.txt", show(archive.build_robots)),
    ]


def _answer(request: Request, build: Callable[[], Document]) -> Response:
    try:
        document = build()
    except NotFoundError:
        raise HTTPException(404) from None
    response = answer(request, document)
    # An issue may show images of other sites, and its tables are aligned by attributes.
    settings = get_site(request).installation.settings
    response.headers.update(build_headers(settings, has_article=True))
    return response
