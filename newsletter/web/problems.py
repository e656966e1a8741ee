"""When something is wrong: a page that says so kindly, in the reader's language, and what to do."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from newsletter.web.security import build_headers
from newsletter.web.site import get_site
from newsletter.web.words import N_

#: How long to wait before the same is tried again, when the database was busy.
RETRY_AFTER_SECONDS: Final = 30


class Words(NamedTuple):
    """What a page says, to be translated."""

    title: str
    advice: str


_WORDS: Final[Mapping[int, Words]] = {
    400: Words(
        N_("This address is not ours"),
        N_("Your browser asked for a site of another name. Follow the link you came from again."),
    ),
    403: Words(
        N_("This came from another site"),
        N_("For your safety, nothing was changed. Open the page here and press its button again."),
    ),
    404: Words(
        N_("There is no such page"),
        N_("The link may be incomplete, or the page has moved. Nothing of yours was changed."),
    ),
    405: Words(
        N_("This page cannot do that"),
        N_("Go back, reload the page, and use its buttons."),
    ),
    409: Words(
        N_("This can no longer be done"),
        N_("It has changed since the page was shown. Go back and look again."),
    ),
    413: Words(
        N_("That was too much at once"),
        N_("The form takes short texts only. Go back and write less."),
    ),
    415: Words(
        N_("This is no form we can read"),
        N_("Go back, reload the page, and use its buttons."),
    ),
    422: Words(
        N_("This could not be read"),
        N_("Something in the form is no text. Go back, reload the page, and try again."),
    ),
    500: Words(
        N_("Something went wrong here"),
        N_("It is our mistake, not yours, and it was noted. Please try again in a few minutes."),
    ),
    503: Words(
        N_("Just a moment, please"),
        N_("Too much is going on here right now. Please try again in a minute."),
    ),
}


def show_problem(connection: HTTPConnection, status_code: int) -> Response:
    """Make the page of a status."""
    site = get_site(connection)
    language = site.choose_language(connection)
    words = _WORDS.get(status_code, _WORDS[500])
    response = site.page(
        connection,
        "problem.html",
        status_code=status_code,
        language=language,
        title=site.pages.translate(words.title, language=language),
        advice=site.pages.translate(words.advice, language=language),
    )
    if status_code == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what routing and forms refuse: 404, 405, 413, 415, 422."""
    status_code = error.status_code if isinstance(error, HTTPException) else 500
    response = show_problem(request, status_code)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def answer_busy(request: Request, _error: Exception) -> Response:
    """Answer a database that does not just now: 503, so that mail services try again."""
    return show_problem(request, 503)


def answer_mistake(request: Request, _error: Exception) -> Response:
    """Answer a mistake of ours: 500; the traceback goes into the log."""
    response = show_problem(request, 500)
    # It is made outside of the guard, which adds them to every other page.
    response.headers.update(build_headers(get_site(request).installation.settings))
    return response
