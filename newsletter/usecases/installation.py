"""What every use case is given: this installation's settings, keys, database and clock."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.database import Database
from newsletter.sending.message.signature import SigningKey
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.transports.transport import Transport
from newsletter.settings import Settings
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
    #: Milliseconds since 1970, UTC.
    now_ms: Callable[[], int]
