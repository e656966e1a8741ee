"""The preview's addresses. GET changes nothing; the one POST sends a test."""

import json
import mimetypes
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from newsletter.errors import NewsletterError
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.sending.message.recipient import Recipient
from newsletter.usecases.list_people import list_people
from newsletter.usecases.preview_issue import (
    Preview,
    PreviewedMessage,
    build_reader,
    fill_preview,
    parse_number,
)
from newsletter.usecases.send_test import send_test
from newsletter.web.preview.answers import (
    describe_desk,
    describe_failure,
    describe_findings,
    describe_outcomes,
    describe_people,
    describe_preview,
)
from newsletter.web.preview.desk import Desk, Look
from newsletter.web.preview.events import Events
from newsletter.web.preview.frame import Images, Scheme, build_frame, build_policy
from newsletter.web.preview.guard import Guard
from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, UnknownSubscriberError

#: People shown for a search.
_MAX_PEOPLE = 8
_MAX_TEST_ADDRESSES = 5
_MAX_BODY_BYTES = 10_000


def create_app(
    desk: Desk,
    events: Events,
    *,
    hosts: Collection[str],
    lifespan: Callable[[Starlette], Any] | None = None,
) -> Starlette:
    """Make the preview of one newsletter.

    Args:
        desk: What is shown.
        events: What pages are told while they are open.
        hosts: Values of the Host header that are ours, each with its port.
        lifespan: What else runs as long as the server does.
    """
    views = _Views(desk, events)
    return Starlette(
        routes=[
            Route("/", _show_page),
            Route("/assets/{name}", _show_asset),
            Route("/desk", views.show_desk),
            Route("/preview", views.show_preview),
            Route("/findings", views.show_findings),
            Route("/frame", views.show_frame),
            Route("/message.eml", views.show_message),
            Route("/people", views.find_people),
            Route("/events", views.stream_events),
            Route("/test-send", views.send_test, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={NewsletterError: _explain},
        lifespan=lifespan,
    )


def _show_page(_request: Request) -> Response:
    """GET /: 200 with the page."""
    return _read_asset("index.html")


def _show_asset(request: Request) -> Response:
    """GET /assets/NAME: 200, or 404."""
    return _read_asset(request.path_params["name"])


def _read_asset(name: str) -> Response:
    folder = get_templates_folder() / "preview"
    found = next((each for each in folder.iterdir() if each.name == name), None)
    if found is None:
        raise HTTPException(404)
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    return Response(found.read_bytes(), media_type=kind)


async def _explain(_request: Request, error: Exception) -> Response:
    """Answer 500 with the error's own words, which are for people."""
    return PlainTextResponse(f"{error}\n", 500)


class _Views:
    """The addresses that need the desk. Plain functions run in threads of their own."""

    def __init__(self, desk: Desk, events: Events) -> None:
        self._desk = desk
        self._events = events

    def show_desk(self, _request: Request) -> Response:
        """GET /desk: 200 with newsletter, issues and sample people."""
        return JSONResponse(describe_desk(self._desk))

    def show_preview(self, request: Request) -> Response:
        """GET /preview?issue=KEY&as=PERSON&variant=N: 200 with every part, or 404."""
        look = self._look(request)
        shown = None
        if look.preview:
            recipient, message = self._fill(request, look.preview)
            shown = describe_preview(look.preview, message, recipient)
        return JSONResponse({"shown": shown, "failure": describe_failure(look.failure)})

    def show_findings(self, request: Request) -> Response:
        """GET /findings?issue=KEY: 200 with what the checks find, 404 for an unknown name."""
        return JSONResponse(describe_findings(self._desk.check(self._find_path(request))))

    def show_frame(self, request: Request) -> Response:
        """GET /frame?issue=KEY&as=PERSON&scheme=…&images=…: 200 with the page, or 404."""
        preview = self._get_preview(request)
        query = request.query_params
        scheme: Scheme = _choose(query.get("scheme"), get_args(Scheme))
        images: Images = _choose(query.get("images"), ("local", "none", "all"))
        script = (get_templates_folder() / "preview" / "frame.js").read_text("utf-8")
        page = build_frame(
            self._fill(request, preview)[1].html,
            script,
            scheme=scheme,
            images=images,
            base_url=preview.template.newsletter.base_url,
            folder=self._desk.folder,
            issue_folder=preview.issue.path.parent,
        )
        policy = build_policy(script, images=images)
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy})

    def show_message(self, request: Request) -> Response:
        """GET /message.eml?issue=KEY&as=PERSON: 200 with the message as a file, or 404."""
        preview = self._get_preview(request)
        message = self._fill(request, preview)[1].message
        # A slug may be in any script (RFC 6266 section 4.3, RFC 8187 section 3.2).
        disposition = f"attachment; filename*=UTF-8''{quote(preview.issue.slug, safe='')}.eml"
        return Response(
            message, media_type="message/rfc822", headers={"Content-Disposition": disposition}
        )

    def find_people(self, request: Request) -> Response:
        """GET /people?q=TEXT: 200 with subscribers in whose name or address the text occurs."""
        text = request.query_params.get("q", "").strip()
        found = list_people(self._desk.installation, text=text, limit=_MAX_PEOPLE) if text else []
        return JSONResponse(describe_people(found))

    async def stream_events(self, _request: Request) -> Response:
        """GET /events: 200 with an endless stream."""
        return StreamingResponse(self._events.stream(), media_type="text/event-stream")

    async def send_test(self, request: Request) -> Response:
        """POST /test-send: 200 with the outcomes, 409 for a broken issue, 422 for an address."""
        from starlette.concurrency import run_in_threadpool

        wanted = await _read_body(request)
        try:
            addresses = [EmailAddress.parse(str(each)) for each in wanted.get("addresses", [])]
        except InvalidAddressError as error:
            return PlainTextResponse(f"{error}\n", 422)
        if not 0 < len(addresses) <= _MAX_TEST_ADDRESSES:
            return PlainTextResponse(f"give one to {_MAX_TEST_ADDRESSES} addresses\n", 422)
        return await run_in_threadpool(self._send_test, str(wanted.get("issue")), addresses)

    def _send_test(self, key: str, addresses: list[EmailAddress]) -> Response:
        path = self._desk.find_issue(key)
        if path is None:
            raise HTTPException(404)
        look = self._desk.look_at(path)
        if look.failure or look.preview is None:
            return PlainTextResponse("mend the issue first: what is shown is an older one\n", 409)
        outcomes = send_test(self._desk.installation, look.preview.edition, addresses)
        return JSONResponse(describe_outcomes(outcomes))

    def _find_path(self, request: Request) -> Path:
        path = self._desk.find_issue(request.query_params.get("issue", ""))
        if path is None:
            raise HTTPException(404, "there is no such issue any more")
        return path

    def _look(self, request: Request) -> Look:
        return self._desk.look_at(self._find_path(request))

    def _get_preview(self, request: Request) -> Preview:
        preview = self._look(request).preview
        if preview is None:
            raise HTTPException(404, "this issue could never be rendered")
        return preview

    def _fill(self, request: Request, preview: Preview) -> tuple[Recipient, PreviewedMessage]:
        """Fill the issue for the person who is asked for, in the variant that is asked for."""
        query = request.query_params
        try:
            recipient = build_reader(self._desk.installation, query.get("as", "usual"))
        except UnknownSubscriberError as error:
            raise HTTPException(404, str(error)) from error
        variant = parse_number(query.get("variant", ""))
        return recipient, fill_preview(preview, recipient, variant=variant)


def _choose(wanted: str | None, known: tuple[Any, ...]) -> Any:
    """Take what was asked for if it is known, else the first of what is."""
    return wanted if wanted in known else known[0]


async def _read_body(request: Request) -> dict[str, Any]:
    """Read a small JSON object.

    Raises:
        HTTPException: 413 for a large body, 415 for another kind, 422 for one that is no object.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_BODY_BYTES:
            raise HTTPException(413)
    try:
        document = json.loads(body)
    except ValueError as error:
        raise HTTPException(422) from error
    if not isinstance(document, dict) or not isinstance(document.get("addresses", []), list):
        raise HTTPException(422)
    return document
