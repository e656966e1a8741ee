"""An SMTP server that does what a script says, as a next hop might at its worst.

It speaks RFC 5321 as plainly as can be, and shares no code with the client.
"""

import asyncio
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self, TypeAlias, TypeVar, cast

Answer = TypeVar("Answer")

#: Larger than any line, and than any message of ours.
_LIMIT_OCTETS = 1 << 24
#: How often it is looked whether everybody has left.
_LOOK_SECONDS = 0.005


class Act(Enum):
    """What a server may do instead of answering."""

    #: Close the connection; what it was told is not done.
    DROP = auto()
    #: Do it, and close the connection without an answer.
    DO_AND_DROP = auto()
    #: Answer, and read nothing any more.
    DO_AND_STALL = auto()


@dataclass(frozen=True)
class Said:
    """One thing a client did."""

    #: 1 for the first connection to the server.
    connection: int
    #: In upper case; CONNECT for a new connection, CONTENT for a message with its final dot.
    verb: str
    #: The command, or the message.
    octets: bytes
    #: How often this verb came on this connection, this one included.
    count: int


@dataclass(frozen=True)
class Taken:
    """A message that a server takes into its care."""

    recipients: list[str]
    octets: bytes
    #: Whether it says so.
    is_answered: bool


#: A whole reply with its CRLF, an act, or None for the ordinary thing. It may sleep.
Script: TypeAlias = Callable[[Said], Coroutine[None, None, bytes | Act | None]]

_ORDINARY = {
    "CONNECT": b"220 server.example ESMTP\r\n",
    "DATA": b"354 go ahead\r\n",
    "CONTENT": b"250 2.0.0 taken\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
    "STARTTLS": b"220 2.0.0 ready\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
}


async def behave(_: Said) -> bytes | Act | None:
    """Do the ordinary thing."""
    return None


@dataclass
class SmtpServer:
    """Listens in a thread of its own, on loopback if not told otherwise, while `serving` lasts.

    A subclass that wants to know what happened is told by the `note_` methods, in that thread.
    """

    script: Script = behave
    extensions: tuple[bytes, ...] = (b"PIPELINING", b"SIZE 0", b"8BITMIME", b"SMTPUTF8")
    #: Drop whoever speaks before the last thing he said was answered.
    is_strict: bool = False
    #: For STARTTLS; with it the extension is announced.
    tls: ssl.SSLContext | None = None
    address: str = "127.0.0.1"
    #: 0 for one that is free, which stands here then.
    port: int = 0
    _connections: int = 0
    _open: int = 0

    @property
    def url(self) -> str:
        """Return the URL of this server for a connection without TLS."""
        return f"smtp://{self.address}:{self.port}?tls=off"

    def note_said(self, said: Said) -> None:
        """Hear of something that a client did."""

    def note_refused(self, said: Said, recipients: list[str], reply: bytes) -> None:
        """Hear of a recipient, or a message, that is about to be answered with 4yz or 5yz."""

    def note_taken(self, taken: Taken) -> None:
        """Hear of a message that is about to be answered with 2yz, or taken without a word."""

    @contextmanager
    def serving(self) -> Iterator[Self]:
        """Listen until the end of the block."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        def call(steps: Coroutine[None, None, Answer]) -> Answer:
            return asyncio.run_coroutine_threadsafe(steps, loop).result(10)

        server = call(
            asyncio.start_server(self._serve, self.address, self.port, limit=_LIMIT_OCTETS)
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            call(_stop(server))
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until nobody is connected; tell whether that came true in time."""
        end = time.monotonic() + seconds
        while self._open and time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
        return not self._open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        self._open += 1
        try:
            await _Connection(self, self._connections, reader, writer).serve()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            self._open -= 1
            writer.transport.abort()


class _Connection:
    """One client's connection."""

    def __init__(
        self,
        server: SmtpServer,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._server = server
        self._number = number
        self._reader = reader
        self._writer = writer
        self._counts: Counter[str] = Counter()
        self._has_sender = False
        self._recipients: list[str] = []

    async def serve(self) -> None:
        """Answer until the client leaves or the script drops it."""
        is_open = await self._answer("CONNECT", b"")
        while is_open and (line := await self._reader.readline()):
            verb = line[:8].split(b" ")[0].strip().decode("ascii", "replace").upper()
            is_open = await self._answer(verb, line) and verb != "QUIT"

    async def _answer(self, verb: str, octets: bytes) -> bool:
        """Do one thing; tell whether the connection goes on."""
        self._counts[verb] += 1
        said = Said(self._number, verb, octets, self._counts[verb])
        self._server.note_said(said)
        told = await self._server.script(said)
        if told is Act.DROP or (self._server.is_strict and await self._is_more_said()):
            return False
        reply = told if isinstance(told, bytes) else self._ordinary(verb)
        self._do(said, reply, is_answered=told is not Act.DO_AND_DROP)
        if told is Act.DO_AND_DROP:
            return False
        self._writer.write(reply)
        await self._writer.drain()
        if told is Act.DO_AND_STALL:
            cast("asyncio.Transport", self._writer.transport).pause_reading()
            await asyncio.sleep(60)
        if verb == "STARTTLS" and reply.startswith(b"220") and self._server.tls:
            await self._writer.start_tls(self._server.tls)
        if verb == "DATA" and reply.startswith(b"354"):
            return await self._answer("CONTENT", await self._read_content())
        return True

    async def _is_more_said(self) -> bool:
        try:
            return bool(await asyncio.wait_for(self._reader.read(1), 0.02))
        except TimeoutError:
            return False

    async def _read_content(self) -> bytes:
        """Read up to the final dot."""
        lines: list[bytes] = []
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            lines.append(line)
        return b"".join(lines)

    def _ordinary(self, verb: str) -> bytes:
        if verb == "EHLO":
            lines = [b"server.example", *self._server.extensions]
            if self._server.tls and not self._counts["STARTTLS"]:
                lines.append(b"STARTTLS")
            return b"".join(b"250-%s\r\n" % line for line in lines[:-1]) + b"250 %s\r\n" % lines[-1]
        if verb == "RCPT" and not self._has_sender:
            return b"503 5.5.1 no sender\r\n"
        if verb == "DATA" and not self._recipients:
            return b"554 5.5.1 no recipients\r\n"
        return _ORDINARY.get(verb, b"250 2.1.0 ok\r\n")

    def _do(self, said: Said, reply: bytes, *, is_answered: bool) -> None:
        """Remember who was accepted, and tell of the message that was taken."""
        is_positive = reply.startswith(b"2")
        if said.verb in {"MAIL", "RSET"}:
            self._has_sender = said.verb == "MAIL" and is_positive
            self._recipients = []
        elif said.verb == "RCPT":
            named = said.octets.split(b"<")[1].split(b">")[0].decode()
            if is_positive:
                self._recipients.append(named)
            else:
                self._server.note_refused(said, [named], reply)
        elif said.verb == "CONTENT":
            if is_positive:
                self._server.note_taken(Taken(self._recipients, said.octets, is_answered))
            else:
                self._server.note_refused(said, self._recipients, reply)
            self._has_sender, self._recipients = False, []


async def _stop(server: asyncio.Server) -> None:
    """Close and let the connections' tasks end."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
