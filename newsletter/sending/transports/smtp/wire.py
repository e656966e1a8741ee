"""One TCP connection to a server: bytes out, replies in, every wait bounded."""

import asyncio
import ssl
from collections import deque
from typing import cast

from newsletter.sending.transports.smtp.reply import Reply, ReplyReader, UnreadableReplyError

#: Nobody pipelines so much here: replies that were not asked for.
_MOST_WAITING_REPLIES = 100


class BrokenConnectionError(Exception):
    """The connection cannot be used any more; says why, for the ledger."""


class Wire(asyncio.Protocol):
    """Keeps replies in order until they are read; `read` and `drain` never wait for ever.

    One task uses it. After an error it stays broken.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._broken: str | None = None
        self._is_paused = False
        #: Of the task that waits for a reply or for room to write.
        self._waiter: asyncio.Future[None] | None = None
        #: Loop time at which the wait has lasted too long.
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """What the loop gave; for TLS and for the socket's name."""
        if self._transport is None:
            raise BrokenConnectionError("not connected")
        return self._transport

    @property
    def is_broken(self) -> bool:
        """Whether it is known to be of no more use."""
        return self._broken is not None

    def write(self, *parts: bytes) -> None:
        """Hand over bytes; what the socket does not take at once is kept, see `drain`.

        Raises:
            BrokenConnectionError: The connection is gone; nothing of this has left.
        """
        transport = self.transport
        if self._broken is None and not transport.is_closing():
            transport.writelines(parts)
            # A socket that is gone says so at once, and then has taken nothing.
            if not transport.is_closing():
                return
        self._break("the connection was lost")
        raise BrokenConnectionError(self._broken)

    async def drain(self, seconds: float) -> None:
        """Wait until little is left to write.

        Raises:
            BrokenConnectionError: The connection was lost, or the server took nothing for so long.
        """
        while self._is_paused and self._broken is None:
            await self._wait(seconds)
        if self._broken is not None:
            raise BrokenConnectionError(self._broken)

    async def read(self, seconds: float) -> Reply:
        """Return the next reply.

        Raises:
            BrokenConnectionError: The connection was lost, or no reply came for so long.
        """
        while not self._replies:
            if self._broken is not None:
                raise BrokenConnectionError(self._broken)
            await self._wait(seconds)
        return self._replies.popleft()

    def require_silence(self) -> None:
        """Refuse to go on when there is a reply already to what was not yet said.

        Raises:
            BrokenConnectionError: It would be taken for the answer to the next thing.
        """
        if self._replies:
            raise BrokenConnectionError("the server's replies are out of step")

    async def start_tls(self, tls: ssl.SSLContext, host: str, seconds: float) -> None:
        """Go on encrypted, and forget whatever came in before.

        A reply that somebody put behind the one to STARTTLS would else be taken for the answer
        to the first encrypted command (CVE-2011-0411 tells of the same in servers).

        Raises:
            ssl.SSLError: The server's certificate or its TLS cannot be used.
            OSError: The connection was lost, or the handshake took too long.
        """
        self._replies.clear()
        self._reader = ReplyReader()
        encrypted = await self._loop.start_tls(
            self.transport, self, tls, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if encrypted is None:
            raise ConnectionResetError("the connection was lost")
        self._transport = encrypted

    def close(self) -> None:
        """Close once everything is written."""
        self._break("closed")
        # Python 3.11.2, which is Debian 12's, cannot abort a TLS connection that was closed twice,
        # and the other side may have been the first.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._break("closed")
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Cut replies and wake the reader."""
        try:
            self._replies.extend(self._reader.feed(data))
        except UnreadableReplyError as error:
            self._fail(str(error))
        if len(self._replies) > _MOST_WAITING_REPLIES:
            self._fail("the server sends replies that nobody asked for")
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that and why it is over."""
        why = getattr(exc, "strerror", None) or (type(exc).__name__ if exc else None)
        self._break("the connection was lost" + (f" ({why})" if why else ""))

    def pause_writing(self) -> None:
        """Note that the socket takes no more just now."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Note that it does again."""
        self._is_paused = False
        self._wake()

    async def _wait(self, seconds: float) -> None:
        """Sleep until something happens.

        One timer serves many waits: it is set anew only when it would ring too late.
        """
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        """Break a wait that has lasted too long."""
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() >= self._deadline:
            self._fail("the server did not answer in time")
        else:
            self._set_timer()

    def _fail(self, why: str) -> None:
        self._break(why)
        if self._transport is not None:
            self._transport.abort()

    def _break(self, why: str) -> None:
        """Be of no more use; the first reason is the one to tell."""
        if self._broken is None:
            self._broken = why
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._is_paused = False
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
