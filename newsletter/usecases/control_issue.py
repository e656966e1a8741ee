"""Pause, resume or cancel an issue, or change its rate; a running send hears of it at once.

That is, in its next commit.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from newsletter.errors import RefusedError
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import lease, plan
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.schedule import drop_schedule, forget_issue, hasten
from newsletter.sending.ledger.status import IssueState, Tally
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import find_slug, get_planned_issue
from newsletter.usecases.show_status import IssueStatus, describe_planned

#: A next hop may take ten minutes to answer a message (RFC 5321 section 4.5.3.2.6).
_ANSWER_SECONDS = 600.0
#: For the sender to see that it may end, and to end.
_END_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 0.1


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What came of a control."""

    #: Whether the issue stood elsewhere before.
    has_changed: bool
    #: Where it stood when it was said, the change included.
    before: IssueStatus
    #: Where it stands now.
    now: IssueStatus

    @property
    def is_over(self) -> bool:
        """Whether nobody sends it any more: no further message leaves."""
        return self.now.sender is None

    @property
    def in_flight(self) -> int:
        """How many messages might have been leaving when it was said."""
        return self.before.tally.in_flight

    @property
    def settled(self) -> Tally:
        """What has become of those since; who is waiting or cancelled never left.

        Exact, for nothing else is begun after it was said.
        """
        then, now = self.before.tally, self.now.tally
        ended = {
            name: getattr(now, name) - getattr(then, name)
            for name in ("sent", "failed", "in_doubt", "deferred")
        }
        returned = self.in_flight - now.in_flight - sum(ended.values())
        is_cancelled = self.now.issue.state is IssueState.CANCELLED
        return Tally(
            **ended,
            in_flight=now.in_flight,
            waiting=0 if is_cancelled else returned,
            cancelled=returned if is_cancelled else 0,
        )


def control_issue(installation: Installation, name: str, control: Control) -> Effect:
    """Change where a planned issue stands; `await_end` then tells what came of it.

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
        if planned.state is not target:
            _refuse_ended(planned, sources)
        if control is Control.CANCEL and not planned.is_planned:
            forget_issue(connection, planned)
            installation.record_action(connection, ActionKind.CANCEL, issue=slug)
            found = describe_planned(connection, replace(planned, state=target))
            return Effect(has_changed=True, before=found, now=found)
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
        if changed:
            installation.record_action(connection, ActionKind(control), issue=slug)
        found = describe_planned(connection, get_planned_issue(connection, slug))
    return Effect(has_changed=changed, before=found, now=found)


def change_rate(installation: Installation, name: str, per_second: float | None) -> Effect:
    """Give an issue a rate of its own, whether it is being sent or not.

    Args:
        installation: Where and with what.
        name: Of the issue, its path or slug.
        per_second: Messages; 0 for no limit, None for what the settings say.

    Raises:
        NotFoundError: No issue of that name was ever planned.
        RefusedError: The issue has ended: it was sent or cancelled.
    """
    slug = find_slug(installation.settings.folder, name)
    with installation.database.write() as connection:
        planned = get_planned_issue(connection, slug)
        _refuse_ended(planned, {IssueState.SCHEDULED, IssueState.SENDING, IssueState.PAUSED})
        plan.set_rate(connection, planned.id, per_second)
        words = "as the settings say" if per_second is None else f"{per_second:g} a second"
        installation.record_action(connection, ActionKind.RATE, issue=slug, details=words)
        found = describe_planned(connection, get_planned_issue(connection, slug))
    return Effect(has_changed=planned.rate_per_second != per_second, before=found, now=found)


def await_end(
    installation: Installation, effect: Effect, *, rest: Callable[[float], None] = time.sleep
) -> Effect:
    """Wait until whoever sends the issue has finished what was in flight.

    Waits no longer than a next hop may take to answer, and some seconds more.

    Args:
        installation: Where and with what.
        effect: What was done.
        rest: Passes so many seconds.
    """
    issue_id = effect.now.issue.id
    patience = max(_ANSWER_SECONDS, installation.settings.transport.timeout_seconds or 0)
    looks = int((patience + _END_SECONDS) / _LOOK_EVERY_SECONDS)
    # The lease tells it in one row; to count the deliveries each time would cost the sender time.
    while looks and _is_being_sent(installation, issue_id):
        rest(_LOOK_EVERY_SECONDS)
        looks -= 1
    with installation.database.read() as connection:
        planned = get_planned_issue(connection, effect.now.issue.slug)
        now = describe_planned(connection, planned)
    return Effect(has_changed=effect.has_changed, before=effect.before, now=now)


def _is_being_sent(installation: Installation, issue_id: int) -> bool:
    with installation.database.read() as connection:
        return bool(lease.list_senders(connection, issue_id))


def _refuse_ended(planned: PlannedIssue, sources: set[IssueState]) -> None:
    if planned.state not in sources:
        raise RefusedError(f"{planned.slug} is {planned.state}: it cannot be changed any more.")
