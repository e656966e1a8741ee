"""The issue worker of `newsletter serve`: begins what is scheduled, and tries again what is due."""

import threading
from dataclasses import dataclass

from newsletter.errors import (
    DatabaseError,
    NextHopRefusesError,
    RenderError,
    TemporaryError,
    TransportError,
    UserError,
)
from newsletter.log import Log
from newsletter.rendering.edition import Edition
from newsletter.sending.ledger import chunks, deferred, lease, plan, schedule
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.process import Process
from newsletter.sending.run import Ending
from newsletter.usecases.begin_scheduled import begin_scheduled
from newsletter.usecases.installation import Installation
from newsletter.usecases.offer_chunks import offer_left
from newsletter.usecases.planned_edition import render_planned
from newsletter.usecases.planned_issue import get_planned_issue
from newsletter.usecases.run_chunk import SendReport
from newsletter.usecases.run_issue import continue_issue

#: What other processes wrote is seen after this.
_POLL_SECONDS = 2.0
#: How long to wait after a trouble with the database.
_PATIENCE_SECONDS = 5.0
#: Deliveries that become due one after the other share a run, and its rendering.
_REST_MS = 10_000
#: Files that are not those that were planned are looked at again after this.
_OTHER_FILES_MS = 60_000

_log = Log(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueToRun:
    """An issue that has something due, and that nobody sends."""

    planned: PlannedIssue
    #: An operator began it by hand: what he left untried is his to send. What was scheduled, or
    #: waits for another day of a warm-up, is ours as a whole.
    only_deferred: bool


def list_issues_to_run(installation: Installation) -> list[IssueToRun]:
    """List the issues a worker may go on with at this moment, the oldest first."""
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        scheduled = schedule.list_due_slugs(connection, now_ms=now_ms)
        others = deferred.list_issues_due(connection, now_ms=now_ms)
        due = [get_planned_issue(connection, slug) for slug in dict.fromkeys(scheduled + others)]
        return [
            IssueToRun(planned=planned, only_deferred=planned.slug not in scheduled)
            for planned in due
            if not lease.list_senders(connection, planned.id)
        ]


@dataclass(slots=True)
class _Rest:
    """How long an issue is left alone after a run."""

    #: Runs in a row that ended in a trouble of ours.
    troubles: int = 0
    until_ms: int = 0


class IssueWorker:
    """One thread's work; of several on one database one at a time sends an issue."""

    def __init__(self, installation: Installation, *, hands_out: bool = False) -> None:
        """Make ready.

        Args:
            installation: Where and with what.
            hands_out: What is cut into chunks is offered to workers, and not sent by this thread.
        """
        self._installation = installation
        self._hands_out = hands_out
        self._woken = threading.Event()
        self._stop = threading.Event()
        #: By the issue's number.
        self._rests: dict[int, _Rest] = {}

    def wake(self) -> None:
        """Let the worker look at once; callable from any thread, cheap, never fails."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; returns within a second of it and `wake`, unless in mid-send.

        A next hop or a database that is away is told in the log and tried again; only a mistake
        of ours ends it.
        """
        self._stop = stop
        while not stop.is_set():
            seconds = _POLL_SECONDS
            try:
                self.work_off()
            except (TemporaryError, DatabaseError) as error:
                _log.warning("issues wait", reason=str(error))
                seconds = _PATIENCE_SECONDS
            if not stop.is_set():
                self._woken.wait(seconds)
                self._woken.clear()

    def work_off(self) -> None:
        """Run each issue that has something due at this moment, once.

        Raises:
            TemporaryError, DatabaseError: The database cannot be used, or not just now.
        """
        if self._hands_out:
            offer_left(self._installation)
        for found in list_issues_to_run(self._installation):
            rest = self._rests.setdefault(found.planned.id, _Rest())
            if not self._stop.is_set() and rest.until_ms <= self._installation.now_ms():
                self._go_on(found, rest)

    def _go_on(self, found: IssueToRun, rest: _Rest) -> None:
        """Run one issue, and leave it alone for a while."""
        if self._hands_out and self._is_cut(found.planned):
            return
        try:
            issue, edition = render_planned(self._installation.settings, found.planned)
            if not found.planned.is_planned:
                begin_scheduled(self._installation, found.planned, issue)
        except (UserError, RenderError) as error:
            self._leave(found.planned, rest, " ".join(str(error).split()))
            return
        if self._hands_out and self._is_cut(found.planned):
            return
        try:
            has_trouble = self._run(found, edition)
        except LeaseHeldError:
            has_trouble = False
            _log.debug("another process sends it", issue=found.planned.slug)
        rest.troubles = rest.troubles + 1 if has_trouble else 0
        retries = self._installation.retry_schedule
        wait_ms = retries.wait_ms(rest.troubles) if rest.troubles else _REST_MS
        rest.until_ms = self._installation.now_ms() + wait_ms

    def _run(self, found: IssueToRun, edition: Edition) -> bool:
        """Run one issue; tell whether it met a trouble that is not about single deliveries."""
        planned = found.planned
        try:
            report = continue_issue(
                self._installation,
                planned,
                edition,
                only_deferred=found.only_deferred,
                stop=self._stop,
            )
        except NextHopRefusesError as error:
            _log.warning("an issue is paused", issue=planned.slug, reason=str(error))
            return False
        except TransportError as error:
            _log.warning("the next hop takes nothing", issue=planned.slug, reason=str(error))
            return True
        return self._is_due_still(planned, report)

    def _is_due_still(self, planned: PlannedIssue, report: SendReport) -> bool:
        """Tell whether a run came to its end, took nothing off the issue, and is due again."""
        if report.ending is not Ending.FINISHED or report.progress.accepted:
            return False
        with self._installation.database.read() as connection:
            now_ms = self._installation.now_ms()
            return deferred.count_due(connection, planned.id, now_ms=now_ms) > 0

    def _leave(self, planned: PlannedIssue, rest: _Rest, reason: str) -> None:
        """Pause what this machine cannot send; what several may send is left to the others."""
        if not self._is_cut(planned):
            self._pause(planned, reason)
            return
        _log.warning("this machine cannot send, others may", issue=planned.slug, reason=reason)
        rest.until_ms = self._installation.now_ms() + _OTHER_FILES_MS

    def _is_cut(self, planned: PlannedIssue) -> bool:
        with self._installation.database.read() as connection:
            return chunks.is_cut(connection, planned.id)

    def _pause(self, planned: PlannedIssue, reason: str) -> None:
        """Pause an issue that nobody sends, for the operator to look at."""
        with self._installation.database.write() as connection:
            try:
                held = chunks.take_issue(
                    connection,
                    planned.id,
                    Process.current(),
                    now_ms=self._installation.now_ms(),
                )
            except LeaseHeldError:
                return
            plan.pause_issue(connection, planned.id, reason=reason)
            lease.release(connection, held)
        _log.warning("an issue is paused", issue=planned.slug, reason=reason)
