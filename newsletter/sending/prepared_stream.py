"""A stream whose recipients get their messages in threads before a transport takes them.

A signature takes longer than all the rest of a message, and lets other threads run meanwhile: so
every core signs, and the event loop only hands over.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.recipient_stream import RecipientStream

#: To wake a thread costs about a tenth of a signature: several messages share it.
_TOGETHER = 8


class PreparedStream(RecipientStream):
    """Recipients wait in it with their messages; those without one are not there yet."""

    def __init__(self, prepare: Callable[[Recipient], Recipient], threads: Executor) -> None:
        """Make a stream on the running event loop.

        Args:
            prepare: Gives a recipient his message; called from the threads, and must not raise.
            threads: Ended by the caller, after the stream.
        """
        super().__init__()
        self._prepare = prepare
        self._threads = threads
        self._in_preparation: dict[DeliveryId, Recipient] = {}

    @property
    def waiting(self) -> int:
        """How many no transport has taken, with a message or without."""
        return len(self._in_preparation) + super().waiting

    def put(self, recipients: Iterable[Recipient]) -> None:
        """Add recipients, whose messages are then built; callable from any thread."""
        added = list(recipients)
        with self._lock:
            self._in_preparation.update((each.delivery_id, each) for each in added)
        for start in range(0, len(added), _TOGETHER):
            self._threads.submit(self._build, added[start : start + _TOGETHER])

    def withdraw(self) -> list[Recipient]:
        """Take back everyone no transport has taken, with a message or without."""
        with self._lock:
            withdrawn = list(self._in_preparation.values())
            self._in_preparation.clear()
        return withdrawn + super().withdraw()

    def _is_over(self) -> bool:
        return super()._is_over() and not self._in_preparation

    def _build(self, recipients: list[Recipient]) -> None:
        prepared = [
            self._prepare(each) for each in recipients if each.delivery_id in self._in_preparation
        ]
        with self._lock:
            self._waiting.extend(
                each for each in prepared if self._in_preparation.pop(each.delivery_id, None)
            )
        self._loop.call_soon_threadsafe(self._news.set)
