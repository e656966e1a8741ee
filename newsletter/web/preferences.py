"""What a reader sees and changes of his own data, by a link that was mailed to him."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.leave import leave
from newsletter.usecases.preferences import (
    PAUSE_DAYS,
    change_address,
    change_preferences,
    collect_my_data,
    erase_me,
    find_preferences,
    pause,
    request_preferences,
)
from newsletter.web.archive.times import find_day
from newsletter.web.form import Form, read_form
from newsletter.web.gate import Verdict
from newsletter.web.languages import LANGUAGES, find_language
from newsletter.web.site import Site, get_site
from newsletter.web.steps import HONEYPOT, Errand, decide, read_asked, show_step
from newsletter.web.subscribe import ANSWER_SECONDS, BAD_ADDRESS, BAD_NAME, read_tags
from newsletter.web.words import N_
from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, InvalidTokenError, InvalidValueError
from subscribers.profile import parse_name

LINK_ERRAND: Final = Errand(
    purpose="preferences", path="/preferences", fields=("email",), button=N_("Send me the link")
)
_NOT_CHECKED: Final = N_("Tick the box, so that nothing is erased by a slip of the finger.")
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


def _by_link(handler: Handler) -> Handler:
    """Answer 404 with the way to a new link, where the one that was used is not good any more."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except InvalidTokenError:
            return get_site(request).page(
                request, "expired.html", status_code=404, retry="/preferences"
            )

    return answer


async def show_request(request: Request) -> Response:
    """GET /preferences: 200, the form that asks for the link."""
    return await _show_request(request)


async def request_link(request: Request) -> Response:
    """POST /preferences: 303 to one answer, whoever it is; 422 and 429 as for a sign-up."""
    loop = asyncio.get_running_loop()
    answer_at = loop.time() + ANSWER_SECONDS
    site = get_site(request)
    form = await read_form(request)
    language = site.choose_language(request)
    try:
        address = EmailAddress.parse(form.get("email"))
    except InvalidAddressError:
        return await _show_request(request, typed=form.get("email"), problem=BAD_ADDRESS)
    if not form.get(HONEYPOT):
        asked = read_asked(request, form, LINK_ERRAND, address)
        verdict = await decide(request, asked)
        if verdict in {Verdict.STEP_UP, Verdict.TRY_LATER}:
            return await show_step(request, form, LINK_ERRAND, asked, verdict, language=language)
        if verdict is Verdict.PASS:
            await run_in_threadpool(
                request_preferences,
                site.installation,
                address,
                language=language,
                network=asked.network,
            )
            site.wake_worker()
    await asyncio.sleep(answer_at - loop.time())
    return site.redirect(request, "/preferences/sent")


async def show_sent(request: Request) -> Response:
    """GET /preferences/sent: 200, whatever is known of the address."""
    return get_site(request).page(request, "preferences_sent.html")


async def show_erased(request: Request) -> Response:
    """GET /erased: 200, after everything was erased."""
    return get_site(request).page(request, "erased.html")


@_by_link
async def show_preferences(request: Request) -> Response:
    """GET /preferences/TOKEN: 200, the page; 404 for a link that is not good any more."""
    return await _show_preferences(request)


@_by_link
async def save_preferences(request: Request) -> Response:
    """POST /preferences/TOKEN: 303 to the page; 422 for a name that cannot be; 404 as above."""
    site = get_site(request)
    form = await read_form(request)
    try:
        name = parse_name(form.get("name"))
    except InvalidValueError:
        return await _show_preferences(request, form, problems={"name": BAD_NAME})
    language = form.get("language")
    await run_in_threadpool(
        change_preferences,
        site.installation,
        request.path_params["token"],
        name=name,
        language=language if language in LANGUAGES else "",
        tags=read_tags(site, form),
        offered=frozenset(site.installation.settings.web.offered_tags),
    )
    return _lead_back(request, "saved")


@_by_link
async def pause_now(request: Request) -> Response:
    """POST /preferences/TOKEN/pause: 303 to the page; 422 for other days than are offered."""
    site = get_site(request)
    form = await read_form(request)
    days = form.get("days")
    if days not in {str(offered) for offered in PAUSE_DAYS}:
        raise HTTPException(422)
    token = request.path_params["token"]
    await run_in_threadpool(pause, site.installation, token, days=int(days))
    return _lead_back(request, "resumed" if days == "0" else "paused")


@_by_link
async def ask_for_new_address(request: Request) -> Response:
    """POST /preferences/TOKEN/address: 303 to the page, whatever is known of the new address.

    422 for what is no address; 429 with one more button, as for a sign-up.
    """
    loop = asyncio.get_running_loop()
    answer_at = loop.time() + ANSWER_SECONDS
    site = get_site(request)
    token = request.path_params["token"]
    form = await read_form(request)
    known = await run_in_threadpool(find_preferences, site.installation, token)
    if known is None:
        raise InvalidTokenError("not a link that is good")
    try:
        address = EmailAddress.parse(form.get("email"))
    except InvalidAddressError:
        return await _show_preferences(request, form, problems={"email": BAD_ADDRESS})
    errand = Errand(
        purpose="new address",
        path=f"/preferences/{token}/address",
        fields=("email",),
        button=N_("Send the confirmation"),
    )
    asked = read_asked(request, form, errand, address)
    verdict = await decide(request, asked)
    if verdict in {Verdict.STEP_UP, Verdict.TRY_LATER}:
        language = site.choose_language(request, known.language)
        return await show_step(request, form, errand, asked, verdict, language=language)
    if verdict is Verdict.PASS:
        await run_in_threadpool(
            change_address, site.installation, token, address, network=asked.network
        )
        site.wake_worker()
    await asyncio.sleep(answer_at - loop.time())
    return _lead_back(request, "asked")


@_by_link
async def download_my_data(request: Request) -> Response:
    """GET /preferences/TOKEN/data: 200, all that is kept of the person, as a JSON file."""
    site = get_site(request)
    token = request.path_params["token"]
    data = await run_in_threadpool(collect_my_data, site.installation, token)
    return Response(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n",
        media_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="my-data.json"',
        },
    )


@_by_link
async def leave_now(request: Request) -> Response:
    """POST /preferences/TOKEN/leave: 303 to the page that ends it, where it can be undone."""
    site = get_site(request)
    token = request.path_params["token"]
    found = await run_in_threadpool(find_preferences, site.installation, token)
    if found is None:
        raise InvalidTokenError("not a link that is good")
    await run_in_threadpool(leave, site.installation, found.unsubscribe_token, source="page")
    return site.redirect(request, f"/u/{found.unsubscribe_token}")


@_by_link
async def erase_now(request: Request) -> Response:
    """POST /preferences/TOKEN/erase: 303 to the page that says so; 422 without the tick."""
    site = get_site(request)
    form = await read_form(request)
    if form.get("sure") != "yes":
        return await _show_preferences(request, problems={"sure": _NOT_CHECKED})
    await run_in_threadpool(erase_me, site.installation, request.path_params["token"])
    return site.redirect(request, "/erased")


def _lead_back(request: Request, done: str) -> Response:
    return get_site(request).redirect(
        request, f"/preferences/{request.path_params['token']}?done={done}"
    )


async def _show_request(request: Request, *, typed: str = "", problem: str = "") -> Response:
    site = get_site(request)
    language = site.choose_language(request)
    network = site.find_network(request)
    return site.page(
        request,
        "preferences_request.html",
        status_code=422 if problem else 200,
        language=language,
        ticket=await run_in_threadpool(site.gate.open_form, LINK_ERRAND.purpose, network),
        typed={"email": typed},
        problems={"email": site.pages.translate(problem, language=language)} if problem else {},
    )


async def _show_preferences(
    request: Request, form: Form | None = None, *, problems: Mapping[str, str] | None = None
) -> Response:
    """Show the page, with what was typed and what is wrong with it.

    Raises:
        InvalidTokenError: The link is not good any more.
    """
    site = get_site(request)
    token = request.path_params["token"]
    found = await run_in_threadpool(find_preferences, site.installation, token)
    if found is None:
        raise InvalidTokenError("not a link that is good")
    language = site.choose_language(request, found.language)
    typed: dict[str, Any] = {name: form.get(name) for name in ("name", "email")} if form else {}
    return site.page(
        request,
        "preferences.html",
        status_code=422 if problems else 200,
        language=language,
        token=token,
        preferences=found,
        paused_until=_show_day(site, found.paused_until_ms),
        offered_tags=site.installation.settings.web.offered_tags,
        chosen_language=find_language(found.language) or language,
        pause_days=[days for days in PAUSE_DAYS if days],
        typed={"name": found.name, "email": "", **{k: v for k, v in typed.items() if v}},
        ticket=await run_in_threadpool(
            site.gate.open_form, "new address", site.find_network(request)
        ),
        done=request.query_params.get("done", ""),
        problems={
            name: site.pages.translate(text, language=language)
            for name, text in (problems or {}).items()
        },
    )


def _show_day(site: Site, moment_ms: int) -> str:
    """Write the day a pause ends, as 2026-01-31; empty when nothing is paused."""
    if moment_ms <= site.installation.now_ms():
        return ""
    return find_day(moment_ms, site.installation.settings.newsletter.timezone)


ROUTES: Final[list[BaseRoute]] = [
    Route("/preferences", show_request),
    Route("/preferences", request_link, methods=["POST"]),
    Route("/preferences/sent", show_sent),
    Route("/erased", show_erased),
    Route("/preferences/{token}", show_preferences),
    Route("/preferences/{token}", save_preferences, methods=["POST"]),
    Route("/preferences/{token}/pause", pause_now, methods=["POST"]),
    Route("/preferences/{token}/address", ask_for_new_address, methods=["POST"]),
    Route("/preferences/{token}/data", download_my_data),
    Route("/preferences/{token}/leave", leave_now, methods=["POST"]),
    Route("/preferences/{token}/erase", erase_now, methods=["POST"]),
]
