"""News for every page that is open, as server-sent events (HTML Living Standard, section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

#: A comment this often keeps the connection from being taken for dead.
_QUIET_SECONDS: Final = 15.0


class Events:
    """Passes events on to all listeners. Used on the event loop only."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()

    def publish(self, name: str, **data: object) -> None:
        """Tell every listener."""
        event = f"event: {name}\ndata: {json.dumps(data)}\n\n"
        for listener in self._listeners:
            listener.put_nowait(event)

    def close(self) -> None:
        """End every stream: a server waits for open ones when it stops."""
        for listener in self._listeners:
            listener.put_nowait(None)

    async def stream(self) -> AsyncIterator[str]:
        """Give what one listener is to be sent, until `close`."""
        listener: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            # Half a second after a restart of the server the page is there again.
            yield "retry: 500\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(listener.get(), _QUIET_SECONDS)
                except TimeoutError:
                    event = ": still here\n\n"
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(listener)
