"""From a host name to a server that is ready for messages: connect, EHLO, STARTTLS, AUTH, QUIT."""

import asyncio
import base64
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from newsletter.errors import NextHopRefusesError
from newsletter.sending.transports.smtp.options import Patience, SmtpOptions
from newsletter.sending.transports.smtp.reply import Reply
from newsletter.sending.transports.smtp.wire import BrokenConnectionError, Wire
from newsletter.settings.smtp_url import Tls, is_loopback

#: A name that every server takes in EHLO.
_FULL_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_QUIT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Extensions:
    """What a server announced that matters here (RFC 5321 section 4.1.1.1)."""

    pipelining: bool = False
    #: The largest message in octets; 0 for no limit, None when SIZE is not announced (RFC 1870).
    size: int | None = None
    smtputf8: bool = False
    starttls: bool = False
    #: Names in upper case (RFC 4954).
    auth: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, ehlo: Reply) -> "Extensions":
        """Read the lines of a reply to EHLO; what is not known is passed over."""
        found: dict[str, list[str]] = {}
        for line in ehlo.lines[1:]:
            # Old servers write "AUTH=PLAIN".
            words = line.decode("ascii", "replace").upper().replace("AUTH=", "AUTH ", 1).split()
            if words:
                found.setdefault(words[0], []).extend(words[1:])
        size = found.get("SIZE")
        return cls(
            pipelining="PIPELINING" in found,
            size=None if size is None else int(size[0]) if size and size[0].isdecimal() else 0,
            # RFC 6531 section 3.1 demands both together.
            smtputf8="SMTPUTF8" in found and "8BITMIME" in found,
            starttls="STARTTLS" in found,
            auth=frozenset(found.get("AUTH", ())),
        )


@dataclass(kw_only=True, slots=True)
class Session:
    """A connection on which messages can be handed over."""

    wire: Wire
    extensions: Extensions
    patience: Patience
    #: Messages it may still begin.
    messages_left: int

    def hang_up(self) -> None:
        """Take leave and close without waiting for the answer."""
        with suppress(BrokenConnectionError):
            self.wire.write(b"QUIT\r\n")
        self.wire.close()

    async def quit(self) -> None:
        """Take leave and close."""
        with suppress(BrokenConnectionError):
            self.wire.write(b"QUIT\r\n")
            await self.wire.read(_QUIT_SECONDS)
        self.wire.close()


async def open_session(options: SmtpOptions) -> Session:
    """Connect and make ready.

    Raises:
        BrokenConnectionError: Not now: nobody answers, or a 4yz says to come back later.
        NextHopRefusesError: Not as we are set up: certificate, TLS, login or a 5yz.
    """
    wire = await _connect(options)
    try:
        extensions = await _make_ready(wire, options)
    except BaseException:
        wire.abort()
        raise
    return Session(
        wire=wire,
        extensions=extensions,
        patience=options.patience,
        messages_left=options.messages_per_connection,
    )


async def _connect(options: SmtpOptions) -> Wire:
    server, seconds = options.server, options.patience.connect
    is_implicit = server.tls is Tls.IMPLICIT
    try:
        async with asyncio.timeout(seconds):
            _, wire = await asyncio.get_running_loop().create_connection(
                Wire,
                server.host,
                server.port,
                ssl=options.tls if is_implicit else None,
                server_hostname=server.host if is_implicit else None,
            )
    except ssl.SSLError as error:
        raise _tls_error(options, error) from error
    except OSError as error:
        # TimeoutError is one, and so is what the resolver raises.
        raise BrokenConnectionError(f"{_name(options)}: {_explain(error, seconds)}") from error
    return wire


async def _make_ready(wire: Wire, options: SmtpOptions) -> Extensions:
    _require(await wire.read(options.patience.command), "does not serve us", options)
    extensions = await _greet(wire, options)
    if options.server.tls is Tls.STARTTLS:
        await _start_tls(wire, options, extensions)
        # What was announced without TLS may have been announced by anybody.
        extensions = await _greet(wire, options)
    if options.server.user:
        await _log_in(wire, options, extensions)
    return extensions


async def _greet(wire: Wire, options: SmtpOptions) -> Extensions:
    reply = await _ask(wire, f"EHLO {_own_name(wire)}", options)
    return Extensions.parse(_require(reply, "does not take EHLO", options))


async def _start_tls(wire: Wire, options: SmtpOptions, extensions: Extensions) -> None:
    if not extensions.starttls:
        raise NextHopRefusesError(
            f"{_name(options)} does not offer STARTTLS, and without TLS nothing is sent."
            " If it wants TLS from the first byte, set [transport] url to smtps://…; otherwise"
            " somebody between here and there may have removed the offer."
        )
    _require(await _ask(wire, "STARTTLS", options), "does not start TLS", options)
    try:
        await wire.start_tls(options.tls, options.server.host, options.patience.connect)
    except ssl.SSLError as error:
        raise _tls_error(options, error) from error
    except OSError as error:
        why = _explain(error, options.patience.connect)
        raise BrokenConnectionError(f"{_name(options)}: {why} when TLS began") from error


async def _log_in(wire: Wire, options: SmtpOptions, extensions: Extensions) -> None:
    """Say who we are, over TLS only; PLAIN if it is offered, else LOGIN."""
    server = options.server
    if server.tls is Tls.OFF and not is_loopback(server.host):
        raise NextHopRefusesError(f"{_name(options)}: no password is sent without TLS")
    if "PLAIN" in extensions.auth:
        # RFC 4616 section 2: no other identity, user, password.
        words = _encode(f"\0{server.user}\0{options.password}")
        reply = await _ask(wire, f"AUTH PLAIN {words}", options)
    elif "LOGIN" in extensions.auth:
        reply = await _ask(wire, "AUTH LOGIN", options)
        for word in (server.user, options.password):
            if reply.code == 334:
                reply = await _ask(wire, _encode(word), options)
    else:
        raise NextHopRefusesError(
            f"{_name(options)} offers no login by AUTH PLAIN or LOGIN on this connection."
            " Take the user out of [transport] url if none is needed, or look whether"
            " the port is the right one."
        )
    if reply.is_positive:
        return
    if reply.code // 100 == 4:
        raise BrokenConnectionError(f"{_name(options)}: the login was put off: {reply.shown}")
    raise NextHopRefusesError(
        f"{_name(options)} refuses the login of [transport] url: {reply.shown}."
        " Mend the user or NEWSLETTER_TRANSPORT__PASSWORD."
    )


async def _ask(wire: Wire, command: str, options: SmtpOptions) -> Reply:
    wire.write(command.encode() + b"\r\n")
    return await wire.read(options.patience.command)


def _require(reply: Reply, what: str, options: SmtpOptions) -> Reply:
    """Return a positive reply; raise what another one means."""
    if reply.is_positive:
        return reply
    if reply.is_permanent:
        raise NextHopRefusesError(f"{_name(options)} {what}: {reply.shown}")
    raise BrokenConnectionError(f"{_name(options)} {what} just now: {reply.shown}")


def _own_name(wire: Wire) -> str:
    """Name this machine: by its full name if it has one, else by its address."""
    if _FULL_NAME.fullmatch(name := socket.gethostname()):
        return name
    if not (socket_name := wire.transport.get_extra_info("sockname")):
        raise BrokenConnectionError("the connection was lost")
    address: str = socket_name[0]
    return f"[IPv6:{address.partition('%')[0]}]" if ":" in address else f"[{address}]"


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _name(options: SmtpOptions) -> str:
    return f"{options.server.host}:{options.server.port}"


def _explain(error: OSError, seconds: float) -> str:
    """Say why nobody answered."""
    if isinstance(error, TimeoutError):
        return f"no answer in {seconds:g} s"
    if isinstance(error, socket.gaierror):
        return f"the name cannot be looked up ({error.strerror})"
    # A loop writes the address into `strerror`, twice.
    words = re.sub(r"^Connect call failed.*", "", error.strerror or "")
    return words or (type(error).__name__ if error.errno is None else _words_of(error.errno))


def _words_of(number: int) -> str:
    import os

    return os.strerror(number)


def _tls_error(options: SmtpOptions, error: ssl.SSLError) -> NextHopRefusesError:
    name = _name(options)
    if isinstance(error, ssl.SSLCertVerificationError):
        return NextHopRefusesError(
            f"{name}: the server's certificate is not to be trusted:"
            f" {error.verify_message.rstrip('.')}."
            " Mend it there, write the host as the certificate names it, or, if your own"
            " authority has signed it, set [transport] ca_file."
        )
    hint = (
        " If it begins without TLS, set [transport] url to smtp://…"
        if options.server.tls is Tls.IMPLICIT
        else ""
    )
    return NextHopRefusesError(f"{name}: no TLS can be agreed on: {error.reason or error}.{hint}")
