"""Send an issue once to everyone in its audience; safe to ask again."""

from collections.abc import Callable

import sqlalchemy as sa

from newsletter.errors import RefusedError
from newsletter.operators.actions import ActionKind
from newsletter.sending.ledger import (
    archive,
    chunks,
    deliveries,
    failed,
    lease,
    plan,
    reports,
    schedule,
)
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.status import DeliveryStatus, IssueState
from newsletter.sending.run import Progress
from newsletter.usecases.archive_edition import archive_edition
from newsletter.usecases.choose_segment import ChosenSegment
from newsletter.usecases.forecast_send import (
    DoubtDecision,
    Forecast,
    SendRequest,
    refuse_errors,
    select_mailable,
)
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.offer_chunks import offer_issue
from newsletter.usecases.planned_segment import find_segment
from newsletter.usecases.run_chunk import Sending, SendReport
from newsletter.usecases.run_issue import Claim, IssueRun, compile_edition


def send_issue(
    installation: Installation,
    request: SendRequest,
    forecast: Forecast,
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_interrupt: Callable[[int], None] | None = None,
) -> SendReport:
    """Plan the issue if it is new, then work through what remains of it.

    Args:
        installation: Where and with what.
        request: What the operator asked for.
        forecast: What he was told; when the audience has changed since, nothing is planned.
        on_progress: See `Sending`.
        on_interrupt: See `Sending`.

    Raises:
        ChecksError: See `refuse_errors`.
        RefusedError: The audience is no longer what the operator was told.
        LeaseHeldError: Another process is sending this issue.
        NextHopRefusesError, TransportError: See `run_chunk`.
    """
    refuse_errors(request, forecast)
    template = compile_edition(installation, request.edition)
    issue_id, claim = _begin(installation, request, forecast)
    sending = Sending(
        installation=installation,
        issue_id=issue_id,
        slug=request.issue.slug,
        template=template,
        audience=IssueAudience.of(installation, reads_tags=request.edition.asks_for_tags),
        on_progress=on_progress,
        on_interrupt=on_interrupt,
    )
    return IssueRun(sending, limit=request.limit).work(claim)


def _begin(
    installation: Installation, request: SendRequest, forecast: Forecast
) -> tuple[int, Claim | None]:
    """Become the one sender of the issue, and plan what is new: one transaction.

    An issue that is for several workers is cut and offered in the same transaction, and nobody's
    as a whole when that ends; who wants nothing but to go on joins those who send it already.
    """
    now_ms = installation.now_ms()
    record = archive_edition(request.issue, installation.settings, now_ms=now_ms)
    with installation.database.write() as connection:
        planned = plan.find_issue(connection, request.issue.slug)
        chosen = find_segment(planned, request.segment)
        if planned is not None and not planned.is_planned:
            # Sent by hand, its time has nothing more to say.
            schedule.forget_issue(connection, planned)
            planned = None
        issue_id = planned.id if planned else _insert(connection, request, chosen, now_ms)
        if planned is not None and _may_join(connection, issue_id, request):
            _record_actions(installation, connection, request, is_new=False)
            return issue_id, None
        held = chunks.take_issue(connection, issue_id, Process.current(), now_ms=now_ms)
        if planned is not None:
            # Before anything is tried again: what came back meanwhile had left.
            reports.settle_issue(connection, issue_id, now_ms=now_ms)
        _decide_doubt(connection, issue_id, request.in_doubt, now_ms)
        if planned is not None and request.accept_changes:
            plan.accept_revision(
                connection, issue_id, request.issue, edition_digest=request.edition.digest
            )
        is_same = not planned or planned.content_sha256 == request.issue.revision.content_sha256
        if is_same or request.accept_changes:
            archive.record_edition(connection, issue_id, record, replaces=not is_same)
        if planned is None or request.add_new:
            audience = IssueAudience.of(installation, segment=chosen.segment)
            added = plan.plan_deliveries(connection, issue_id, audience.select())
            _refuse_other_count(added, forecast)
        if request.retry_failed:
            again = failed.plan_again(connection, issue_id, select_mailable(installation))
            _refuse_other_retries(again, forecast)
        _record_actions(installation, connection, request, is_new=planned is None)
        if deliveries.count_deliveries(connection, issue_id).remaining:
            plan.set_issue_state(
                connection, issue_id, IssueState.SENDING, only_from={IssueState.SENT}
            )
        if not _is_for_workers(installation, connection, issue_id, request):
            return issue_id, Claim(Chunk(issue_id), held)
        offer_issue(installation, connection, issue_id)
        lease.release(connection, held)
    return issue_id, None


def _may_join(connection: sa.Connection, issue_id: int, request: SendRequest) -> bool:
    """Tell whether others send it, chunk by chunk, and nothing is asked that concerns them all."""
    concerns_all = (
        request.add_new
        or request.retry_failed
        or request.accept_changes
        or request.in_doubt is not DoubtDecision.HOLD
    )
    is_shared = chunks.is_cut(connection, issue_id) and lease.list_senders(connection, issue_id)
    return bool(is_shared) and not concerns_all


def _is_for_workers(
    installation: Installation, connection: sa.Connection, issue_id: int, request: SendRequest
) -> bool:
    """Tell whether it is cut: not where one process does all, nor for a limit, which is one's."""
    if installation.queue is None:
        return False
    return request.limit is None or chunks.is_cut(connection, issue_id)


def _insert(
    connection: sa.Connection, request: SendRequest, chosen: ChosenSegment, now_ms: int
) -> int:
    return plan.insert_issue(
        connection,
        request.issue,
        edition_digest=request.edition.digest,
        segment=chosen.text,
        segment_name=chosen.name,
        now_ms=now_ms,
    )


def _decide_doubt(
    connection: sa.Connection, issue_id: int, decision: DoubtDecision, now_ms: int
) -> None:
    if decision is DoubtDecision.HOLD:
        return
    is_retry = decision is DoubtDecision.RETRY
    new = DeliveryStatus.PLANNED if is_retry else DeliveryStatus.WRITTEN_OFF
    deliveries.settle_doubt(connection, issue_id, new, now_ms=now_ms)


def _record_actions(
    installation: Installation, connection: sa.Connection, request: SendRequest, *, is_new: bool
) -> None:
    """Write down that it was sent, and everything that the operator wanted besides."""
    wanted = {
        ActionKind.IGNORE_CHECKS: request.ignore_checks,
        ActionKind.ACCEPT_CHANGES: request.accept_changes and not is_new,
        ActionKind.ADD_NEW: request.add_new and not is_new,
        ActionKind.RETRY_DOUBT: request.in_doubt is DoubtDecision.RETRY,
        ActionKind.WRITE_OFF: request.in_doubt is DoubtDecision.WRITE_OFF,
        ActionKind.RETRY_FAILED: request.retry_failed,
        ActionKind.SEND: True,
    }
    for kind, is_wanted in wanted.items():
        if is_wanted:
            installation.record_action(connection, kind, issue=request.issue.slug)


def _refuse_other_count(added: int, forecast: Forecast) -> None:
    """Take the plan back when it is not the one the operator agreed to."""
    if added != forecast.to_plan:
        raise RefusedError(
            f"the audience has changed: it is {added} now, not {forecast.to_plan}."
            " Nothing was planned; run the command again."
        )


def _refuse_other_retries(again: int, forecast: Forecast) -> None:
    """Do the same with failed deliveries that are planned again."""
    if again != forecast.to_retry:
        raise RefusedError(
            f"who can be tried again has changed: it is {again} now, not {forecast.to_retry}."
            " Nothing was planned; run the command again."
        )
