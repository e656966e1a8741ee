"""Go on with a planned issue: one run after the other, until nothing is left for this process."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from newsletter.rendering.edition import Edition
from newsletter.sending.ledger import chunks, deferred, lease, plan, reports, schedule, silence
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.lease import Lease, LeaseHeldError
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.status import IssueState
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.sending.run import Ending, Progress, add_progress
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.run_chunk import Sending, SendReport, run_chunk

#: What other workers have ended, and what they gave back, is seen after this.
_POLL_SECONDS = 0.5

#: Why nothing more is begun of an issue that stands there.
ENDINGS = {
    IssueState.PAUSED: Ending.PAUSED,
    IssueState.CANCELLED: Ending.CANCELLED,
    # Another process tried the last ones.
    IssueState.SENT: Ending.FINISHED,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk, and the right to send it."""

    chunk: Chunk
    lease: Lease


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
    """Go on with a planned issue: become its one sender, or one of them, and work through it.

    Args:
        installation: Where and with what.
        planned: The issue.
        edition: What was planned.
        only_deferred: What was never tried is left to whoever began the issue.
        stop: Once set, nothing more is begun.
        on_progress: See `Sending`.
        on_interrupt: See `Sending`.

    Raises:
        LeaseHeldError: Another process is sending this issue.
        NextHopRefusesError, TransportError: See `run_chunk`.
    """
    sending = Sending(
        installation=installation,
        issue_id=planned.id,
        slug=planned.slug,
        template=compile_edition(installation, edition),
        audience=IssueAudience.of(installation, reads_tags=edition.asks_for_tags),
        only_deferred=only_deferred,
        stop=stop or threading.Event(),
        on_progress=on_progress,
        on_interrupt=on_interrupt,
    )
    return IssueRun(sending).work()


def compile_edition(installation: Installation, edition: Edition) -> MessageTemplate:
    """Compile the message of an edition, signed as this installation signs."""
    return compile_message(
        edition, installation.settings.newsletter, signing_keys=installation.signing_keys
    )


def claim_chunk(installation: Installation, chunk: Chunk) -> Claim:
    """Become the one sender of a chunk.

    Raises:
        LeaseHeldError: Another process is sending it.
        TemporaryError: The issue was cut anew.
    """
    now_ms = installation.now_ms()
    with installation.database.write() as connection:
        held = chunks.take_chunk(connection, chunk, Process.current(), now_ms=now_ms)
        # Before anything is tried again: what came back meanwhile had left.
        reports.settle_issue(connection, chunk.issue_id, within=chunk.span, now_ms=now_ms)
    return Claim(chunk, held)


class IssueRun:
    """The runs of one issue in this process: one if it has one sender, else chunk by chunk."""

    def __init__(self, sending: Sending, *, limit: int | None = None) -> None:
        """Make ready.

        Args:
            sending: The issue.
            limit: Messages that may be begun; None for all.
        """
        self._sending = sending
        self._limit = limit
        #: Of the runs that have ended.
        self._before = Progress()
        #: Chunks that had nothing left for us, and deliveries in those.
        self._tried: set[int] = set()
        self._done_by_us, self._done_at_first = 0, self._count_done()

    def work(self, first: Claim | None = None) -> SendReport:
        """Run until nothing is left to begin, or something says stop.

        Where others send the same issue, their chunks are waited for, and those of them who die
        are succeeded.

        Args:
            first: A chunk that is ours already.

        Raises:
            LeaseHeldError: Another process is sending the issue, which was not cut.
            NextHopRefusesError, TransportError: See `run_chunk`.
        """
        began, allowed, missed = time.monotonic(), 0.0, 0.0
        with _interrupts_noted(self._sending):
            found = first or self._find_next()
            while isinstance(found, Claim):
                report = self._run(found)
                allowed, missed = report.allowed_per_second, missed + report.missed
                found = self._go_on(found.chunk, report.ending)
        return SendReport(
            ending=found,
            progress=self._before,
            seconds=time.monotonic() - began,
            allowed_per_second=allowed,
            missed=missed,
        )

    def _run(self, claim: Claim) -> SendReport:
        tell, before = self._sending.on_progress, self._before
        elsewhere = self._count_elsewhere()

        def note(progress: Progress) -> None:
            tell(replace(add_progress(before, progress), elsewhere=elsewhere))

        sending = replace(self._sending, on_progress=note)
        report = run_chunk(sending, claim.chunk, claim.lease, limit=self._limit)
        self._before = add_progress(before, report.progress)
        if self._limit is not None:
            self._limit -= report.progress.ended - report.progress.skipped
        return report

    def _go_on(self, chunk: Chunk, ending: Ending) -> Claim | Ending:
        """Find the next chunk after one has come to its end; any other end is the end of all."""
        if ending is not Ending.FINISHED or not chunk.number:
            return ending
        if self._limit is not None and self._limit <= 0:
            return Ending.LIMITED
        self._tried.add(chunk.number)
        with self._sending.installation.database.read() as connection:
            is_open = chunks.find_chunk(connection, chunk.issue_id, chunk.number) is not None
        self._done_by_us += 0 if is_open else chunk.size
        return self._find_next()

    def _find_next(self) -> Claim | Ending:
        """Find a chunk for us; wait while others have what is left."""
        sending = self._sending
        while not sending.stop.is_set():
            with sending.installation.database.read() as connection:
                silence.end_silent(connection)
                state = plan.get_state(connection, sending.issue_id)
                open_chunks = chunks.list_chunks(connection, sending.issue_id)
                others = lease.list_senders(connection, sending.issue_id)
            if state in ENDINGS and open_chunks != [Chunk(sending.issue_id)]:
                return ENDINGS[state]
            claim = self._claim_one(open_chunks)
            if claim is not None:
                return claim
            if not others or sending.only_deferred:
                self._call_sent_if_so()
                return Ending.FINISHED
            sending.on_progress(replace(self._before, elsewhere=self._count_elsewhere()))
            sending.stop.wait(_POLL_SECONDS)
        return Ending.INTERRUPTED

    def _claim_one(self, open_chunks: list[Chunk]) -> Claim | None:
        """Claim the last chunk that is free and has something due: workers begin at the first."""
        installation = self._sending.installation
        for chunk in reversed(open_chunks):
            if not chunk.number:
                return claim_chunk(installation, chunk)
            if chunk.number not in self._tried and self._is_worth_it(chunk):
                try:
                    return claim_chunk(installation, chunk)
                except LeaseHeldError:
                    continue
        return None

    def _is_worth_it(self, chunk: Chunk) -> bool:
        now_ms = self._sending.installation.now_ms()
        with self._sending.installation.database.read() as connection:
            if lease.find_holder(connection, chunk.lease_name) is not None:
                return False
            if not self._sending.only_deferred:
                return chunks.has_due(connection, chunk, now_ms=now_ms)
            return deferred.has_due(connection, chunk.issue_id, chunk.span, now_ms=now_ms)

    def _call_sent_if_so(self) -> None:
        """Call the issue sent if nothing remains: who gave the last chunk back may have died."""
        installation, issue_id = self._sending.installation, self._sending.issue_id
        now_ms = installation.now_ms()
        with installation.database.write() as connection:
            if plan.finish_issue(connection, issue_id, now_ms=now_ms):
                schedule.leave_issue(connection, issue_id, is_sent=True, now_ms=now_ms)

    def _count_done(self) -> int:
        with self._sending.installation.database.read() as connection:
            return chunks.count_done(connection, self._sending.issue_id)

    def _count_elsewhere(self) -> int:
        return max(0, self._count_done() - self._done_at_first - self._done_by_us)


@contextmanager
def _interrupts_noted(sending: Sending) -> Iterator[None]:
    """Catch SIGINT and SIGTERM between runs, too, when nothing is in flight: one is enough."""
    if sending.on_interrupt is None:
        yield
        return
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: sending.stop.set()) for number in caught}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
