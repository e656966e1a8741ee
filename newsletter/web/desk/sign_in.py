"""Sign in and out; slow for whoever guesses, by name and by network."""

from dataclasses import replace
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.sign_in import end_session, sign_in
from newsletter.web.desk.visit import (
    Visit,
    delete_cookie,
    find_own_session,
    is_our_form,
    make_token,
    pressed,
    refuse_without_operators,
    set_cookie,
    show_page,
    write_form_stamp,
)
from newsletter.web.form import Form, read_form
from newsletter.web.limits import Limit, build_key, take
from newsletter.web.site import Site, get_site

_MINUTE_MS: Final = 60_000
#: Ten mistakes, and then one a minute; a password of 15 characters is not guessed at this pace.
NETWORK: Final = Limit("desk network", burst=10, period_ms=_MINUTE_MS)
#: From wherever: wide enough that a stranger who knows a name does not lock its owner out for long.
NAME: Final = Limit("desk name", burst=20, period_ms=_MINUTE_MS)
_PURPOSE: Final = "desk sign-in"
_MAX_NAME_CHARACTERS: Final = 64


def show_sign_in(request: Request) -> Response:
    """GET /desk/sign-in: 200, the form; 303 for whoever is signed in; 404 without operators."""
    site = get_site(request)
    refuse_without_operators(site)
    if find_own_session(request):
        return site.redirect(request, "/desk/")
    return _show_form(request)


async def sign_in_now(request: Request) -> Response:
    """POST /desk/sign-in: 303 to the desk, with a session of its own.

    422 with the form again for a wrong name or password; 429 for too many attempts; 403 for a form
    that is not ours; 404 without operators.
    """
    form = await read_form(request)
    return await run_in_threadpool(_sign_in, request, form)


def sign_out(visit: Visit, _form: Form) -> Response:
    """POST /desk/sign-out: 303 to the form, and the session has ended."""
    end_session(visit.installation, visit.session.id)
    response = visit.redirect("sign-in")
    delete_cookie(visit.site, response)
    return response


def _sign_in(request: Request, form: Form) -> Response:
    site = get_site(request)
    refuse_without_operators(site)
    if not is_our_form(site, form, _PURPOSE):
        raise HTTPException(403)
    name = form.get("name").strip().lower()[:_MAX_NAME_CHARACTERS]
    network = site.find_network(request)
    if not _may_try(site, name, network):
        return _show_form(request, name, problem="later", status_code=429)
    installation = replace(site.installation, actor=name)
    token = make_token(site)
    if not sign_in(installation, name, form.get("password"), token=token, network=network):
        return _show_form(request, name, problem="wrong", status_code=422)
    # Whoever had a session before has one less: a token never goes from one person to another.
    if before := find_own_session(request):
        end_session(installation, before.id)
    response = site.redirect(request, "/desk/")
    set_cookie(site, response, token)
    return response


def _may_try(site: Site, name: str, network: str) -> bool:
    """Count an attempt, right or wrong, before anything is compared."""
    keys, now_ms = site.installation.keys, site.installation.now_ms()
    with site.installation.database.write() as connection:
        return all(
            take(connection, build_key(keys, limit.kind, value), limit, now_ms=now_ms)
            for limit, value in ((NETWORK, network), (NAME, name))
        )


def _show_form(
    request: Request, name: str = "", *, problem: str = "", status_code: int = 200
) -> Response:
    variables = {
        "session": None,
        "stamp": write_form_stamp(get_site(request), _PURPOSE),
        "typed_name": name,
        "problem": problem,
    }
    return show_page(request, "sign_in.html", status_code, variables)


ROUTES: Final[list[BaseRoute]] = [
    Route("/desk/sign-in", show_sign_in),
    Route("/desk/sign-in", sign_in_now, methods=["POST"]),
    Route("/desk/sign-out", pressed(sign_out), methods=["POST"]),
]
