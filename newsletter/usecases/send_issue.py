"""Send an issue once to everyone in its audience; safe to ask again."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.errors import NextHopRefusesError, RefusedError
from newsletter.sending.dispatch import dispatch
from newsletter.sending.ledger import archive, deliveries, lease, plan
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.status import DeliveryStatus, IssueState
from newsletter.sending.message.template import compile_message
from newsletter.sending.rate import Rate
from newsletter.sending.window import Ending, Progress, Run
from newsletter.usecases.archive_edition import archive_edition
from newsletter.usecases.event_loop import run_async
from newsletter.usecases.forecast_send import (
    DoubtDecision,
    Forecast,
    SendRequest,
    audience_tag,
    refuse_errors,
)
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.restored_backup import MarkKeeper

#: A rate is kept within 3 %; what is missed beyond that has another reason.
_NOTABLE = 0.03
_ENOUGH_TO_JUDGE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReport:
    """How a run ended; where the deliveries stand now is told by `show_status`."""

    ending: Ending
    progress: Progress
    seconds: float
    #: Messages a second that were allowed; 0 for no limit.
    allowed_per_second: float
    #: Messages that the rate allowed and the next hop was too slow for.
    missed: float

    @property
    def is_slower(self) -> bool:
        """Whether the next hop, not the rate, was what held the messages up."""
        enough, most = self.progress.ended >= _ENOUGH_TO_JUDGE, self.missed + self.progress.ended
        return enough and self.missed > _NOTABLE * most


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
        on_progress: Told after each commit that brought outcomes; called from another thread.
        on_interrupt: Told how often SIGINT or SIGTERM came; see `dispatch`.

    Raises:
        ChecksError: See `refuse_errors`.
        RefusedError: The audience is no longer what the operator was told.
        LeaseHeldError: Another process is sending this issue.
        NextHopRefusesError: The next hop does not serve us as we are set up: the issue is paused.
        TransportError: The next hop cannot be used.
    """
    refuse_errors(request, forecast)
    template = compile_message(
        request.edition,
        installation.settings.newsletter,
        signing_keys=installation.signing_keys,
    )
    began = time.monotonic()
    issue_id, held = _begin(installation, request, forecast)
    marks = MarkKeeper(installation, request.issue.slug)
    limits = installation.settings.transport

    def tell(progress: Progress) -> None:
        marks.raise_if_due()
        on_progress(progress)

    run = Run(
        database=installation.database,
        issue_id=issue_id,
        lease=held,
        audience=IssueAudience.of(
            installation, tag=request.tag, reads_tags=request.edition.asks_for_tags
        ),
        max_in_flight=installation.max_in_flight,
        rate=Rate(limits.rate_per_second, time.monotonic),
        limit=request.limit,
        now_ms=installation.now_ms,
        on_progress=tell,
    )
    try:
        marks.raise_mark()
        ending, progress = run_async(
            dispatch(run, template, installation.transport, on_interrupt=on_interrupt)
        )
    except NextHopRefusesError as error:
        with installation.database.write() as connection:
            plan.pause_issue(connection, issue_id, reason=str(error))
        slug = request.issue.slug
        error.add_note(
            "The issue is paused, and nobody's delivery has failed for this. When it is mended:"
            f" newsletter resume {slug}, then newsletter send {slug}"
        )
        raise
    finally:
        _end(installation, issue_id, held)
        marks.raise_mark()
    return SendReport(
        ending=ending,
        progress=progress,
        seconds=time.monotonic() - began,
        allowed_per_second=run.rate.per_second,
        missed=run.rate.missed,
    )


def _begin(
    installation: Installation, request: SendRequest, forecast: Forecast
) -> tuple[int, Lease]:
    """Become the one sender of the issue, and plan what is new: one transaction."""
    now_ms = installation.now_ms()
    record = archive_edition(request.issue, installation.settings, now_ms=now_ms)
    with installation.database.write() as connection:
        planned = plan.find_issue(connection, request.issue.slug)
        issue_id = planned.id if planned else _insert(connection, request, now_ms)
        held = lease.acquire(connection, lease.name_for_issue(issue_id), Process.current())
        deliveries.disown_intents(connection, issue_id, epoch=held.epoch, now_ms=now_ms)
        _decide_doubt(connection, issue_id, request.in_doubt, now_ms)
        if planned is not None and request.accept_changes:
            plan.accept_revision(
                connection, issue_id, request.issue, edition_digest=request.edition.digest
            )
        is_same = not planned or planned.content_sha256 == request.issue.revision.content_sha256
        if is_same or request.accept_changes:
            archive.record_edition(connection, issue_id, record, replaces=not is_same)
        if planned is None or request.add_new:
            audience = IssueAudience.of(installation, tag=audience_tag(planned, request))
            added = plan.plan_deliveries(connection, issue_id, audience.select())
            _refuse_other_count(added, forecast)
        if deliveries.count_deliveries(connection, issue_id).remaining:
            plan.set_issue_state(
                connection, issue_id, IssueState.SENDING, only_from={IssueState.SENT}
            )
    return issue_id, held


def _insert(connection: sa.Connection, request: SendRequest, now_ms: int) -> int:
    return plan.insert_issue(
        connection,
        request.issue,
        edition_digest=request.edition.digest,
        audience_tag=request.tag,
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


def _refuse_other_count(added: int, forecast: Forecast) -> None:
    """Take the plan back when it is not the one the operator agreed to."""
    if added != forecast.to_plan:
        raise RefusedError(
            f"the audience has changed: it is {added} now, not {forecast.to_plan}."
            " Nothing was planned; run the command again."
        )


def _end(installation: Installation, issue_id: int, held: Lease) -> None:
    with installation.database.write() as connection:
        plan.finish_issue(connection, issue_id, now_ms=installation.now_ms())
        lease.release(connection, held)
