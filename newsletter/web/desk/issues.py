"""Issues on the desk: all of them, one of them, and the buttons that hold it or let it go on."""

from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from newsletter.errors import NotFoundError, RefusedError
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.control_issue import Control, control_issue
from newsletter.usecases.look_around import PAGE_ISSUES, list_issue_lines, list_troubles
from newsletter.usecases.report_issue import (
    IssueReport,
    list_returned,
    report_planned,
)
from newsletter.web.desk.visit import Visit, pressed, signed_in
from newsletter.web.form import Form

#: State of an issue → what may be done to it here.
CONTROLS: Final = {
    IssueState.SCHEDULED: (Control.PAUSE, Control.CANCEL),
    IssueState.SENDING: (Control.PAUSE, Control.CANCEL),
    IssueState.PAUSED: (Control.RESUME, Control.CANCEL),
}


def show_issues(visit: Visit) -> Response:
    """GET /desk/: 200, issues with their funnel, the newest first."""
    lines = list_issue_lines(visit.installation, before_id=visit.before)
    return visit.page(
        "issues.html",
        lines=lines,
        is_live=any(line.issue.state is IssueState.SENDING for line in lines),
        next_before=lines[-1].issue.id if len(lines) == PAGE_ISSUES else None,
    )


def show_issue(visit: Visit) -> Response:
    """GET /desk/issues/SLUG: 200, what became of it; 404 for an issue that was never planned."""
    report = _get_report(visit)
    return visit.page(
        "issue.html",
        status_code=200,
        **describe_report(report),
        controls=CONTROLS.get(report.issue.state, ()),
        is_live=report.issue.state is IssueState.SENDING,
    )


def show_control(visit: Visit) -> Response:
    """GET /desk/issues/SLUG/CONTROL: 200, the question; 404 where it cannot be done."""
    report, control = _get_report(visit), _get_control(visit)
    if control not in CONTROLS.get(report.issue.state, ()):
        raise HTTPException(404)
    return visit.page("control.html", report=report, control=control)


def control_now(visit: Visit, _form: Form) -> Response:
    """POST /desk/issues/SLUG/CONTROL: 303 to the issue; 404 and 409 where it cannot be done."""
    # By its slug in the ledger: whatever else is typed there names no file of this machine.
    slug, control = _get_report(visit).issue.slug, _get_control(visit)
    try:
        control_issue(visit.installation, slug, control)
    except RefusedError:
        raise HTTPException(409) from None
    return visit.redirect(f"issues/{slug}")


def show_errors(visit: Visit) -> Response:
    """GET /desk/errors: 200, what servers said, by code, across issues."""
    return visit.page("errors.html", troubles=list_troubles(visit.installation))


def describe_report(report: IssueReport) -> Mapping[str, object]:
    """Name what `templates/pages/desk/report.html` shows."""
    returned = {name: count for name, count in list_returned(report.returned).items() if count}
    return {"report": report, "parts_of_sum": report.summary.tally.parts, "returned": returned}


def _get_report(visit: Visit) -> IssueReport:
    try:
        return report_planned(visit.installation, visit.request.path_params["slug"])
    except NotFoundError:
        raise HTTPException(404) from None


def _get_control(visit: Visit) -> Control:
    try:
        return Control(visit.request.path_params["control"])
    except ValueError:
        raise HTTPException(404) from None


ROUTES: Final[list[BaseRoute]] = [
    Route("/desk/", signed_in(show_issues)),
    Route("/desk/issues/{slug}", signed_in(show_issue)),
    Route("/desk/issues/{slug}/{control}", signed_in(show_control)),
    Route("/desk/issues/{slug}/{control}", pressed(control_now), methods=["POST"]),
    Route("/desk/errors", signed_in(show_errors)),
]
