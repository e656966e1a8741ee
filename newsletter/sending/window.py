"""The sliding window of open intents: the ledger's side of a run, in a thread of its own.

Each turn is one commit: the outcomes that came in, the lease, and as many new intents as the
window and the rate leave room for. Nobody waits for the slowest of a batch, and no byte of a
message leaves before its intent is committed.
"""

import queue
import time
from collections.abc import Iterable
from itertools import count

import sqlalchemy as sa

from newsletter.errors import TemporaryError
from newsletter.sending.breaker import Breaker
from newsletter.sending.ledger import attempts, deferred, deliveries, lease, plan, warm_up
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.status import DeliveryStatus, IssueState
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.retry import put_off
from newsletter.sending.run import Ending, Progress, Run
from newsletter.sending.transports.transport import Accepted, Deferred, InDoubt, Outcome, Rejected

#: Commits are paced so that many outcomes share one sync of the disk, unless enough of the window
#: has come back: 5 ms made a message cost half the processor time of an unpaced run.
_PACE_SECONDS = 0.005
#: A turn costs as much as thirty outcomes in it, so that it waits for some more of a small window.
_WORTH_A_COMMIT = 32
#: A next hop that is slow, or far away, gets so many paces before what has come is committed.
_MOST_PACES = 4
#: A turn comes at least this often, to keep the lease and to hear of a pause.
_HEARTBEAT_SECONDS = 1.0
#: Whoever waits for the next hop to take somebody looks again after this time.
_LOOK_AGAIN_SECONDS = 0.1
#: A turn that finds the database locked is tried again: it may carry outcomes nobody else knows.
_PATIENCE_TURNS = 3


#: What could be begun was begun.
_QUIET_ENDINGS = (Ending.FINISHED, Ending.LIMITED, Ending.SHARE_USED)


class Window:
    """Keeps at most `max_in_flight` intents open until nothing is left or something says stop."""

    def __init__(self, run: Run, stream: RecipientStream) -> None:
        self._run = run
        self._stream = stream
        most = run.max_in_flight
        #: Never so many that connections run dry meanwhile.
        self._worth_a_commit = min(max(most // 4, _WORTH_A_COMMIT), most // 2)
        #: None only wakes the thread.
        self._reports: queue.SimpleQueue[Settled | None] = queue.SimpleQueue()
        self._open: set[int] = set()
        self._withdrawn: set[int] = set()
        self._after_id = run.span.after_id
        self._begun = 0
        self._ending: Ending | None = None
        self._is_share_used = False
        self._has_lost_transport = False
        self._breaker = Breaker()
        self.progress = Progress()

    def report(self, delivery_id: DeliveryId, outcome: Outcome) -> None:
        """Take the outcome of one delivery; callable from any thread."""
        self._reports.put(_settled(delivery_id.subscriber_id, outcome, self._run.now_ms()))

    def stop(self) -> None:
        """Begin nothing more, finish what the transport has taken; callable from any thread."""
        self._run.stop.set()
        self._reports.put(None)

    def lose_transport(self) -> None:
        """Say that no further report will come: what the transport took and left is in doubt."""
        self._has_lost_transport = True
        self._reports.put(None)

    def work(self) -> Ending:
        """Turn until every intent is closed; called once, in a thread of its own.

        Raises:
            DatabaseError: The ledger cannot be written. What is open is found in doubt later.
            TemporaryError: The ledger stayed locked for too long; the same holds.
        """
        try:
            while self._ending is None or self._open:
                # Looked at before the reports: once it is set, no more can come after them.
                is_last = self._has_lost_transport
                settled = self._await_reports()
                self._draw(len(self._open) - len(settled))
                self._turn_patiently(settled, is_last=is_last)
            if self._ending is Ending.PAUSED and not self._breaker.is_open:
                self._follow_others()
            return Ending.PAUSED if self._has_reached_nobody() else self._ending
        finally:
            self._stream.withdraw()
            self._stream.close()

    def _follow_others(self) -> None:
        """Take back what was refused here for the reason that another sender met first."""
        run = self._run
        if self._breaker.has_only_streak:
            with run.database.write() as connection:
                self._breaker.follow(connection, run.issue_id, epoch=run.lease.epoch)

    def _has_reached_nobody(self) -> bool:
        """Pause the issue if too few were begun for a streak and all were refused; tell so."""
        if self._ending not in _QUIET_ENDINGS or not self._breaker.has_only_streak:
            return False
        run = self._run
        with run.database.write() as connection:
            if self._reason_to_end(connection, is_last=False) is not None:
                return False
            return self._breaker.judge_few(connection, run.issue_id, epoch=run.lease.epoch)

    def _turn_patiently(self, settled: list[Settled], *, is_last: bool) -> None:
        until = time.monotonic() + self._run.patience_seconds
        for turn in count(1):
            try:
                return self._turn(settled, is_last=is_last)
            except TemporaryError:
                if turn >= _PATIENCE_TURNS and time.monotonic() >= until:
                    raise
            if self._run.patience_seconds:
                time.sleep(_LOOK_AGAIN_SECONDS)
        return None

    def _turn(self, settled: list[Settled], *, is_last: bool) -> None:
        """Commit outcomes and the next intents together, then let the messages go."""
        run, now_ms = self._run, self._run.now_ms()
        recipients: list[Recipient] = []
        skips: list[tuple[int, str]] = []
        with run.database.write() as connection:
            reason = self._reason_to_end(connection, is_last=is_last)
            if reason is not None or is_last:
                self._withdrawn.update(_numbers(self._stream.withdraw()))
            if is_last:
                settled = settled + self._list_doubtful(settled)
            still_open = self._open - self._withdrawn - {each.subscriber_id for each in settled}
            epoch = run.lease.epoch
            settled = self._record(connection, settled, now_ms)
            deliveries.hand_back(connection, run.issue_id, sorted(self._withdrawn), epoch=epoch)
            if self._breaker.is_open:
                self._breaker.plan_again(connection, run.issue_id, settled, epoch=epoch)
            if reason is Ending.CANCELLED:
                deliveries.cancel_deliveries(
                    connection, run.issue_id, within=run.span, now_ms=now_ms
                )
            ending = reason or self._ending
            room = self._room(len(still_open))
            if ending is None and room:
                recipients, skips = self._open_intents(connection, room, now_ms)
                # A commit that fails may have happened all the same: then the next turn finds
                # these open and takes them back.
                self._withdrawn.update(_numbers(recipients))
        self._open = still_open
        self._withdrawn.clear()
        if ending is None and room:
            ending = self._note_begun(recipients, skips, room)
        self._stream.put(recipients)
        if ending is not None:
            self._ending = ending
            self._stream.close()
        self._count(settled, skips)

    def _record(
        self, connection: sa.Connection, settled: list[Settled], now_ms: int
    ) -> list[Settled]:
        """Write the outcomes down; what was not accepted is an attempt on record, too."""
        run, epoch = self._run, self._run.lease.epoch
        others = [each for each in settled if each.status is not DeliveryStatus.SENT]
        if others:
            attempts.record_attempts(connection, run.issue_id, others, epoch=epoch, now_ms=now_ms)
            settled = put_off(connection, run.issue_id, settled, run.retry_schedule, now_ms=now_ms)
        deliveries.record_outcomes(connection, run.issue_id, settled, epoch=epoch, now_ms=now_ms)
        return settled

    def _reason_to_end(self, connection: sa.Connection, *, is_last: bool) -> Ending | None:
        """Tell what stands against beginning anything more; keeps the lease alive."""
        is_ours = lease.extend(connection, self._run.lease)
        orders = plan.get_orders(connection, self._run.issue_id)
        state = orders.state
        # First of all: what comes back to a cancelled issue is cancelled, whoever sends it.
        if state is IssueState.CANCELLED:
            return Ending.CANCELLED
        if not is_ours:
            return Ending.TAKEN_OVER
        if state is IssueState.PAUSED or self._is_broken(connection):
            return Ending.PAUSED
        if self._run.stop.is_set():
            return Ending.INTERRUPTED
        self._run.rate.change_to(orders.rate_per_second)
        # A transport returns by itself when the stream has ended; before, it failed.
        if is_last and self._ending is None:
            return Ending.TRANSPORT_FAILED
        return None

    def _is_broken(self, connection: sa.Connection) -> bool:
        """Pause the issue if the next hop takes nothing of it; tell whether it is so."""
        return self._breaker.is_due and self._breaker.judge(connection, self._run.issue_id)

    def _open_intents(
        self, connection: sa.Connection, room: int, now_ms: int
    ) -> tuple[list[Recipient], list[tuple[int, str]]]:
        """Write the next intents, and skip whoever is no longer in the audience."""
        run = self._run
        list_due = deferred.list_due if run.only_deferred else deliveries.list_due
        candidates = list_due(
            connection,
            run.issue_id,
            after_id=self._after_id,
            until_id=run.span.until_id,
            limit=room,
            now_ms=now_ms,
        )
        if run.warm_up is not None:
            due = len(candidates)
            candidates = warm_up.take_share(connection, run.warm_up, candidates, now_ms=now_ms)
            self._is_share_used = len(candidates) < due
        if not candidates:
            return [], []
        answers = run.audience.still_mailable(connection, run.issue_id, candidates, now_ms=now_ms)
        skips = [(number, why) for number, why in answers.items() if isinstance(why, str)]
        begun = [each for each in candidates if isinstance(answers[each.subscriber_id], Recipient)]
        deliveries.record_intents(
            connection, run.issue_id, begun, epoch=run.lease.epoch, now_ms=now_ms
        )
        if run.warm_up is not None:
            warm_up.record_begun(connection, begun, now_ms=now_ms)
        deliveries.record_skips(connection, run.issue_id, skips, now_ms=now_ms)
        return [each for each in answers.values() if isinstance(each, Recipient)], skips

    def _note_begun(
        self, recipients: list[Recipient], skips: list[tuple[int, str]], room: int
    ) -> Ending | None:
        """Remember what was begun; say so when there was less than there was room for."""
        begun = _numbers(recipients)
        skipped = [number for number, _ in skips]
        self._after_id = max([self._after_id, *begun, *skipped])
        self._open.update(begun)
        self._begun += len(begun)
        self._run.rate.spend(len(begun))
        if len(begun) + len(skipped) < room:
            return Ending.SHARE_USED if self._is_share_used else Ending.FINISHED
        return Ending.LIMITED if self._begun == self._run.limit else None

    def _list_doubtful(self, settled: list[Settled]) -> list[Settled]:
        """List what a lost transport took and never answered for."""
        answered = {each.subscriber_id for each in settled}
        return [
            Settled(number, DeliveryStatus.IN_DOUBT, "the transport ended without an answer")
            for number in sorted(self._open - answered - self._withdrawn)
        ]

    def _draw(self, open_count: int) -> None:
        """Take from a rate that is shared, before the transaction that is not to wait for it."""
        if self._ending is None and self._run.rate.per_second:
            self._run.rate.draw(self._room_beside(open_count))

    def _room(self, open_count: int) -> int:
        """Tell how many intents may be opened beside those that are."""
        return self._run.rate.available(self._room_beside(open_count))

    def _room_beside(self, open_count: int) -> int:
        """Tell the same, whatever the rate allows at this moment."""
        room = self._run.max_in_flight - open_count
        if self._run.limit is not None:
            room = min(room, self._run.limit - self._begun)
        return min(room, self._room_to_wait(open_count)) if self._run.rate.per_second else room

    def _room_to_wait(self, open_count: int) -> int:
        """Tell how many may be opened without many of them leaving at once when it is possible."""
        if self.progress.ended:
            return self._run.rate.most_waiting - self._stream.waiting
        # It takes a while to reach the next hop, and what was begun meanwhile would be a burst.
        self._run.rate.hold()
        return 1 - open_count

    def _await_reports(self) -> list[Settled]:
        """Wait until a turn is worth its commit; return what was reported until then."""
        reports = self._drain(self._seconds_to_wait())
        enough = min(self._worth_a_commit, len(self._open))
        for _ in range(_MOST_PACES):
            if len(reports) >= enough:
                break
            time.sleep(_PACE_SECONDS)
            reports += self._drain(0)
        return reports

    def _seconds_to_wait(self) -> float:
        """Tell how long nothing can be begun unless a report comes."""
        if self._has_lost_transport:
            return 0
        if self._ending is not None or len(self._open) == self._run.max_in_flight:
            return _HEARTBEAT_SECONDS
        rate = self._run.rate
        if rate.per_second and self._room_to_wait(len(self._open)) <= 0:
            return _LOOK_AGAIN_SECONDS
        return min(rate.seconds_until_next(), _HEARTBEAT_SECONDS)

    def _drain(self, timeout_seconds: float) -> list[Settled]:
        """Take all reports that are there, waiting for a first one at most this long."""
        reports: list[Settled] = []
        try:
            first = self._reports.get(block=timeout_seconds > 0, timeout=timeout_seconds or None)
            while True:
                if first is not None:
                    reports.append(first)
                first = self._reports.get_nowait()
        except queue.Empty:
            return reports

    def _count(self, settled: list[Settled], skips: list[tuple[int, str]]) -> None:
        """Tell the observer how far the run has come."""
        progress = self.progress
        for each in settled:
            name = _PROGRESS_NAMES[each.status]
            setattr(progress, name, getattr(progress, name) + 1)
        progress.skipped += len(skips)
        progress.in_flight = len(self._open)
        self._breaker.note(settled)
        if settled or skips:
            self._run.on_progress(progress)


_PROGRESS_NAMES = {
    DeliveryStatus.SENT: "accepted",
    DeliveryStatus.FAILED: "rejected",
    DeliveryStatus.DEFERRED: "deferred",
    DeliveryStatus.IN_DOUBT: "in_doubt",
}


def _numbers(recipients: Iterable[Recipient]) -> list[int]:
    return [each.delivery_id.subscriber_id for each in recipients]


def _settled(subscriber_id: int, outcome: Outcome, now_ms: int) -> Settled:
    """Say in the ledger's words what a transport reported."""
    match outcome:
        case Accepted():
            return Settled(subscriber_id, DeliveryStatus.SENT, outcome.reply)
        case Rejected():
            return Settled(subscriber_id, DeliveryStatus.FAILED, outcome.reply)
        case InDoubt():
            return Settled(subscriber_id, DeliveryStatus.IN_DOUBT, outcome.reply)
        case Deferred():
            wait = outcome.retry_after_seconds
            asked_ms = 0 if wait is None else now_ms + int(wait * 1000)
            return Settled(subscriber_id, DeliveryStatus.DEFERRED, outcome.reply, asked_ms)
