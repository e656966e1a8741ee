"""Readers on the desk: how many there are, how it came to that, and one reader's story.

An address is sent in the body of a form and nowhere else: not in a URL, not in a log.
"""

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.show_growth import show_growth
from newsletter.usecases.tell_story import ReaderStory, tell_story
from newsletter.web.desk.chart import draw_growth
from newsletter.web.desk.visit import Visit, pressed, signed_in
from newsletter.web.desk.words import WHY_NOT
from newsletter.web.form import Form
from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, UnknownSubscriberError


def show_readers(visit: Visit) -> Response:
    """GET /desk/readers: 200, states and growth, by month or ``?by=week``."""
    is_weekly = visit.request.query_params.get("by") == "week"
    growth = show_growth(visit.installation, step="week" if is_weekly else "month")
    return visit.page("readers.html", growth=growth, chart=draw_growth(growth.stretches))


def show_search(visit: Visit) -> Response:
    """GET /desk/reader: 200, the form that asks for an address."""
    return _show_story(visit)


def show_reader(visit: Visit, form: Form) -> Response:
    """POST /desk/reader: 200, one reader's story; 422 for what is no address, 404 for nobody.

    It changes nothing; it is a POST so that the address is in no URL.
    """
    typed = form.get("email").strip()
    try:
        story = tell_story(visit.installation, EmailAddress.parse(typed))
    except InvalidAddressError:
        return _show_story(visit, typed, problem="invalid", status_code=422)
    except UnknownSubscriberError:
        return _show_story(visit, typed, problem="unknown", status_code=404)
    return _show_story(visit, typed, story=story)


def _show_story(
    visit: Visit,
    typed: str = "",
    *,
    story: ReaderStory | None = None,
    problem: str = "",
    status_code: int = 200,
) -> Response:
    return visit.page(
        "reader.html",
        status_code=status_code,
        typed=typed,
        story=story,
        problem=problem,
        why_not=WHY_NOT,
    )


ROUTES: Final[list[BaseRoute]] = [
    Route("/desk/readers", signed_in(show_readers)),
    Route("/desk/reader", signed_in(show_search)),
    Route("/desk/reader", pressed(show_reader), methods=["POST"]),
]
