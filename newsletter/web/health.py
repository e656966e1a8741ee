"""Health: whether the process runs, and whether it can do its work."""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter import migrations
from newsletter.errors import NewsletterError
from newsletter.usecases.installation import Installation

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
        """GET /readyz: 200 when database, tables and worker are right, else 503; says which."""
        found = {
            **_look_at_database(installation),
            "worker": "ok" if is_worker_alive() else "does not work",
        }
        is_ready = set(found.values()) == {"ok"}
        return Response(
            json.dumps(found) + "\n",
            status_code=200 if is_ready else 503,
            headers=_HEADERS,
            media_type="application/json",
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def _look_at_database(installation: Installation) -> Mapping[str, str]:
    """Ask the database for its revision; no words of its errors, for anyone may read these."""
    try:
        with installation.database.read() as connection:
            revision = migrations.find_revision(connection)
    except NewsletterError:
        return {"database": "does not answer", "tables": "unknown"}
    is_right = revision == migrations.NEWEST_REVISION
    return {"database": "ok", "tables": "ok" if is_right else "have another revision"}
