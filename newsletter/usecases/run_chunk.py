"""One run: a chunk of an issue, or the whole of it, from the lease in hand to its giving back."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from newsletter.errors import NextHopRefusesError, TemporaryError
from newsletter.log import Log
from newsletter.sending.dispatch import dispatch
from newsletter.sending.ledger import chunks, lease, plan, schedule, shared_rate
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.ledger.status import IssueState
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.rate import Rate, SharedRate
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
#: A server that is started anew is back by then, and nobody has taken over yet.
_PATIENCE_SECONDS = lease.LEASE_SECONDS - 5
_LOOK_AGAIN_SECONDS = 0.5

_log = Log(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReport:
    """How a run ended, or several together; `show_status` tells where the deliveries stand now."""

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


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What all runs of an issue in this process share."""

    installation: Installation
    issue_id: int
    #: The issue's name, for words.
    slug: str
    #: The edition's message.
    template: MessageTemplate
    #: Asked again for each recipient.
    audience: IssueAudience
    #: What was never tried is left to whoever began the issue.
    only_deferred: bool = False
    #: Once set, nothing more is begun.
    stop: threading.Event = field(default_factory=threading.Event)
    #: Told after each commit that brought outcomes; called from another thread.
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    #: Told how often SIGINT or SIGTERM came; see `dispatch`.
    on_interrupt: Callable[[int], None] | None = None

    @property
    def patience_seconds(self) -> float:
        """How long a run waits for the database; a file's writers wait by themselves."""
        return 0 if self.installation.database.is_sqlite else _PATIENCE_SECONDS


def run_chunk(
    sending: Sending, chunk: Chunk, held: Lease, *, limit: int | None = None
) -> SendReport:
    """Work through what is due of a chunk, and give its lease back, however that ends.

    Args:
        sending: The issue.
        chunk: The piece of it, or all of it.
        held: The chunk's lease.
        limit: Messages this run may begin; None for all.

    Raises:
        NextHopRefusesError: The next hop does not serve us as we are set up: the issue is paused.
        TransportError: The next hop cannot be used.
    """
    installation, began = sending.installation, time.monotonic()
    marks, meter = MarkKeeper(installation, sending.slug), RunMeter(installation.metrics)
    run = _build_run(sending, chunk, held, _tell_all(sending, marks, meter), limit)
    ending: Ending | None = None
    _log.info("a run begins", issue=sending.slug, chunk=chunk.number)
    try:
        marks.raise_mark()
        ending, progress = run_async(
            dispatch(
                run, sending.template, installation.transport, on_interrupt=sending.on_interrupt
            )
        )
    except NextHopRefusesError as error:
        with installation.database.write() as connection:
            plan.pause_issue(connection, sending.issue_id, reason=str(error))
        error.add_note(
            "The issue is paused, and nobody's delivery has failed for this. When it is mended:"
            f" newsletter resume {sending.slug}, then newsletter send {sending.slug}"
        )
        raise
    finally:
        _try_patiently(sending, partial(_leave, sending, chunk, held, ending))
        marks.raise_mark()
        _log.info(
            "a run ended",
            issue=sending.slug,
            chunk=chunk.number,
            ending=meter.end(ending),
            seconds=round(time.monotonic() - began, 3),
            **meter.counts,
        )
    report_refusals(installation, sending.issue_id, within=chunk.span)
    # Without it the operator's page counts anew; that is no reason to call a send failed.
    with suppress(TemporaryError):
        _keep_summary(sending)
    return SendReport(
        ending=ending,
        progress=progress,
        seconds=time.monotonic() - began,
        allowed_per_second=run.rate.per_second,
        missed=run.rate.missed,
    )


def finish_cut(installation: Installation, issue_id: int) -> None:
    """Call an issue sent when nothing remains of any chunk.

    Whoever gave the last chunk back may have ended before he could; several may do it at once.
    """
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        if not chunks.has_open(connection, issue_id):
            is_sent = plan.finish_issue(connection, issue_id, now_ms=now_ms)
            schedule.leave_issue(connection, issue_id, is_sent=is_sent, now_ms=now_ms)


def _build_run(
    sending: Sending,
    chunk: Chunk,
    held: Lease,
    tell: Callable[[Progress], None],
    limit: int | None,
) -> Run:
    installation = sending.installation
    return Run(
        database=installation.database,
        issue_id=sending.issue_id,
        lease=held,
        span=chunk.span,
        audience=sending.audience,
        max_in_flight=installation.max_in_flight,
        rate=_build_rate(sending, chunk),
        retry_schedule=installation.retry_schedule,
        only_deferred=sending.only_deferred,
        limit=limit,
        # What was tried before is no new load.
        warm_up=None if sending.only_deferred else WarmUp.of(installation.settings.warm_up),
        now_ms=installation.now_ms,
        on_progress=tell,
        patience_seconds=sending.patience_seconds,
        stop=sending.stop,
    )


def _tell_all(sending: Sending, marks: MarkKeeper, meter: RunMeter) -> Callable[[Progress], None]:
    """Let everybody know of each commit that brought outcomes."""

    def tell(progress: Progress) -> None:
        marks.raise_if_due()
        meter.note(progress)
        sending.on_progress(progress)

    return tell


def _build_rate(sending: Sending, chunk: Chunk) -> Rate:
    """Keep the rate alone where the issue has one sender, else with the others."""
    database = sending.installation.database
    per_second = sending.installation.settings.transport.rate_per_second
    if not chunk.number:
        return Rate(per_second, time.monotonic)

    def take(rate: float, most: int) -> int:
        # Without the database nothing can be begun either; what was reported must not be lost.
        with suppress(TemporaryError), database.write() as connection:
            return shared_rate.take(connection, sending.issue_id, per_second=rate, most=most)
        return 0

    return SharedRate(per_second, time.monotonic, take)


def _leave(sending: Sending, chunk: Chunk, held: Lease, ending: Ending | None) -> None:
    """Give the chunk back, and call the issue sent if it was the last of it."""
    installation, issue_id = sending.installation, sending.issue_id
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        if not chunk.number:
            is_sent = plan.finish_issue(connection, issue_id, now_ms=now_ms)
            schedule.leave_issue(connection, issue_id, is_sent=is_sent, now_ms=now_ms)
        elif not chunks.leave_chunk(connection, chunk):
            schedule.leave_issue(connection, issue_id, is_sent=False, now_ms=now_ms)
        if ending is Ending.TAKEN_OVER and chunks.has_remaining(connection, chunk):
            # Called in doubt meanwhile, and known here never to have left: somebody sends it now.
            sent = {IssueState.SENT}
            plan.set_issue_state(connection, issue_id, IssueState.SENDING, only_from=sent)
        if ending is Ending.SHARE_USED:
            schedule.postpone(connection, issue_id, find_next_day_ms(now_ms))
        lease.release(connection, held)
    if chunk.number:
        # By itself: of two who end at the same time one has to see that both have.
        finish_cut(installation, issue_id)


def _try_patiently(sending: Sending, action: Callable[[], None]) -> None:
    """Try again while the database does not answer."""
    until = time.monotonic() + sending.patience_seconds
    while True:
        try:
            return action()
        except TemporaryError:
            if time.monotonic() >= until:
                raise
        time.sleep(_LOOK_AGAIN_SECONDS)


def _keep_summary(sending: Sending) -> None:
    """Keep the sums of an issue that has ended; a look at each of its deliveries, so only then."""
    database = sending.installation.database
    with database.read() as connection:
        is_open = chunks.has_open(connection, sending.issue_id)
        epoch = lease.find_epoch(connection, lease.name_for_issue(sending.issue_id))
    if not is_open:
        keep_summary(database, sending.issue_id, epoch=epoch)
