import asyncio
from collections import Counter

from newsletter.sending.transports.smtp.wire import Wire


class Connection(asyncio.Transport):
    """What a loop gives; the other side has closed it already, or not."""

    def __init__(self, *, is_closing: bool) -> None:
        super().__init__()
        self._is_closing = is_closing
        self.calls: Counter[str] = Counter()

    def is_closing(self) -> bool:
        """Tell whether either side has closed it."""
        return self._is_closing

    def close(self) -> None:
        """Close this side."""
        self.calls["close"] += 1
        self._is_closing = True

    def abort(self) -> None:
        """Forget it."""
        self.calls["abort"] += 1


async def use(connection: Connection) -> None:
    """Close twice and abort, as the end of a session and of its lane do."""
    wire = Wire()
    wire.connection_made(connection)
    wire.close()
    wire.close()
    wire.abort()


def test_a_connection_is_closed_once() -> None:
    """Python 3.11.2 forgets the TLS of one that is closed twice, and cannot abort it then."""
    connection = Connection(is_closing=False)

    asyncio.run(use(connection))

    assert connection.calls == {"close": 1, "abort": 1}


def test_a_connection_that_the_server_closed_is_not_closed_again() -> None:
    """A server that says 221 and leaves is the usual one."""
    connection = Connection(is_closing=True)

    asyncio.run(use(connection))

    assert connection.calls == {"abort": 1}
