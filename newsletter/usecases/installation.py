"""What every use case is given: this installation's settings, keys, database and clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.metrics.metrics import Metrics
from newsletter.operators.actions import ActionKind, record_action
from newsletter.sending.message.signature import SigningKey
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.transports.transport import Transport
from newsletter.settings import Settings
from newsletter.usecases.chunk_queue import ChunkQueue
from subscribers.keyring import Keyring


@dataclass(frozen=True, kw_only=True)
class Installation:
    """One newsletter, opened; made by `newsletter.bootstrap` and by nothing else."""

    settings: Settings
    keys: Keyring
    database: Database
    #: Each signs each message; empty when the next hop does, or nobody.
    signing_keys: tuple[SigningKey, ...]
    transport: Transport
    #: For people; holds no secret.
    transport_name: str
    #: Intents open at once: the most messages that can be in doubt after a crash.
    max_in_flight: int
    #: When deliveries that were deferred are tried again.
    retry_schedule: RetrySchedule
    #: The next hop keeps one message however often it is handed over.
    repeats_safely: bool = False
    #: Where chunks are offered to workers; None where one machine does all, on SQLite.
    queue: ChunkQueue | None = None
    #: Who acts, for the record of what operators did: ``user@host`` at the command line, a name on
    #: the operator's page.
    actor: str = ""
    #: Milliseconds since 1970, UTC.
    now_ms: Callable[[], int]
    #: Take note of what happens; those of most commands forget it.
    metrics: Metrics = field(default_factory=Metrics)

    def record_action(
        self,
        connection: sa.Connection,
        kind: ActionKind,
        *,
        issue: str = "",
        subscriber_id: int | None = None,
        details: str = "",
    ) -> None:
        """Write down what the actor does now, in the transaction that does it."""
        record_action(
            connection,
            kind,
            actor=self.actor,
            now_ms=self.now_ms(),
            issue=issue,
            subscriber_id=subscriber_id,
            details=details,
        )
