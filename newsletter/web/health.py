"""Health: whether the process runs, and whether it can do its work."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.usecases.installation import Installation
from newsletter.usecases.look_at_health import is_well, look_at_health

_HEADERS = {"Cache-Control": "no-store"}


def health_routes(
    installation: Installation, *, is_worker_alive: Callable[[], bool]
) -> list[Route]:
    """Make the two addresses that a supervisor or a load balancer asks.

    Args:
        installation: Whose database is asked.
        is_worker_alive: Whether this process's worker threads run.
    """

    async def healthz(_request: Request) -> Response:
        """GET /healthz: 200 as long as the process answers; asks nobody."""
        return Response("ok\n", headers=_HEADERS, media_type="text/plain")

    def readyz(_request: Request) -> Response:
        """GET /readyz: 200 when database, tables and workers are right, else 503; says which."""
        found = look_at_health(installation.database, is_worker_alive=is_worker_alive)
        return Response(
            json.dumps(found) + "\n",
            status_code=200 if is_well(found) else 503,
            headers=_HEADERS,
            media_type="application/json",
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]
