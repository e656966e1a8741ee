"""A next hop that takes everything and keeps nothing, with a round trip and stalls to order.

It announces PIPELINING, answers each group of commands after the round trip, and now and then one
final dot much later. It counts what it took, and writes down when.

Usage: python -m bench.null_smtp PORT [--round-trip-ms 20] [--stall-every 200 --stall-seconds 2]
                                      [--times FILE]
"""

import argparse
import asyncio
import signal
import time
from array import array
from pathlib import Path
from typing import cast

END_OF_MESSAGE = b"\r\n.\r\n"
GREETING = b"220 null ESMTP\r\n"
EHLO = b"250-null\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250 8BITMIME\r\n"


class Counts:
    """What the server has taken, over all connections."""

    connections = 0
    #: When each message came, its final dot with it: seconds, monotonic.
    times = array("d")


class NullServer(asyncio.Protocol):
    """One connection."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._round_trip = options.round_trip_ms / 1000
        self._stall_every = options.stall_every
        self._stall_seconds = options.stall_seconds
        self._buffer = bytearray()
        self._is_in_message = False
        self._transport: asyncio.Transport | None = None
        #: When the last reply was due: replies never overtake each other.
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        Counts.connections += 1
        self._reply(GREETING, 0)

    def data_received(self, data: bytes) -> None:
        """Answer every complete command and message in one group."""
        self._buffer += data
        replies: list[bytes] = []
        delay = self._round_trip
        while True:
            if self._is_in_message:
                end = self._buffer.find(END_OF_MESSAGE)
                if end < 0:
                    break
                del self._buffer[: end + len(END_OF_MESSAGE)]
                self._is_in_message = False
                Counts.times.append(time.monotonic())
                if self._stall_every and len(Counts.times) % self._stall_every == 0:
                    delay += self._stall_seconds
                replies.append(b"250 2.0.0 taken\r\n")
            else:
                end = self._buffer.find(b"\r\n")
                if end < 0:
                    break
                replies.append(self._answer(bytes(self._buffer[:end])))
                del self._buffer[: end + 2]
        if replies:
            self._reply(b"".join(replies), delay)

    def _answer(self, command: bytes) -> bytes:
        verb = command[:4].upper()
        if verb == b"EHLO":
            return EHLO
        if verb == b"DATA":
            self._is_in_message = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"

    def _reply(self, reply: bytes, delay: float) -> None:
        loop = asyncio.get_running_loop()
        transport = self._transport
        if transport is None:
            return
        if not delay:
            transport.write(reply)
            return
        self._due = max(self._due, loop.time() + delay)
        loop.call_at(self._due, transport.write, reply)


async def serve(options: argparse.Namespace) -> None:
    """Serve on the loopback until SIGTERM, then print the counts."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(lambda: NullServer(options), "127.0.0.1", options.port)
    print("ready", flush=True)
    await stopped.wait()
    server.close()
    if options.times:
        options.times.write_bytes(Counts.times.tobytes())
    print(f"{len(Counts.times)} messages on {Counts.connections} connections")


def main() -> None:
    """Parse the wishes and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--round-trip-ms", type=float, default=0)
    parser.add_argument("--stall-every", type=int, default=0)
    parser.add_argument("--stall-seconds", type=float, default=2)
    parser.add_argument("--times", type=Path, help="Write when each came, as doubles.")
    options = parser.parse_args()
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(options))
    else:
        uvloop.run(serve(options))


if __name__ == "__main__":
    main()
