"""SendGrid's Event Webhook: what became of the messages that it took.

It repeats a post for a day until it is answered by 2xx, so that is said only once everything in it
is committed. What it repeats is recognised.
"""

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter.log import Log
from newsletter.reports.sendgrid_events import parse_events
from newsletter.usecases.installation import Installation
from newsletter.usecases.take_reports import take_reports
from newsletter.web.body import read_body
from newsletter.web.webhooks.signature import SignatureCheck

#: A post has some hundreds of events, of about a kilobyte each.
MAX_BODY_BYTES: Final = 4_000_000

_log = Log(__name__)


def sendgrid_routes(installation: Installation) -> list[Route]:
    """Make the address that SendGrid posts to.

    Args:
        installation: Whose messages they are; without ``[sendgrid] webhook_public_key`` every
            post is refused.

    Raises:
        SettingsError: The key is none.
    """
    public_key = installation.settings.sendgrid.webhook_public_key
    check = SignatureCheck(public_key) if public_key else None
    # One at a time: they wait for the same lock, and readers need the threads.
    turn = asyncio.Semaphore(1)

    async def take_events(request: Request) -> Response:
        """POST /webhooks/sendgrid: 204 when all is taken, 400 for what are no events.

        403 without SendGrid's signature, or a key to check it by; 413 for more than 4 MB; 503
        while the database is busy.
        """
        if check is None:
            return _refuse(403, "[sendgrid] webhook_public_key is not set here")
        body = await read_body(request, most_bytes=MAX_BODY_BYTES)
        if not await run_in_threadpool(check.passes, request.headers, body):
            return _refuse(403, "this is not signed by SendGrid")
        async with turn:
            is_taken = await run_in_threadpool(_take, installation, body)
        return Response(status_code=204) if is_taken else _refuse(400, "these are no events")

    return [Route("/webhooks/sendgrid", take_events, methods=["POST"])]


def _take(installation: Installation, body: bytes) -> bool:
    """Take what one post brought; tell whether it was a list of events."""
    try:
        batch = parse_events(body, received_at_ms=installation.now_ms())
    except ValueError:
        return False
    if batch.unreadable:
        _log.warning(
            "events of SendGrid could not be read; the others count", count=batch.unreadable
        )
    take_reports(installation, batch.reports)
    return True


def _refuse(status_code: int, reason: str) -> Response:
    return PlainTextResponse(f"{reason}\n", status_code, headers={"Cache-Control": "no-store"})
