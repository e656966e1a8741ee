"""Pause, resume or cancel an issue; a running send hears of it with its next commit."""

from dataclasses import replace
from enum import StrEnum

from newsletter.errors import RefusedError
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.schedule import drop_schedule, forget_issue, hasten
from newsletter.sending.ledger.status import IssueState
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.show_status import IssueStatus, describe_planned


class Control(StrEnum):
    """What an operator may do to a planned issue."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


#: What becomes of an issue, and the states in which it can.
_CHANGES = {
    Control.PAUSE: (IssueState.PAUSED, {IssueState.SCHEDULED, IssueState.SENDING}),
    Control.RESUME: (IssueState.SENDING, {IssueState.PAUSED}),
    Control.CANCEL: (IssueState.CANCELLED, {IssueState.SENDING, IssueState.PAUSED}),
}
#: The same before an issue's time, when nobody is planned.
_CHANGES_BEFORE = {
    **_CHANGES,
    Control.RESUME: (IssueState.SCHEDULED, {IssueState.PAUSED}),
    Control.CANCEL: (IssueState.CANCELLED, {IssueState.SCHEDULED, IssueState.PAUSED}),
}


def control_issue(
    installation: Installation, name: str, control: Control
) -> tuple[bool, IssueStatus]:
    """Change where a planned issue stands; tell whether it changed, and where it stands now.

    Raises:
        NotFoundError: No issue of that name was ever planned.
        RefusedError: The issue has ended: it was sent or cancelled.
        TemporaryError: A scheduled issue was begun since it was looked at.
    """
    # Before the transaction: whoever is sending should not wait for a look through the files.
    slug = find_slug(installation.settings.folder, name)
    with installation.database.write() as connection:
        planned = get_planned_issue(connection, slug)
        target, sources = (_CHANGES if planned.is_planned else _CHANGES_BEFORE)[control]
        if planned.state is not target and planned.state not in sources:
            raise RefusedError(f"{planned.slug} is {planned.state}: it cannot be changed any more.")
        if control is Control.CANCEL and not planned.is_planned:
            forget_issue(connection, planned)
            return True, describe_planned(connection, replace(planned, state=target))
        if target is IssueState.CANCELLED:
            changed = plan.cancel_issue(connection, planned.id, now_ms=installation.now_ms())
            drop_schedule(connection, planned.id)
        elif target is IssueState.PAUSED:
            changed = plan.pause_issue(connection, planned.id)
        else:
            changed = plan.set_issue_state(connection, planned.id, target, only_from=sources)
            if target is IssueState.SCHEDULED and changed:
                # What was too late until now is wanted all the same.
                hasten(connection, planned.id, now_ms=installation.now_ms())
        return changed, describe_planned(connection, get_planned_issue(connection, slug))
