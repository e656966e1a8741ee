import asyncio
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from newsletter.log import configure_log
from newsletter.metrics.metrics import Metrics
from newsletter.settings.model import LogSettings
from newsletter.web.access_log import AccessLog


async def show(request: Request) -> Response:
    """Answer, or hang up as a reader does."""
    if request.query_params.get("hangs_up"):
        raise ClientDisconnect
    return PlainTextResponse("page")


class Counted(Metrics):
    """Takes note of routes."""

    def __init__(self) -> None:
        self.routes: list[str] = []

    def count_request(self, method: str, route: str, status: int, *, seconds: float) -> None:
        """Take note of one, whatever became of it."""
        del method, status, seconds
        self.routes.append(route)


@pytest.fixture
def counted() -> Counted:
    """Return what was counted, nothing at first."""
    return Counted()


@pytest.fixture
def told() -> Iterator[StringIO]:
    """Return what was told, nothing at first."""
    stream = StringIO()
    configure_log(LogSettings(), stream=stream)
    yield stream
    logging.getLogger().handlers.clear()


@pytest.fixture
def browser(counted: Counted) -> TestClient:
    """Return a browser for an application with three pages."""
    routes = [
        Route("/confirm/{token}/not-me", show),
        Mount("/news", routes=[Route("/u/{token}", show)]),
        Route("/healthz", show),
    ]
    app = AccessLog(Starlette(routes=routes), metrics=counted)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/confirm/s3cret/not-me?email=kim@example.org", "/confirm/…/not-me"),
        ("/news/u/s3cret", "/news/u/…"),
        ("/s3cret", "(no page)"),
        ("/confirm/not/not-me", "/confirm/…/not-me"),
        ("/confirm/s3cret/not-me/s3cret", "(no page)"),
        ("/news/u/s3cret/and-more", "(no page)"),
        ("/news/s3cret", "(no page)"),
    ],
)
def test_a_path_is_told_without_what_the_reader_filled_in(
    browser: TestClient, counted: Counted, told: StringIO, path: str, shown: str
) -> None:
    """Tokens open doors, and logs are copied."""
    status = browser.get(path).status_code

    [line] = told.getvalue().splitlines()
    quoted = f"'{shown}'" if " " in shown else shown
    assert f"[info] answered method=GET route={quoted} status={status} milliseconds=" in line
    assert "s3cret" not in line
    assert "kim" not in line
    assert counted.routes == [shown]


def test_a_probe_that_finds_all_well_is_not_told(browser: TestClient, told: StringIO) -> None:
    """It would be most of the log."""
    browser.get("/healthz")

    assert told.getvalue() == ""


def test_a_reader_who_hangs_up_is_no_mistake_of_ours(told: StringIO) -> None:
    """No traceback, one line."""

    async def hang_up(_scope: object, _receive: object, _send: object) -> None:
        raise ClientDisconnect

    async def nothing() -> dict[str, object]:
        return {}

    async def ignore(_message: object) -> None:
        return

    log = AccessLog(hang_up, metrics=Metrics())
    scope = {"type": "http", "method": "POST", "path": "/subscribe", "endpoint": hang_up}
    asyncio.run(log(scope, nothing, ignore))

    [line] = told.getvalue().splitlines()
    assert "method=POST route=/subscribe status=499" in line
