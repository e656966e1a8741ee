"""One run of a planned issue: from the lease in hand to the lease given back."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from newsletter.errors import NextHopRefusesError, TemporaryError
from newsletter.log import Log
from newsletter.rendering.edition import Edition
from newsletter.sending.dispatch import dispatch
from newsletter.sending.ledger import attempts, lease, plan, reports, schedule
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.sending.rate import Rate
from newsletter.sending.run import Ending, Progress, Run
from newsletter.sending.warm_up import WarmUp, find_next_day_ms
from newsletter.usecases.event_loop import run_async
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.report_refusals import report_refusals
from newsletter.usecases.restored_backup import MarkKeeper
from newsletter.usecases.run_meter import RunMeter
from newsletter.usecases.summarise_issue import keep_summary

#: A rate is kept within 3 %; what is missed beyond that has another reason.
_NOTABLE = 0.03
_ENOUGH_TO_JUDGE = 100

_log = Log(__name__)


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


def continue_issue(
    installation: Installation,
    planned: PlannedIssue,
    edition: Edition,
    *,
    only_deferred: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_interrupt: Callable[[int], None] | None = None,
) -> SendReport:
    """Go on with a planned issue: become its one sender, and work through what is due.

    Args:
        installation: Where and with what.
        planned: The issue.
        edition: What was planned.
        only_deferred: What was never tried is left to whoever began the issue.
        stop: Once set, nothing more is begun.
        on_progress: See `work_through`.
        on_interrupt: See `work_through`.

    Raises:
        LeaseHeldError: Another process is sending this issue.
        NextHopRefusesError, TransportError: See `work_through`.
    """
    template = compile_edition(installation, edition)
    with installation.database.write() as connection:
        held = lease.acquire(connection, lease.name_for_issue(planned.id), Process.current())
        now_ms = installation.now_ms()
        attempts.disown_intents(connection, planned.id, epoch=held.epoch, now_ms=now_ms)
        # Before anything is tried again: what came back meanwhile had left.
        reports.settle_issue(connection, planned.id, now_ms=now_ms)
    return work_through(
        installation,
        held,
        template,
        issue_id=planned.id,
        slug=planned.slug,
        audience=IssueAudience.of(installation, tag="", reads_tags=edition.asks_for_tags),
        only_deferred=only_deferred,
        stop=stop,
        on_progress=on_progress,
        on_interrupt=on_interrupt,
    )


def compile_edition(installation: Installation, edition: Edition) -> MessageTemplate:
    """Compile the message of an edition, signed as this installation signs."""
    return compile_message(
        edition, installation.settings.newsletter, signing_keys=installation.signing_keys
    )


def work_through(
    installation: Installation,
    held: Lease,
    template: MessageTemplate,
    *,
    issue_id: int,
    slug: str,
    audience: IssueAudience,
    limit: int | None = None,
    only_deferred: bool = False,
    stop: threading.Event | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_interrupt: Callable[[int], None] | None = None,
) -> SendReport:
    """Work through what is due of an issue, and give its lease back, however that ends.

    Args:
        installation: Where and with what.
        held: The issue's lease.
        template: The edition's message.
        issue_id: The issue's number in the ledger.
        slug: Its name, for words.
        audience: Asked again for each recipient.
        limit: Messages this run may begin; None for all.
        only_deferred: What was never tried is left to another run.
        stop: Once set, nothing more is begun.
        on_progress: Told after each commit that brought outcomes; called from another thread.
        on_interrupt: Told how often SIGINT or SIGTERM came; see `dispatch`.

    Raises:
        NextHopRefusesError: The next hop does not serve us as we are set up: the issue is paused.
        TransportError: The next hop cannot be used.
    """
    began = time.monotonic()
    marks = MarkKeeper(installation, slug)

    meter = RunMeter(installation.metrics)

    def tell(progress: Progress) -> None:
        marks.raise_if_due()
        meter.note(progress)
        on_progress(progress)

    run = Run(
        database=installation.database,
        issue_id=issue_id,
        lease=held,
        audience=audience,
        max_in_flight=installation.max_in_flight,
        rate=Rate(installation.settings.transport.rate_per_second, time.monotonic),
        retry_schedule=installation.retry_schedule,
        only_deferred=only_deferred,
        limit=limit,
        # What was tried before is no new load.
        warm_up=None if only_deferred else WarmUp.of(installation.settings.warm_up),
        now_ms=installation.now_ms,
        on_progress=tell,
        stop=stop or threading.Event(),
    )
    ending: Ending | None = None
    _log.info("a run begins", issue=slug)
    try:
        marks.raise_mark()
        ending, progress = run_async(
            dispatch(run, template, installation.transport, on_interrupt=on_interrupt)
        )
    except NextHopRefusesError as error:
        with installation.database.write() as connection:
            plan.pause_issue(connection, issue_id, reason=str(error))
        error.add_note(
            "The issue is paused, and nobody's delivery has failed for this. When it is mended:"
            f" newsletter resume {slug}, then newsletter send {slug}"
        )
        raise
    finally:
        now_ms = installation.now_ms()
        with installation.database.write() as connection:
            is_sent = plan.finish_issue(connection, issue_id, now_ms=now_ms)
            schedule.leave_issue(connection, issue_id, is_sent=is_sent, now_ms=now_ms)
            if ending is Ending.SHARE_USED:
                schedule.postpone(connection, issue_id, find_next_day_ms(now_ms))
            lease.release(connection, held)
        marks.raise_mark()
        _log.info(
            "a run ended",
            issue=slug,
            ending=meter.end(ending),
            seconds=round(time.monotonic() - began, 3),
            **meter.counts,
        )
    report_refusals(installation, issue_id)
    # Without it the operator's page counts anew; that is no reason to call a send failed.
    with suppress(TemporaryError):
        keep_summary(installation.database, issue_id, epoch=held.epoch)
    return SendReport(
        ending=ending,
        progress=progress,
        seconds=time.monotonic() - began,
        allowed_per_second=run.rate.per_second,
        missed=run.rate.missed,
    )
