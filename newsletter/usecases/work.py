"""The worker of `newsletter serve`: decides what was asked, sends system messages, lets old go."""

import threading
import time

from newsletter.errors import DatabaseError, TemporaryError, TransportError
from newsletter.issues.revision import find_commit
from newsletter.log import Log
from newsletter.outbox.dispatch import LeaseLostError, OutboxRun, keep_lease, send_due
from newsletter.outbox.letters import list_due, take_over
from newsletter.outbox.post import Post
from newsletter.outbox.requests import list_asked
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.process import Process
from newsletter.sending.rate import Rate
from newsletter.usecases.answer_requests import answer_request
from newsletter.usecases.installation import Installation
from newsletter.usecases.let_go import let_go
from newsletter.usecases.restored_backup import MarkKeeper

LEASE_NAME = "outbox"

#: Rows decided in one transaction, which the form's transactions wait for.
_BATCH = 50
#: What other processes wrote is seen after this.
_POLL_SECONDS = 1.0
#: How long to wait for another worker's end, or after a trouble.
_PATIENCE_SECONDS = 5.0
#: While there is nothing to do the lease is prolonged, and the old let go, this often.
_IDLE_SECONDS = 10.0
_COMMIT_SECONDS = 60.0

_log = Log(__name__)


class Worker:
    """One thread's work; of several workers on one database only one works at a time."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._post = Post(installation.settings, installation.keys, installation.signing_keys)
        limit = installation.settings.transport.rate_per_second
        self._rate = Rate(limit, time.monotonic)
        self._marks = MarkKeeper(installation)
        self._commit = ""
        self._commit_until = 0.0
        self._idle_until = 0.0

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
            try:
                self._work_with_lease()
            except LeaseHeldError:
                _log.debug("another worker has the outbox")
            except LeaseLostError:
                _log.warning("another worker took over the outbox")
            except (TemporaryError, DatabaseError) as error:
                _log.warning("the outbox waits", reason=str(error))
            if not stop.is_set():
                self._wait(_PATIENCE_SECONDS)

    def work_off(self) -> None:
        """Do what there is to do at this moment, and return.

        Raises:
            LeaseHeldError: Another worker has the outbox.
            TemporaryError, DatabaseError: The database cannot be used, or not just now.
        """
        self._idle_until = 0.0
        self._work_with_lease(until_idle=True)

    def _work_with_lease(self, *, until_idle: bool = False) -> None:
        """Become the one worker, and be it until the stop, or until nothing is left to do."""
        installation = self._installation
        with installation.database.write() as connection:
            held = lease.acquire(connection, LEASE_NAME, Process.current())
            repeated = take_over(
                connection,
                epoch=held.epoch,
                now_ms=installation.now_ms(),
                repeats_safely=installation.repeats_safely,
            )
        if repeated:
            _log.warning("messages whose sender died are sent once more", count=repeated)
        run = OutboxRun(
            database=installation.database,
            transport=installation.transport,
            post=self._post,
            lease=held,
            rate=self._rate,
            max_in_flight=installation.max_in_flight,
            retry_schedule=installation.retry_schedule,
            repeats_safely=installation.repeats_safely,
            now_ms=installation.now_ms,
            on_settled=lambda status, count: installation.metrics.count_system_messages(
                status.value, count
            ),
        )
        try:
            while not self._stop.is_set():
                if not self._turn(run):
                    if until_idle:
                        return
                    self._wait(_POLL_SECONDS)
        finally:
            with installation.database.write() as connection:
                lease.release(connection, held)

    def _turn(self, run: OutboxRun) -> bool:
        """Do what there is to do; tell whether there was anything."""
        decided = self._decide(run)
        try:
            begun = send_due(run, self._stop) if decided or self._has_due(run) else 0
        except TransportError as error:
            _log.warning("the next hop takes no system messages", reason=str(error))
            begun = 0
        is_idle_over = time.monotonic() >= self._idle_until
        if is_idle_over:
            self._idle_until = time.monotonic() + _IDLE_SECONDS
            with run.database.write() as connection:
                keep_lease(run, connection)
            while let_go(self._installation) and not self._stop.is_set():
                pass
            run.database.empty_journal()
            self._marks.raise_if_due()
        return bool(decided or begun)

    def _decide(self, run: OutboxRun) -> int:
        """Decide a batch of what was asked; return how many."""
        with run.database.read() as connection:
            if not list_asked(connection, limit=1):
                return 0
        commit = self._find_commit()
        with run.database.write() as connection:
            keep_lease(run, connection)
            batch = list_asked(connection, limit=_BATCH)
            for asked in batch:
                answer_request(self._installation, connection, asked, git_commit=commit)
        return len(batch)

    def _has_due(self, run: OutboxRun) -> bool:
        """Look without the write lock, which an idle worker must not take every second."""
        with run.database.read() as connection:
            return bool(list_due(connection, limit=1, now_ms=run.now_ms()))

    def _find_commit(self) -> str:
        """Find the commit checked out beside the settings, as of the last minute."""
        if time.monotonic() >= self._commit_until:
            self._commit = find_commit(self._installation.settings.folder / "newsletter.toml")
            self._commit_until = time.monotonic() + _COMMIT_SECONDS
        return self._commit

    def _wait(self, seconds: float) -> None:
        """Wait until somebody wakes the worker, or so long."""
        self._woken.wait(seconds)
        self._woken.clear()
