"""The chunk worker: takes a chunk of an issue from the queue and sends it, as it was planned."""

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
from newsletter.sending.ledger import chunks, plan
from newsletter.sending.ledger.chunks import Chunk
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.sending.ledger.status import IssueState
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.run import Ending
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from newsletter.usecases.planned_edition import render_planned
from newsletter.usecases.run_chunk import Sending, SendReport, run_chunk
from newsletter.usecases.run_issue import claim_chunk, compile_edition

#: Files that are not those that were planned, or a mistake of ours, are met again after this.
_REST_MS = 60_000

_log = Log(__name__)


@dataclass(slots=True)
class _Known:
    """What this process knows of an issue."""

    #: What it was planned from.
    edition_digest: str
    template: MessageTemplate | None = None
    reads_tags: bool = False
    #: Runs in a row that met a trouble which is not about single deliveries.
    troubles: int = 0
    #: Until then it is left to others.
    rests_until_ms: int = 0


class ChunkWorker:
    """What a process does with the chunks that it is given, several at a time."""

    def __init__(self, installation: Installation, stop: threading.Event) -> None:
        """Make ready.

        Args:
            installation: Where and with what.
            stop: Once set, what is in flight is finished and the rest handed back.
        """
        self._installation = installation
        self._stop = stop
        self._rendering = threading.Lock()
        #: By the issue's number.
        self._known: dict[int, _Known] = {}

    def work(self, issue_id: int, number: int) -> None:
        """Send what is due of a chunk, unless somebody else does.

        Callable from any thread. A trouble is told in the log: the chunk is offered again, and
        may find another worker that has none.
        """
        try:
            self._work(issue_id, number)
        except LeaseHeldError:
            _log.debug("another process sends this chunk", issue=issue_id, chunk=number)
        except (UserError, RenderError) as error:
            reason = " ".join(str(error).split())
            _log.warning("this worker cannot send, others may", issue=issue_id, reason=reason)
        except (TemporaryError, DatabaseError) as error:
            _log.warning("a chunk waits", issue=issue_id, chunk=number, reason=str(error))
        except Exception:  # noqa: BLE001 - told with its traceback; the queue would swallow it
            self._let_rest(issue_id)
            _log.fallen("a chunk fell", issue=issue_id, chunk=number)

    def _work(self, issue_id: int, number: int) -> None:
        with self._installation.database.read() as connection:
            planned = plan.get_issue(connection, issue_id)
            chunk = chunks.find_chunk(connection, issue_id, number)
        is_wanted = planned is not None and planned.state is IssueState.SENDING
        if planned is None or chunk is None or not is_wanted or self._stop.is_set():
            return
        known = self._get_known(planned)
        if known.template is None:
            return
        sending = Sending(
            installation=self._installation,
            issue_id=issue_id,
            slug=planned.slug,
            template=known.template,
            audience=IssueAudience.of(self._installation, reads_tags=known.reads_tags),
            stop=self._stop,
        )
        self._run(sending, chunk, known)

    def _let_rest(self, issue_id: int) -> None:
        """Leave an issue to others for a while."""
        known = self._known.get(issue_id)
        if known is not None:
            known.rests_until_ms = self._installation.now_ms() + _REST_MS

    def _get_known(self, planned: PlannedIssue) -> _Known:
        """Render an issue once for all of its chunks; its template is missing while it rests.

        Raises:
            UserError, RenderError: This machine's files do not give what was planned.
        """
        now_ms = self._installation.now_ms()
        with self._rendering:
            known = self._known.get(planned.id)
            if known is None or known.edition_digest != planned.edition_digest:
                known = self._known[planned.id] = _Known(planned.edition_digest)
            if known.rests_until_ms > now_ms:
                return _Known(planned.edition_digest)
            if known.template is None:
                known.rests_until_ms = now_ms + _REST_MS
                _, edition = render_planned(self._installation.settings, planned)
                known.template = compile_edition(self._installation, edition)
                known.reads_tags = edition.asks_for_tags
                known.rests_until_ms = 0
            return known

    def _run(self, sending: Sending, chunk: Chunk, known: _Known) -> None:
        """Run the chunk, and let the issue rest for a while when that met a trouble."""
        installation = self._installation
        claim = claim_chunk(installation, chunk)
        has_trouble = False
        try:
            report = run_chunk(sending, chunk, claim.lease)
            has_trouble = self._is_due_still(chunk, report)
            if report.ending is Ending.INTERRUPTED:
                self._offer_again(chunk)
        except NextHopRefusesError as error:
            _log.warning("an issue is paused", issue=sending.slug, reason=str(error))
        except TransportError as error:
            _log.warning("the next hop takes nothing", issue=sending.slug, reason=str(error))
            has_trouble = True
        known.troubles = known.troubles + 1 if has_trouble else 0
        if known.troubles:
            wait_ms = installation.retry_schedule.wait_ms(known.troubles)
            known.rests_until_ms = installation.now_ms() + wait_ms

    def _is_due_still(self, chunk: Chunk, report: SendReport) -> bool:
        """Tell whether a run came to its end, took nothing off the chunk, and is due again."""
        if report.ending is not Ending.FINISHED or report.progress.accepted:
            return False
        with self._installation.database.read() as connection:
            return chunks.has_due(connection, chunk, now_ms=self._installation.now_ms())

    def _offer_again(self, chunk: Chunk) -> None:
        """Let another worker go on at once with what this one hands back at its end."""
        queue = self._installation.queue
        if queue is not None:
            with self._installation.database.write() as connection:
                queue.offer(connection, chunk.issue_id, [chunk.number])
