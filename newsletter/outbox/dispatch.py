"""One turn of the outbox: intents, messages of one kind and language, outcomes."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.errors import TemporaryError, TransportError
from newsletter.outbox.entry import Letter, Settled, Status
from newsletter.outbox.letters import (
    MOST_REPEATS,
    hand_back,
    list_due,
    record_intents,
    record_outcomes,
)
from newsletter.outbox.post import Post
from newsletter.outbox.requests import drop
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.rate import Rate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    Rejected,
    Transport,
)
from subscribers.store.suppressions import find_reasons
from subscribers.suppression import LIFTED_BY_CONFIRMATION

#: A next hop that nobody answers at is tried again after this.
_DOWN_SECONDS = 60
#: The lease is prolonged this often while a next hop takes its time.
_HEARTBEAT_SECONDS = 5.0
_POLL_SECONDS = 0.2
#: How long a next hop may take to answer once the worker is told to stop.
_STOP_SECONDS = 5.0


class LeaseLostError(TemporaryError):
    """Another worker took over: this one must begin nothing more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxRun:
    """What one worker works with, as long as it holds the lease."""

    database: Database
    transport: Transport
    post: Post
    lease: Lease
    rate: Rate
    #: Intents open at once.
    max_in_flight: int
    #: Its waits, for as long as the link in a letter is good.
    retry_schedule: RetrySchedule
    #: See `newsletter.outbox.letters.take_over`.
    repeats_safely: bool
    #: Milliseconds since 1970, UTC.
    now_ms: Callable[[], int]
    #: Takes how many came to a status, after their commit.
    on_settled: Callable[[Status, int], None] = field(default=lambda *_: None)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """Letters whose intents are committed, and the message they share."""

    letters: Sequence[Letter]
    template: MessageTemplate
    recipients: Sequence[Recipient]


def send_due(run: OutboxRun, stop: threading.Event) -> int:
    """Hand over the letters that are due, of one kind and language; return how many were begun.

    Raises:
        LeaseLostError: Another worker took over; nothing was begun.
        TransportError: The next hop cannot be used. Every row is up to date: what was not taken
            waits, and what nobody knows of leaves once more.
        DatabaseError, TemporaryError: The outcomes could not be written down; another turn, or
            another worker, finds the intents.
    """
    turn = _begin(run)
    if turn is None:
        return 0
    outcomes: dict[DeliveryId, Outcome] = {}
    left, error = asyncio.run(_deliver(run, turn, outcomes, stop))
    _end(run, turn, outcomes, left)
    if error is not None:
        raise error
    return len(turn.letters)


def _begin(run: OutboxRun) -> _Turn | None:
    """Commit the intents of letters that one template serves."""
    now_ms = run.now_ms()
    with run.database.write() as connection:
        keep_lease(run, connection)
        due = list_due(connection, limit=run.rate.available(run.max_in_flight), now_ms=now_ms)
        if not due:
            return None
        first, language = due[0], run.post.language_of(due[0])
        alike = [e for e in due if (e.kind, run.post.language_of(e)) == (first.kind, language)]
        letters, recipients = [], []
        for letter in alike:
            recipient = run.post.address(connection, letter, now_ms=now_ms)
            if recipient is None or _is_blocked(connection, letter):
                drop(connection, letter.id, "suppressed", now_ms=now_ms)
            else:
                letters.append(letter)
                recipients.append(recipient)
        template = run.post.find_template(first.kind, language)
        record_intents(connection, letters, epoch=run.lease.epoch, now_ms=now_ms)
    run.rate.spend(len(letters))
    return _Turn(letters=letters, template=template, recipients=recipients)


def _is_blocked(connection: sa.Connection, letter: Letter) -> bool:
    """Tell whether somebody complained, or an operator said no, while the letter waited."""
    reasons = find_reasons(connection, [letter.address_hash])
    return any(reason not in LIFTED_BY_CONFIRMATION for reason in reasons.values())


async def _deliver(
    run: OutboxRun, turn: _Turn, outcomes: dict[DeliveryId, Outcome], stop: threading.Event
) -> tuple[list[Recipient], TransportError | None]:
    """Hand over; return who was never taken, and why the transport failed if it did."""
    stream = RecipientStream(turn.recipients, is_closed=True)
    delivering = asyncio.create_task(
        run.transport.deliver(turn.template, stream, outcomes.__setitem__)
    )
    beat = asyncio.create_task(_hold_lease(run, delivering, stop))
    await asyncio.wait({delivering})
    beat.cancel()
    left = stream.withdraw()
    error = None if delivering.cancelled() else delivering.exception()
    if error is None or isinstance(error, TransportError):
        return left, error
    return left, TransportError(f"the transport failed: {type(error).__name__}")


async def _hold_lease(
    run: OutboxRun, delivering: asyncio.Task[None], stop: threading.Event
) -> None:
    """Prolong the lease while the next hop answers; give up some time after a stop."""
    loop = asyncio.get_running_loop()
    beat_at, stopped_at = loop.time() + _HEARTBEAT_SECONDS, 0.0
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        now = loop.time()
        if stop.is_set():
            stopped_at = stopped_at or now
            if now - stopped_at > _STOP_SECONDS:
                delivering.cancel()
        if now >= beat_at:
            beat_at = now + _HEARTBEAT_SECONDS
            await asyncio.to_thread(_beat, run)


def _beat(run: OutboxRun) -> None:
    with run.database.write() as connection:
        # Whoever took over has nothing to fear: each outcome is fenced by its epoch.
        lease.extend(connection, run.lease)


def _end(
    run: OutboxRun, turn: _Turn, outcomes: dict[DeliveryId, Outcome], left: Sequence[Recipient]
) -> None:
    """Write down what became of each letter."""
    now_ms = run.now_ms()
    untaken = {each.delivery_id.subscriber_id for each in left}
    settled = [
        _settle(run, letter, outcomes.get(DeliveryId(0, letter.id)), now_ms)
        for letter in turn.letters
        if letter.id not in untaken
    ]
    with run.database.write() as connection:
        record_outcomes(connection, settled, epoch=run.lease.epoch, now_ms=now_ms)
        hand_back(
            connection,
            sorted(untaken),
            epoch=run.lease.epoch,
            next_at_ms=now_ms + _DOWN_SECONDS * 1000,
        )
    for status, count in Counter(each.status for each in settled).items():
        run.on_settled(status, count)


def _settle(run: OutboxRun, letter: Letter, outcome: Outcome | None, now_ms: int) -> Settled:
    """Say in the outbox's words what a transport reported, or never did."""
    match outcome:
        case Accepted():
            return Settled(id=letter.id, status=Status.SENT, reply=outcome.reply)
        case Rejected():
            return Settled(id=letter.id, status=Status.FAILED, reply=outcome.reply)
        case Deferred():
            asked = outcome.retry_after_seconds
            wait_ms = (
                run.retry_schedule.wait_ms(letter.attempts + 1)
                if asked is None
                else int(asked * 1000)
            )
            return Settled(
                id=letter.id,
                status=Status.WAITING,
                reply=outcome.reply,
                next_at_ms=now_ms + wait_ms,
            )
        case InDoubt() | None:
            reply = outcome.reply if outcome else "the transport ended without an answer"
            if letter.repeats >= MOST_REPEATS and not run.repeats_safely:
                return Settled(id=letter.id, status=Status.IN_DOUBT, reply=reply)
            return Settled(
                id=letter.id,
                status=Status.WAITING,
                reply=reply,
                next_at_ms=now_ms + _DOWN_SECONDS * 1000,
                is_repeat=True,
            )


def keep_lease(run: OutboxRun, connection: sa.Connection) -> None:
    """Prolong the lease in the transaction of what is about to be done.

    Raises:
        LeaseLostError: Another worker took over.
    """
    if not lease.extend(connection, run.lease):
        raise LeaseLostError("another worker took over the outbox")
