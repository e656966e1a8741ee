"""Who asks for a page of the desk: found by the cookie; every button proves that it is ours.

The cookie is a random token that nobody else can read: HttpOnly, and where readers come by HTTPS
also Secure and bound to this host. Forms carry a stamp that is good for one session.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from newsletter.operators.sessions import LIFE_MS, TOKEN_BYTES, Session
from newsletter.usecases.installation import Installation
from newsletter.usecases.sign_in import find_session, has_operators
from newsletter.web.desk.words import WORDS, tell_moment
from newsletter.web.form import Form, read_form
from newsletter.web.security import build_headers
from newsletter.web.site import Site, get_site
from newsletter.web.stamp import MAX_AGE_MS, read_stamp, write_stamp

#: A page that renews itself says so: it does not prolong the session.
RENEWS: Final = "renews"
_STAMP: Final = "stamp"

Page: TypeAlias = Callable[["Visit"], Response]
Act: TypeAlias = Callable[["Visit", Form], Response]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A request of somebody who is signed in."""

    request: Request
    session: Session

    @property
    def site(self) -> Site:
        """The pages that it is for."""
        return get_site(self.request)

    @property
    def installation(self) -> Installation:
        """The installation, with the operator as its actor."""
        return replace(self.site.installation, actor=self.session.name)

    @property
    def before(self) -> int | None:
        """Number of the row after which a list goes on; None for its beginning."""
        text = self.request.query_params.get("before", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None

    def page(self, template: str, *, status_code: int = 200, **variables: object) -> Response:
        """Answer with a page of `templates/pages/desk/`."""
        own = {
            "session": self.session,
            "stamp": write_form_stamp(self.site, _name_forms(self.session)),
        }
        return show_page(self.request, template, status_code, {**own, **variables})

    def redirect(self, path: str) -> Response:
        """Lead to a page of the desk after a POST."""
        return self.site.redirect(self.request, f"/desk/{path}")


def show_page(
    request: Request, template: str, status_code: int, variables: Mapping[str, object]
) -> Response:
    """Answer with a page of `templates/pages/desk/`, to whomever."""
    site = get_site(request)
    response = site.page(
        request,
        f"desk/{template}",
        status_code=status_code,
        language="",
        is_frameable=False,
        words=WORDS,
        when=tell_moment,
        here=request.url.path,
        **variables,
    )
    # The page of an issue that is being sent renews itself.
    response.headers.update(build_headers(site.installation.settings, may_ask=True))
    return response


def signed_in(show: Page) -> Callable[[Request], Response]:
    """Make a handler of a page: whoever is not signed in is led to where he can."""

    def handler(request: Request) -> Response:
        visit = _find_visit(request)
        return show(visit) if visit else _lead_to_sign_in(request)

    handler.__doc__ = show.__doc__
    return handler


def pressed(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """Make a handler of a button: 403 for a form that this session was not shown."""

    def answer(request: Request, form: Form) -> Response:
        visit = _find_visit(request)
        if visit is None:
            return _lead_to_sign_in(request)
        if not is_our_form(visit.site, form, _name_forms(visit.session)):
            raise HTTPException(403)
        return act(visit, form)

    async def handler(request: Request) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(answer, request, form)

    handler.__doc__ = act.__doc__
    return handler


def write_form_stamp(site: Site, purpose: str) -> str:
    """Make the stamp of a form."""
    keys, now_ms = site.installation.keys, site.installation.now_ms()
    return write_stamp(keys, purpose=purpose, now_ms=now_ms, random_bytes=site.random_bytes)[0]


def is_our_form(site: Site, form: Form, purpose: str) -> bool:
    """Tell whether a form was shown by us, for this purpose, within a day."""
    stamp = read_stamp(site.installation.keys, form.get(_STAMP), purpose=purpose)
    return stamp is not None and site.installation.now_ms() - stamp.shown_at_ms <= MAX_AGE_MS


def make_token(site: Site) -> str:
    """Make a token for a new session: 43 characters that nobody can guess."""
    return base64.urlsafe_b64encode(site.random_bytes(TOKEN_BYTES)).decode("ascii").rstrip("=")


def set_cookie(site: Site, response: Response, token: str) -> None:
    """Give the token to the browser, which keeps it as long as the session may last."""
    response.set_cookie(
        _name_cookie(site),
        token,
        max_age=LIFE_MS // 1000,
        path="/",
        secure=_is_https(site),
        httponly=True,
        samesite="lax",
    )


def delete_cookie(site: Site, response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(
        _name_cookie(site), path="/", secure=_is_https(site), httponly=True, samesite="lax"
    )


def find_own_session(request: Request) -> Session | None:
    """Find the session of the browser that asks."""
    site = get_site(request)
    token = request.cookies.get(_name_cookie(site), "")
    is_person = RENEWS not in request.query_params
    return find_session(site.installation, token, is_person=is_person) if token else None


def refuse_without_operators(site: Site) -> None:
    """Know nothing of a desk where nobody could sign in.

    Raises:
        HTTPException: 404.
    """
    if not has_operators(site.installation):
        raise HTTPException(404)


def _find_visit(request: Request) -> Visit | None:
    session = find_own_session(request)
    return Visit(request=request, session=session) if session else None


def _lead_to_sign_in(request: Request) -> Response:
    site = get_site(request)
    refuse_without_operators(site)
    return site.redirect(request, "/desk/sign-in")


def _name_forms(session: Session) -> str:
    return f"desk session {session.id}"


def _name_cookie(site: Site) -> str:
    """Name the cookie so that browsers take it from this host by HTTPS only (RFC 6265bis 4.1.3)."""
    return "__Host-desk" if _is_https(site) else "desk"


def _is_https(site: Site) -> bool:
    return site.installation.settings.newsletter.base_url.startswith("https:")
