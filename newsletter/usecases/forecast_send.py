"""What a send would do, told before anything is done; every safety rule stands here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from newsletter.errors import ChecksError, RefusedError
from newsletter.issues.issue import Issue
from newsletter.issues.source import show_path
from newsletter.rendering.edition import Edition
from newsletter.rendering.finding import Finding, Severity
from newsletter.sending.ledger import deferred, deliveries, failed, plan
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.schedule import Schedule, find_schedule
from newsletter.sending.ledger.status import IssueState, Tally
from newsletter.sending.moment import LocalTime
from newsletter.usecases.choose_segment import FOR_EVERYONE, ChosenSegment
from newsletter.usecases.count_segment import find_unknown_tags
from newsletter.usecases.departures import Departure, list_departures
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.planned_segment import find_segment, judge_segment
from newsletter.usecases.reach_pages import find_unreachable
from newsletter.usecases.restored_backup import refuse_restored
from newsletter.usecases.warm_up_outlook import WarmUpOutlook, find_outlook


class DoubtDecision(StrEnum):
    """What to do with deliveries that are in doubt."""

    #: Leave them as they are.
    HOLD = "hold"
    #: Try again: whoever did get it gets it twice.
    RETRY = "retry"
    #: Never try again: whoever did not get it will not.
    WRITE_OFF = "write-off"


@dataclass(frozen=True, kw_only=True, slots=True)
class SendRequest:
    """What the operator asked for."""

    issue: Issue
    edition: Edition
    #: What the checks found in it.
    findings: tuple[Finding, ...] = ()
    #: Send it in spite of errors among them.
    ignore_checks: bool = False
    #: Only subscribers in it.
    segment: ChosenSegment = FOR_EVERYONE
    #: Also plan people who were confirmed since.
    add_new: bool = False
    #: Send the rest from the file as it is now, though it was planned from another text.
    accept_changes: bool = False
    in_doubt: DoubtDecision = DoubtDecision.HOLD
    #: Plan failed deliveries again, to whoever still gets issues.
    retry_failed: bool = False
    #: Messages this run may begin; None for all.
    limit: int | None = None
    #: Stay for what is deferred, until nothing is.
    stays: bool = False
    #: When it is to be begun; None for now.
    schedule: Schedule | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a send will do."""

    #: None when the ledger does not know the issue.
    planned: PlannedIssue | None
    #: When it is begun or gone on with by itself, so far.
    scheduled: Schedule | None
    #: When whom it reaches, if it is to be sent by the readers' clocks.
    departures: tuple[Departure, ...]
    #: How long a warm-up makes it take.
    warm_up: WarmUpOutlook | None
    #: Before this run; all zero when the issue was never planned.
    tally: Tally
    #: Messages this run would begin at most.
    messages: int
    #: People the plan would gain; None when it stays as it is.
    to_plan: int | None
    #: Failed deliveries that are planned again.
    to_retry: int
    #: Why subscribers are not in the audience; only when people are to be planned.
    left_out: Mapping[str, int]
    #: Whether running would change anything: send, or settle what is in doubt or was left open.
    has_work: bool
    #: Deferred deliveries whose next attempt is due.
    due: int = 0
    #: When the next attempt at a deferred delivery is due; milliseconds since 1970, UTC.
    next_attempt_at_ms: int | None = None
    #: What should be mended first, and forbids nothing; whole sentences.
    warnings: tuple[str, ...] = ()


def forecast_send(installation: Installation, request: SendRequest) -> Forecast:
    """Look at what a send would do; changes nothing.

    Raises:
        RefusedError: A safety rule stands against it: a restored backup, a draft, an empty or
            cancelled or paused issue, a file that changed since it was planned, an audience nobody
            is in, an issue that was never sent and whose failed deliveries are wanted.
    """
    _refuse_file(installation, request.issue)
    tally, not_due = Tally(), 0
    to_plan: int | None = None
    left_out: Mapping[str, int] = {}
    scheduled: Schedule | None = None
    due, next_at_ms, to_retry = 0, None, 0
    warnings: list[str] = []
    with installation.database.read() as connection:
        refuse_restored(installation, connection)
        planned = plan.find_issue(connection, request.issue.slug)
        is_new = planned is None or not planned.is_planned
        if planned is not None:
            _refuse_planned(planned, request)
            warnings += judge_segment(
                installation.settings, planned, request.segment, add_new=request.add_new
            )
            tally = deliveries.count_deliveries(connection, planned.id)
            scheduled = find_schedule(connection, planned.id)
            due = deferred.count_due(connection, planned.id, now_ms=installation.now_ms())
            next_at_ms = deferred.find_next_attempt(connection, planned.id)
        if planned is not None and scheduled is not None and scheduled.local_time:
            not_due = deliveries.count_not_due(connection, planned.id, now_ms=installation.now_ms())
        if request.retry_failed:
            mailable = select_mailable(installation)
            to_retry = failed.count_mailable(connection, _get_id(planned, request), mailable)
        if is_new or request.add_new:
            chosen = find_segment(planned, request.segment)
            audience = IssueAudience.of(installation, segment=chosen.segment)
            to_plan, left_out = audience.count_everybody(connection)
            if planned is not None and to_plan:
                to_plan = plan.count_new(connection, planned.id, audience.select())
            unknown = find_unknown_tags(connection, chosen.segment)
            warnings += [f"nobody carries the tag {name}." for name in unknown]
        departures = _list_departures(installation, connection, planned, request)
        outlook = find_outlook(installation, connection, tally.waiting + (to_plan or 0))
    if is_new and not to_plan:
        raise RefusedError(
            "nobody is in the audience of this issue"
            f" ({describe_left_out(left_out) or 'there are no subscribers yet'})."
            " Nothing was planned.",
            problems=warnings,
        )
    doubtful = tally.in_doubt + tally.in_flight
    retried = doubtful if request.in_doubt is DoubtDecision.RETRY else 0
    tried_again = tally.deferred if request.stays else due
    messages = tally.waiting - not_due + tried_again + (to_plan or 0) + to_retry + retried
    if planned is not None and planned.is_planned and (messages or tally.deferred):
        _refuse_changes(planned, request)
    is_settled = tally.in_flight or (tally.in_doubt and request.in_doubt is not DoubtDecision.HOLD)
    # Whoever sent the last message may have ended before he could tell that it was the last.
    is_unfinished = planned is not None and planned.state is IssueState.SENDING
    if messages and (unreachable := find_unreachable(installation)):
        warnings.append(unreachable)
    return Forecast(
        planned=planned,
        scheduled=scheduled,
        departures=departures,
        warm_up=outlook,
        tally=tally,
        messages=messages if request.limit is None else min(messages, request.limit),
        to_plan=to_plan,
        to_retry=to_retry,
        left_out=left_out,
        due=due,
        next_attempt_at_ms=next_at_ms,
        has_work=bool(messages or is_settled or is_unfinished),
        warnings=tuple(warnings),
    )


def refuse_errors(request: SendRequest, forecast: Forecast) -> None:
    """Refuse to begin sending an issue in which the checks found errors.

    Once it is planned some have it already, and the others get the same: only a changed file is
    judged anew.

    Raises:
        ChecksError: Names each error.
    """
    is_planned = forecast.planned is not None and forecast.planned.is_planned
    is_begun = is_planned and not request.accept_changes
    errors = [each for each in request.findings if each.severity is Severity.ERROR]
    if request.ignore_checks or is_begun or not errors:
        return
    path = show_path(request.issue.path)
    raise ChecksError(
        f"{path}: the checks found errors, so nothing was sent. Mend them, or send it as it is"
        " with --ignore-checks.",
        problems=[
            f"{path}:{each.line}:{each.column}: {each.message} [{each.rule}]"
            if each.line
            else f"{path}: {each.message} [{each.rule}]"
            for each in errors
        ],
    )


def select_mailable(installation: Installation) -> sa.Select[int, bytes]:
    """Select everyone whose failed delivery may be planned again: who left a segment is not out."""
    return IssueAudience.of(installation).select()


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """Say who is not in an audience, and why: ``2 pending, 1 not in the segment``."""
    words = {"not_in_segment": "not in the segment"}
    return ", ".join(f"{count:,} {words.get(why, why)}" for why, count in left_out.items())


def _list_departures(
    installation: Installation,
    connection: sa.Connection,
    planned: PlannedIssue | None,
    request: SendRequest,
) -> tuple[Departure, ...]:
    if request.schedule is None or not request.schedule.local_time:
        return ()
    local_time, chosen = (
        LocalTime.parse(request.schedule.local_time),
        find_segment(planned, request.segment),
    )
    return tuple(list_departures(installation, connection, local_time, segment=chosen.segment))


def _refuse_file(installation: Installation, issue: Issue) -> None:
    if issue.is_draft:
        raise RefusedError(
            f"{issue.path}: this issue is a draft. Remove `draft` from its front matter to send"
            " it, or try it with --test ADDRESS."
        )
    if not issue.markdown.strip():
        raise RefusedError(f"{issue.path}: this issue has no text. Nothing was sent.")
    must_be_clean = installation.settings.newsletter.require_clean_tree
    if must_be_clean and (issue.revision.commit is None or issue.revision.is_modified):
        raise RefusedError(
            f"{issue.path}: this file is not what git has committed, and [newsletter]"
            " require_clean_tree demands it. Commit the file first."
        )


def _get_id(planned: PlannedIssue | None, request: SendRequest) -> int:
    if planned is None or not planned.is_planned:
        raise RefusedError(
            f"{request.issue.slug} was never sent, so nothing of it has failed."
            " Leave --retry-failed out to send it."
        )
    return planned.id


def _refuse_planned(planned: PlannedIssue, request: SendRequest) -> None:
    # What was in doubt when it was cancelled can still be written off.
    begins_some = request.add_new or request.retry_failed
    can_only_settle = request.in_doubt is DoubtDecision.WRITE_OFF and not begins_some
    if planned.state is IssueState.CANCELLED and not can_only_settle:
        raise RefusedError(f"{planned.slug} was cancelled: nothing more of it will be sent.")
    if request.schedule and planned.is_planned:
        raise RefusedError(
            f"{planned.slug} is {planned.state}: what was begun cannot be scheduled any more."
        )
    # Before anyone got it, another time or another text is a decision on what it was paused for.
    is_decided = not planned.is_planned and (request.schedule or request.accept_changes)
    if planned.state is IssueState.PAUSED and not is_decided:
        raise RefusedError(
            f"{planned.slug} is paused. `newsletter resume {planned.slug}` lets it go on."
        )


def _refuse_changes(planned: PlannedIssue, request: SendRequest) -> None:
    """Refuse to send two texts under one name, unless the operator wants just that."""
    is_changed = planned.content_sha256 != request.issue.revision.content_sha256
    if is_changed and not request.accept_changes:
        raise RefusedError(
            f"{request.issue.path} has changed since the issue was planned: those who come now"
            " would get another text than those before. Restore the file"
            f"{f' (commit {planned.git_commit[:10]})' if planned.git_commit else ''},"
            " or send the rest as it is now with --accept-changes."
        )
