"""What happens to each request of the API before its handler sees it, and after.

    request ──▶ token, scope, turn ──▶ body ──▶ answered before? ──▶ handler ──▶ kept ──▶ answer

A route says by which scope it is opened, or that it is open to all, in what it adds to the OpenAPI
document: so the document is what is enforced, and a route that says nothing cannot be made.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from newsletter.operators.api_tokens import Scope
from newsletter.usecases.answer_once import Once, Repeated, begin_once, end_once
from newsletter.web.api.caller import Caller, admit
from newsletter.web.api.problems import (
    IN_PROGRESS,
    INVALID,
    KEY_REUSED,
    NOT_JSON,
    ApiProblemError,
    Fault,
    find_problem,
    show_problem,
)
from newsletter.web.body import read_body

#: More than the largest body that fits the document has, with each character escaped.
MAX_BODY_BYTES: Final = 1_048_576
SECURITY_SCHEME: Final = "token"
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


def needs(scope: Scope) -> dict[str, Any]:
    """Say in the document, and so to `ApiRoute`, which scope opens a route."""
    return {"security": [{SECURITY_SCHEME: [scope.value]}]}


#: The route is open to all.
PUBLIC: Final[dict[str, Any]] = {"security": []}


class ApiRoute(APIRoute):
    """A route of the API."""

    def get_route_handler(self) -> Handler:
        """Make what answers the requests of this route."""
        handle = super().get_route_handler()
        scope = self._find_scope()

        async def answer(request: Request) -> Response:
            caller = None
            if scope is not None:
                turns = request.app.state.turns
                caller = await run_in_threadpool(admit, request, scope, turns)
                request.state.caller = caller
            body = await self._read_body(request)
            replayed = Request(request.scope, _replay(body))
            if caller is None or (once := _find_once(caller, body)) is None:
                return await handle(replayed)
            return await _answer_once(caller, once, replayed, handle)

        return answer

    def _find_scope(self) -> Scope | None:
        security = (self.openapi_extra or {}).get("security")
        if security is None:
            raise TypeError(f"{self.path}: say which scope opens this route, or PUBLIC")
        return Scope(security[0][SECURITY_SCHEME][0]) if security else None

    async def _read_body(self, request: Request) -> bytes:
        """Read the body of a route that takes one; another's is not looked at."""
        if self.body_field is None:
            return b""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ApiProblemError(NOT_JSON)
        return await read_body(request, most_bytes=MAX_BODY_BYTES)


def _replay(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _find_once(caller: Caller, body: bytes) -> Once | None:
    """Find the idempotency key of a POST.

    Raises:
        ApiProblemError: 422 for what is none.
    """
    request = caller.request
    keys = request.headers.getlist(IDEMPOTENCY_HEADER)
    if request.method != "POST" or not keys:
        return None
    if len(keys) > 1 or not IDEMPOTENCY_KEY.fullmatch(keys[0]):
        fault = Fault(f"header.{IDEMPOTENCY_HEADER}", "1 to 255 visible ASCII characters, once")
        raise ApiProblemError(INVALID, faults=[fault])
    place = f"{request.method} {request.url.path}?{request.url.query}\n"
    return Once(token_id=caller.token.id, key=keys[0], request=place.encode() + body)


async def _answer_once(caller: Caller, once: Once, request: Request, handle: Handler) -> Response:
    """Answer as before, or for the first time, and keep that unless it may pass by itself."""
    found = await run_in_threadpool(begin_once, caller.installation, once)
    if found is Repeated.IN_PROGRESS:
        raise ApiProblemError(IN_PROGRESS, headers={"Retry-After": "1"})
    if found is Repeated.OTHER_REQUEST:
        raise ApiProblemError(KEY_REUSED)
    if isinstance(found, bytes):
        return _restore(found)
    kept, about = None, None
    try:
        response = await _handle_errors(request, handle)
        if response.status_code < 500:
            kept = _pack(response)
        if response.status_code < 300:
            about = getattr(request.state, "address_hash", None)
    finally:
        await run_in_threadpool(
            end_once,
            caller.installation,
            once,
            kept,
            address_hash=about,
        )
    return response


async def _handle_errors(request: Request, handle: Handler) -> Response:
    """Answer errors here, so that a refusal is kept like any other answer."""
    try:
        return await handle(request)
    except Exception as error:
        problem = find_problem(error)
        if problem is None:
            raise
        return show_problem(problem)


def _pack(response: Response) -> bytes:
    headers = [
        [name, value] for name, value in response.headers.items() if name != "content-length"
    ]
    body = base64.b64encode(bytes(response.body)).decode("ascii")
    return json.dumps([response.status_code, headers, body]).encode()


def _restore(packed: bytes) -> Response:
    status_code, headers, body = json.loads(packed)
    return Response(base64.b64decode(body), status_code, headers=dict(headers))
