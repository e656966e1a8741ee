import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from newsletter.web.access_log import AccessLog

NOON = 1_769_860_800_000


async def show(request: Request) -> Response:
    """Answer, or hang up as a reader does."""
    if request.query_params.get("hangs_up"):
        raise ClientDisconnect
    return PlainTextResponse("page")


@pytest.fixture
def told() -> list[str]:
    """Return the lines that were told, empty at first."""
    return []


@pytest.fixture
def browser(told: list[str]) -> TestClient:
    """Return a browser for an application with three pages."""
    routes = [
        Route("/confirm/{token}/not-me", show),
        Mount("/news", routes=[Route("/u/{token}", show)]),
        Route("/healthz", show),
    ]
    app = AccessLog(Starlette(routes=routes), tell=told.append, now_ms=lambda: NOON)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/confirm/s3cret/not-me?email=kim@example.org", "/confirm/…/not-me"),
        ("/news/u/s3cret", "/news/u/…"),
        ("/s3cret", "(no page)"),
        ("/confirm/s3cret/not-me/s3cret", "(no page)"),
    ],
)
def test_a_path_is_told_without_what_the_reader_filled_in(
    browser: TestClient, told: list[str], path: str, shown: str
) -> None:
    """Tokens open doors, and logs are copied."""
    status = browser.get(path).status_code

    [line] = told
    assert line.startswith(f"2026-01-31 12:00:00 GET {shown} {status} ")
    assert "s3cret" not in line
    assert "kim" not in line


def test_a_probe_that_finds_all_well_is_not_told(browser: TestClient, told: list[str]) -> None:
    """It would be most of the log."""
    browser.get("/healthz")

    assert told == []


def test_a_reader_who_hangs_up_is_no_mistake_of_ours(told: list[str]) -> None:
    """No traceback, one line."""

    async def hang_up(_scope: object, _receive: object, _send: object) -> None:
        raise ClientDisconnect

    async def nothing() -> dict[str, object]:
        return {}

    async def ignore(_message: object) -> None:
        return

    log = AccessLog(hang_up, tell=told.append, now_ms=lambda: NOON)
    scope = {"type": "http", "method": "POST", "path": "/subscribe", "endpoint": hang_up}
    asyncio.run(log(scope, nothing, ignore))

    assert [line.rpartition(" 0 ms")[0] for line in told] == [
        "2026-01-31 12:00:00 POST /subscribe 499"
    ]
