"""Send an issue, and stay for what is deferred until nothing is."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from newsletter.errors import NextHopDownError
from newsletter.sending.ledger import deferred
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.schedule import find_schedule
from newsletter.sending.ledger.status import IssueState
from newsletter.sending.run import Ending, Progress, add_progress
from newsletter.usecases.forecast_send import Forecast, SendRequest
from newsletter.usecases.installation import Installation
from newsletter.usecases.planned_issue import get_planned_issue
from newsletter.usecases.run_chunk import SendReport
from newsletter.usecases.run_issue import ENDINGS, continue_issue
from newsletter.usecases.send_issue import send_issue

#: A pause, a cancel, and what other processes did are seen after this.
_POLL_SECONDS = 1.0
#: Whoever finds another process sending the issue looks again after this.
_BUSY_MS = 5_000
_HOUR_MS = 3_600_000

#: After these something may be left for later.
_RESTS = (Ending.FINISHED, Ending.SHARE_USED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """What is waited for."""

    #: Milliseconds since 1970, UTC.
    until_ms: int
    #: Why the run before ended early; empty when it came to its end.
    trouble: str


class Stay:
    """Runs of one issue, and the waits between them.

    No lease is held during a wait: `newsletter serve`, or another `newsletter send`, may try what
    becomes due meanwhile, and the database may be upgraded.
    """

    def __init__(
        self,
        installation: Installation,
        request: SendRequest,
        *,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_wait: Callable[[Wait], None] = lambda _: None,
        on_interrupt: Callable[[int], None] | None = None,
    ) -> None:
        """Make ready to send.

        Args:
            installation: Where and with what.
            request: What the operator asked for.
            on_progress: Told what all runs together have done; called from another thread.
            on_wait: Told before each wait.
            on_interrupt: Told how often SIGINT or SIGTERM came during a run; see `dispatch`.
        """
        self._installation = installation
        self._request = request
        self._on_progress = on_progress
        self._on_wait = on_wait
        self._on_interrupt = on_interrupt
        #: Of the runs that have ended, and of the one that has not.
        self._before, self._run_now = Progress(), Progress()
        #: What the rate allowed: now, and in vain over all runs.
        self._allowed_per_second, self._missed = 0.0, 0.0
        #: Runs in a row that met a trouble which is not about single deliveries.
        self._troubles = 0
        self._trouble = ""
        hours = installation.retry_schedule.give_up_after_hours
        self._give_up_at_ms = installation.now_ms() + round(hours * _HOUR_MS)

    def send(self, forecast: Forecast) -> SendReport:
        """Run, wait, run again, until nothing is deferred or something says stop.

        A next hop that nobody answers at is tried again, too, for as long as a delivery would be.

        Raises:
            ChecksError, RefusedError, LeaseHeldError: See `send_issue`.
            TransportError: The next hop cannot be used, or not within that time.
        """
        began = time.monotonic()
        ending = self._run(partial(send_issue, self._installation, self._request, forecast))
        while ending in _RESTS and (not_before_ms := self._find_rest()) is not None:
            ending = self._wait(not_before_ms) or self._run_again()
        return SendReport(
            ending=ending,
            progress=self._before,
            seconds=time.monotonic() - began,
            allowed_per_second=self._allowed_per_second,
            missed=self._missed,
        )

    def _run_again(self) -> Ending:
        """Go on with the issue, unless another process is at it."""
        with self._installation.database.read() as connection:
            planned = get_planned_issue(connection, self._request.issue.slug)
        try:
            return self._run(
                partial(continue_issue, self._installation, planned, self._request.edition)
            )
        except LeaseHeldError:
            return self._wait(self._installation.now_ms() + _BUSY_MS) or Ending.FINISHED

    def _run(self, run: Callable[..., SendReport]) -> Ending:
        """Run once; a next hop that is down has nothing left to begin, for the moment."""
        self._trouble = ""
        try:
            report = run(on_progress=self._note, on_interrupt=self._on_interrupt)
            ending, self._allowed_per_second = report.ending, report.allowed_per_second
            self._missed += report.missed
        except NextHopDownError as error:
            if self._installation.now_ms() >= self._give_up_at_ms:
                raise
            self._trouble, ending = str(error), Ending.FINISHED
        self._before, self._run_now = add_progress(self._before, self._run_now), Progress()
        return ending

    def _note(self, progress: Progress) -> None:
        self._run_now = progress
        self._on_progress(add_progress(self._before, progress))

    def _find_rest(self) -> int | None:
        """Find until when to leave the issue alone; 0 for no rest, None when nothing is left."""
        now_ms = self._installation.now_ms()
        _, next_ms = self._look()
        if next_ms is None and not self._trouble:
            return None
        # What is due at once after a run was deferred for a trouble of ours.
        has_trouble = self._trouble or (next_ms is not None and next_ms <= now_ms)
        self._troubles = self._troubles + 1 if has_trouble else 0
        wait_ms = self._installation.retry_schedule.wait_ms
        return now_ms + wait_ms(self._troubles) if self._troubles else 0

    def _wait(self, not_before_ms: int) -> Ending | None:
        """Wait until something is due; tell what ended the issue, or the waiting, before."""
        told_ms = 0
        with _interrupts_noted() as stop:
            while True:
                state, next_ms = self._look()
                if state in ENDINGS:
                    return ENDINGS[state]
                until_ms = max(not_before_ms, next_ms or 0)
                if self._installation.now_ms() >= until_ms:
                    return None
                if until_ms != told_ms:
                    self._on_wait(Wait(until_ms=until_ms, trouble=self._trouble))
                    told_ms = until_ms
                if stop.wait(_POLL_SECONDS):
                    return Ending.INTERRUPTED

    def _look(self) -> tuple[IssueState, int | None]:
        """Tell where the issue stands, and when something of it is due."""
        with self._installation.database.read() as connection:
            planned = get_planned_issue(connection, self._request.issue.slug)
            scheduled = find_schedule(connection, planned.id)
            moments = (
                deferred.find_next_attempt(connection, planned.id),
                scheduled.due_at_ms if scheduled else None,
            )
            return planned.state, min((each for each in moments if each is not None), default=None)


@contextmanager
def _interrupts_noted() -> Iterator[threading.Event]:
    """Catch SIGINT and SIGTERM during a wait, when nothing is in flight: one is enough."""
    noted = threading.Event()
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: noted.set()) for number in caught}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
