"""Issues: where each stands, what became of it, to whom it went; hold one, let it go on, end it.

An issue is known here by its slug in the ledger. Nothing that a program sends names a file.
"""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from newsletter.errors import RefusedError
from newsletter.operators.actions import ActionKind
from newsletter.operators.api_tokens import Scope
from newsletter.reports.words import mask_addresses
from newsletter.sending.ledger.feed import ListedDelivery
from newsletter.sending.ledger.status import DeliveryStatus, IssueState, Tally
from newsletter.usecases.control_issue import Control, control_issue
from newsletter.usecases.list_deliveries import list_planned_deliveries
from newsletter.usecases.look_around import IssueLine, get_issue_line, list_issue_lines
from newsletter.usecases.report_issue import IssueReport, list_returned, report_planned
from newsletter.web.api.caller import Caller, get_caller
from newsletter.web.api.cursor import link_next, read_cursor
from newsletter.web.api.people_values import tell_time
from newsletter.web.api.problems import CONFLICT, ApiProblemError
from newsletter.web.api.route import ApiRoute, needs
from newsletter.web.api.values import DEFAULT_LIMIT, Cursor, Limit, Slug

router = APIRouter(route_class=ApiRoute, tags=["issues"])
Asking = Annotated[Caller, Depends(get_caller)]


class TallyOut(BaseModel):
    """How many deliveries stand where.

    planned = sent + failed + skipped + in_doubt + written_off + cancelled + remaining, always;
    in_flight and deferred are parts of remaining.
    """

    planned: int
    sent: int
    failed: int
    skipped: int
    in_doubt: int
    written_off: int
    cancelled: int
    remaining: int
    in_flight: int
    deferred: int

    @classmethod
    def of(cls, tally: Tally) -> Self:
        """Tell of a tally."""
        return cls(
            planned=tally.planned,
            in_flight=tally.in_flight,
            deferred=tally.deferred,
            **tally.parts,
        )


class IssueOut(BaseModel):
    """Where an issue stands."""

    slug: str
    title: str
    state: IssueState
    segment: str = Field(description="Whom it was planned for; empty for everyone.")
    segment_name: str
    planned_at: datetime | None = Field(description="null while it is scheduled.")
    finished_at: datetime | None
    git_commit: str | None
    is_modified: bool
    rate_per_second: float | None = Field(description="null for what the settings say.")
    pause_reason: str
    is_being_sent: bool
    tally: TallyOut

    @classmethod
    def of(cls, line: IssueLine) -> Self:
        """Tell of an issue."""
        issue = line.issue
        return cls(
            slug=issue.slug,
            title=issue.title,
            state=issue.state,
            segment=issue.segment,
            segment_name=issue.segment_name,
            planned_at=tell_time(issue.planned_at_ms),
            finished_at=tell_time(issue.finished_at_ms),
            git_commit=issue.git_commit,
            is_modified=issue.is_modified,
            rate_per_second=issue.rate_per_second,
            pause_reason=issue.pause_reason,
            is_being_sent=line.sender is not None,
            tally=TallyOut.of(line.tally),
        )


class IssuePage(BaseModel):
    """A page of issues that were sent, begun or scheduled, the newest first."""

    items: list[IssueOut]
    next: str | None = Field(description="Path and query of the next page; null on the last.")


class TroubleOut(BaseModel):
    """Deliveries that stand where they do for the same code."""

    status: DeliveryStatus
    code: str
    count: int
    sample: str = Field(description="What was said to one of them, without addresses.")


class SlowDomainOut(BaseModel):
    """A domain whose people got the issue late, or have not got it yet."""

    domain: str
    late: int
    deferred: int
    longest_seconds: int


class ActionOut(BaseModel):
    """What somebody did to the issue."""

    at: datetime | None
    actor: str
    kind: ActionKind
    details: str


class ReportOut(BaseModel):
    """What became of an issue."""

    slug: str
    state: IssueState
    tally: TallyOut
    troubles: list[TroubleOut]
    skipped: dict[str, int]
    slow_domains: list[SlowDomainOut]
    returned: dict[str, int]
    actions: list[ActionOut]
    next_attempt_at: datetime | None

    @classmethod
    def of(cls, report: IssueReport) -> Self:
        """Tell of a report."""
        found = report.summary
        return cls(
            slug=report.issue.slug,
            state=report.issue.state,
            tally=TallyOut.of(found.tally),
            troubles=[
                TroubleOut(status=each.status, code=each.code, count=each.count, sample=sample)
                for each, sample in zip(found.troubles, report.samples, strict=True)
            ],
            skipped=dict(found.skipped),
            slow_domains=[
                SlowDomainOut(
                    domain=each.domain,
                    late=each.late,
                    deferred=each.deferred,
                    longest_seconds=each.longest_seconds,
                )
                for each in found.slow_domains
            ],
            returned=dict(list_returned(report.returned)),
            actions=[
                ActionOut(
                    at=tell_time(each.at_ms),
                    actor=each.actor,
                    kind=each.kind,
                    details=each.details,
                )
                for each in report.actions
            ],
            next_attempt_at=tell_time(report.next_attempt_at_ms),
        )


class DeliveryOut(BaseModel):
    """An issue for one person."""

    subscriber_id: str | None
    status: DeliveryStatus
    attempts: int
    first_attempt_at: datetime | None
    settled_at: datetime | None
    next_attempt_at: datetime | None
    reply: str = Field(description="The next hop's words or ours, without addresses.")

    @classmethod
    def of(cls, found: ListedDelivery, public_ids: dict[int, bytes]) -> Self:
        """Tell of a delivery."""
        public_id = public_ids.get(found.subscriber_id)
        return cls(
            subscriber_id=public_id.hex() if public_id else None,
            status=found.status,
            attempts=found.attempts,
            first_attempt_at=tell_time(found.first_intent_at_ms),
            settled_at=tell_time(found.settled_at_ms),
            next_attempt_at=tell_time(found.next_at_ms),
            reply=mask_addresses(found.reply),
        )


class DeliveryPage(BaseModel):
    """A page of deliveries, by the order in which their people came."""

    items: list[DeliveryOut]
    next: str | None = Field(description="Path and query of the next page; null on the last.")


@router.get("/issues", openapi_extra=needs(Scope.ISSUES_READ))
def list_issues(caller: Asking, limit: Limit = 20, cursor: Cursor = "") -> IssuePage:
    """List issues that the ledger knows; drafts are files, and not told of here."""
    before_id = int(read_cursor(caller, "issues", cursor)[0]) if cursor else None
    lines = list_issue_lines(caller.installation, before_id=before_id, limit=limit)
    place = [lines[-1].issue.id] if len(lines) == limit else None
    return IssuePage(
        items=[IssueOut.of(line) for line in lines],
        next=link_next(caller, "issues", place) if place else None,
    )


@router.get("/issues/{slug}", openapi_extra=needs(Scope.ISSUES_READ))
def show_issue(caller: Asking, slug: Slug) -> IssueOut:
    """Tell where an issue stands."""
    return IssueOut.of(get_issue_line(caller.installation, slug))


@router.get("/issues/{slug}/report", openapi_extra=needs(Scope.ISSUES_READ))
def show_report(caller: Asking, slug: Slug) -> ReportOut:
    """Tell what became of an issue."""
    return ReportOut.of(report_planned(caller.installation, slug))


@router.get("/issues/{slug}/deliveries", openapi_extra=needs(Scope.ISSUES_READ))
def list_deliveries(
    caller: Asking,
    slug: Slug,
    status: Annotated[DeliveryStatus | None, Query(description="Only those.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> DeliveryPage:
    """List the deliveries of an issue, a page at a time."""
    which = f"deliveries {slug}"
    after_id = int(read_cursor(caller, which, cursor)[0]) if cursor else 0
    found, public_ids = list_planned_deliveries(
        caller.installation, slug, status=status, after_id=after_id, limit=limit
    )
    place = [found[-1].subscriber_id] if len(found) == limit else None
    return DeliveryPage(
        items=[DeliveryOut.of(each, public_ids) for each in found],
        next=link_next(caller, which, place) if place else None,
    )


@router.post("/issues/{slug}/pause", openapi_extra=needs(Scope.ISSUES_CONTROL))
def pause(caller: Asking, slug: Slug) -> IssueOut:
    """Pause an issue that is being sent, or waits for its time."""
    return _control(caller, slug, Control.PAUSE)


@router.post("/issues/{slug}/resume", openapi_extra=needs(Scope.ISSUES_CONTROL))
def resume(caller: Asking, slug: Slug) -> IssueOut:
    """Let an issue go on that was paused. Whoever sends it, or `newsletter serve`, does."""
    return _control(caller, slug, Control.RESUME)


@router.post("/issues/{slug}/cancel", openapi_extra=needs(Scope.ISSUES_CONTROL))
def cancel(caller: Asking, slug: Slug) -> IssueOut:
    """End an issue for good: whoever has not got it will not."""
    return _control(caller, slug, Control.CANCEL)


def _control(caller: Caller, slug: str, control: Control) -> IssueOut:
    before = get_issue_line(caller.installation, slug)
    try:
        control_issue(caller.installation, before.issue.slug, control)
    except RefusedError as error:
        raise ApiProblemError(CONFLICT, error.summary) from None
    return IssueOut.of(get_issue_line(caller.installation, slug))
