"""The stream of recipients between the ledger's thread and a transport's event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable

from newsletter.sending.message.recipient import Recipient


class RecipientStream:
    """Recipients whose intents are committed, waiting for a transport to take them.

    One thread fills and closes it; the tasks of one event loop take from it, and may put back
    whose message certainly never left. Whoever is in it can be withdrawn.
    """

    def __init__(self, recipients: Iterable[Recipient] = (), *, is_closed: bool = False) -> None:
        """Make a stream on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._waiting = deque(recipients)
        self._is_closed = is_closed
        self._news = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many no transport has taken."""
        return len(self._waiting)

    @property
    def has_waiting(self) -> bool:
        """Whether somebody is here to take."""
        return bool(self._waiting)

    async def take(self, most: int = 1) -> list[Recipient]:
        """Wait for recipients and take up to `most`; an empty list means that no more will come."""
        while True:
            # Looked at first: whoever was put before the end is then seen below.
            is_over = self._is_over()
            taken = self.take_nowait(most)
            if taken or is_over:
                return taken
            # What is put from now on sets the event again, in a callback that comes after this.
            self._news.clear()
            await self._news.wait()

    def take_nowait(self, most: int = 1) -> list[Recipient]:
        """Take up to `most` recipients that are here already; maybe none."""
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def put(self, recipients: Iterable[Recipient]) -> None:
        """Add recipients; callable from any thread."""
        with self._lock:
            self._waiting.extend(recipients)
        self._loop.call_soon_threadsafe(self._news.set)

    def close(self) -> None:
        """Say that no more will come; callable from any thread."""
        self._is_closed = True
        self._loop.call_soon_threadsafe(self._news.set)

    def _is_over(self) -> bool:
        """Tell whether nobody comes beside those who are here."""
        return self._is_closed

    def withdraw(self) -> list[Recipient]:
        """Take back everyone no transport has taken; callable from any thread."""
        with self._lock:
            withdrawn = list(self._waiting)
            self._waiting.clear()
        return withdrawn
