"""Follow the link of a confirmation: look, and only a button changes anything.

Programs that check links open each of them, some with a whole browser; none presses a button.
"""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.confirm import confirm, find_confirmation
from newsletter.usecases.disown import disown
from newsletter.web.form import is_from_page
from newsletter.web.site import get_site
from subscribers.errors import InvalidTokenError


async def show_confirmation(request: Request) -> Response:
    """GET /confirm/TOKEN: 200, what is to be confirmed; 404 for a link that is not good."""
    return await _show(request, "confirm.html")


async def show_disowning(request: Request) -> Response:
    """GET /confirm/TOKEN/not-me: 200, the question; 404 for a link that is not good."""
    return await _show(request, "disown.html")


async def confirm_it(request: Request) -> Response:
    """POST /confirm/TOKEN: 303 to the page that says it is done; 404 as above."""
    site = get_site(request)
    token = request.path_params["token"]
    try:
        done = await run_in_threadpool(
            confirm, site.installation, token, network=site.find_network(request)
        )
    except InvalidTokenError:
        return _show_expired(request)
    return site.redirect(
        request, "/confirmed" if done.purpose == "sign_up" else "/confirmed/address"
    )


async def disown_it(request: Request) -> Response:
    """POST /confirm/TOKEN/not-me: 303 to the page that says it is done; 404 as above.

    200 without a redirect for mail clients, which post here for their own unsubscribe button
    (RFC 8058 section 3.1).
    """
    site = get_site(request)
    token = request.path_params["token"]
    try:
        await run_in_threadpool(disown, site.installation, token)
    except InvalidTokenError:
        return _show_expired(request)
    if await is_from_page(request):
        return site.redirect(request, "/disowned")
    return PlainTextResponse("Done. Nothing more will be sent.\n")


async def show_confirmed(request: Request) -> Response:
    """GET /confirmed: 200, after a sign-up was confirmed."""
    return get_site(request).page(request, "confirmed.html", is_new_address=False)


async def show_address_confirmed(request: Request) -> Response:
    """GET /confirmed/address: 200, after a new address was confirmed."""
    return get_site(request).page(request, "confirmed.html", is_new_address=True)


async def show_disowned(request: Request) -> Response:
    """GET /disowned: 200, after "this was not me"."""
    return get_site(request).page(request, "disowned.html")


async def _show(request: Request, template: str) -> Response:
    site = get_site(request)
    token = request.path_params["token"]
    found = await run_in_threadpool(find_confirmation, site.installation, token)
    if found is None:
        return _show_expired(request)
    return site.page(
        request,
        template,
        language=site.choose_language(request, found.language),
        confirmation=found,
        token=token,
    )


def _show_expired(request: Request) -> Response:
    return get_site(request).page(request, "expired.html", status_code=404, retry="/subscribe")


ROUTES: Final[list[BaseRoute]] = [
    Route("/confirm/{token}", show_confirmation),
    Route("/confirm/{token}", confirm_it, methods=["POST"]),
    Route("/confirm/{token}/not-me", show_disowning),
    Route("/confirm/{token}/not-me", disown_it, methods=["POST"]),
    Route("/confirmed", show_confirmed),
    Route("/confirmed/address", show_address_confirmed),
    Route("/disowned", show_disowned),
]
