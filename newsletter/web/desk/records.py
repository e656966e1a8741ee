"""What waits for a decision, what operators did, and who is signed in."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.usecases.list_held import list_held
from newsletter.usecases.look_around import PAGE_ACTIONS, list_actions
from newsletter.usecases.sign_in import end_session, list_sessions
from newsletter.web.desk.visit import Visit, pressed, signed_in
from newsletter.web.form import Form


def show_held(visit: Visit) -> Response:
    """GET /desk/held: 200, what waits for a decision and what looks wrong."""
    return visit.page("held.html", held=list_held(visit.installation))


def show_actions(visit: Visit) -> Response:
    """GET /desk/actions: 200, what operators did, the newest first."""
    found = list_actions(visit.installation, before_id=visit.before)
    return visit.page(
        "actions.html",
        actions=found,
        next_before=found[-1].id if len(found) == PAGE_ACTIONS else None,
    )


def show_sessions(visit: Visit) -> Response:
    """GET /desk/sessions: 200, who is signed in, and a button for each."""
    return visit.page("sessions.html", sessions=list_sessions(visit.installation))


def end_now(visit: Visit, form: Form) -> Response:
    """POST /desk/sessions: 303 to the list, and that session has ended; 422 for no number."""
    number = form.get("session")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise HTTPException(422)
    end_session(visit.installation, int(number))
    return visit.redirect("sessions")


ROUTES: Final[list[BaseRoute]] = [
    Route("/desk/held", signed_in(show_held)),
    Route("/desk/actions", signed_in(show_actions)),
    Route("/desk/sessions", signed_in(show_sessions)),
    Route("/desk/sessions", pressed(end_now), methods=["POST"]),
]
