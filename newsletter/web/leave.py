"""Leave: one click in a mail client, or one button on a page; nobody is asked to prove anything.

Mail services post here for their readers from few addresses, so no limit by network stands in the
way, and neither does the check of origins. A token does nothing but end one subscription.
"""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.leave import come_back, find_leaver, leave
from newsletter.web.form import is_from_page
from newsletter.web.site import get_site
from subscribers.errors import InvalidTokenError


async def show_leaving(request: Request) -> Response:
    """GET /u/TOKEN: 200, the question, or that it is done; 404 for a link we did not make."""
    site = get_site(request)
    token = request.path_params["token"]
    try:
        leaver = await run_in_threadpool(find_leaver, site.installation, token)
    except InvalidTokenError:
        return _show_unknown(request)
    return site.page(
        request,
        "leave.html",
        language=site.choose_language(request, leaver.language),
        leaver=leaver,
        token=token,
    )


async def leave_now(request: Request) -> Response:
    """POST /u/TOKEN: 200 and one line, without cookie or redirect (RFC 8058 section 3.2).

    303 to the page for whoever pressed the button there; 404 for a link we did not make. Any body
    will do: a mail service that writes its own still means it.
    """
    site = get_site(request)
    is_page = await is_from_page(request)
    try:
        await run_in_threadpool(
            leave,
            site.installation,
            request.path_params["token"],
            source="page" if is_page else "one click",
        )
    except InvalidTokenError:
        return _show_unknown(request)
    if is_page:
        return site.redirect(request, f"/u/{request.path_params['token']}")
    return PlainTextResponse("You are unsubscribed.\n", headers={"Cache-Control": "no-store"})


async def return_now(request: Request) -> Response:
    """POST /u/TOKEN/return: 303 to the page, where the hour may have passed; 404 as above."""
    site = get_site(request)
    token = request.path_params["token"]
    try:
        await run_in_threadpool(come_back, site.installation, token)
    except InvalidTokenError:
        return _show_unknown(request)
    return site.redirect(request, f"/u/{token}")


def _show_unknown(request: Request) -> Response:
    return get_site(request).page(request, "expired.html", status_code=404, retry="/preferences")


ROUTES: Final[list[BaseRoute]] = [
    Route("/u/{token}", show_leaving),
    Route("/u/{token}", leave_now, methods=["POST"]),
    Route("/u/{token}/return", return_now, methods=["POST"]),
]
