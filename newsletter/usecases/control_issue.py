"""Pause, resume or cancel an issue; a running send hears of it with its next commit."""

from enum import StrEnum

from newsletter.errors import RefusedError
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import plan
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
    Control.PAUSE: (IssueState.PAUSED, {IssueState.SENDING}),
    Control.RESUME: (IssueState.SENDING, {IssueState.PAUSED}),
    Control.CANCEL: (IssueState.CANCELLED, {IssueState.SENDING, IssueState.PAUSED}),
}


def control_issue(
    installation: Installation, name: str, control: Control
) -> tuple[bool, IssueStatus]:
    """Change where a planned issue stands; tell whether it changed, and where it stands now.

    Raises:
        NotFoundError: No issue of that name was ever planned.
        RefusedError: The issue has ended: it was sent or cancelled.
    """
    target, sources = _CHANGES[control]
    # Before the transaction: whoever is sending should not wait for a look through the files.
    slug = find_slug(installation.settings.folder, name)
    with installation.database.write() as connection:
        planned = get_planned_issue(connection, slug)
        if planned.state is not target and planned.state not in sources:
            raise RefusedError(f"{planned.slug} is {planned.state}: it cannot be changed any more.")
        if target is IssueState.CANCELLED:
            changed = plan.cancel_issue(connection, planned.id, now_ms=installation.now_ms())
        elif target is IssueState.PAUSED:
            changed = plan.pause_issue(connection, planned.id)
        else:
            changed = plan.set_issue_state(connection, planned.id, target, only_from=sources)
        if changed:
            installation.record_action(connection, ActionKind(control), issue=slug)
        return changed, describe_planned(connection, get_planned_issue(connection, slug))
