"""The next hop by SMTP: connection, TLS, login and return path, and not one message sent."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import next_hop as rules
from newsletter.errors import NextHopRefusesError, SettingsError
from newsletter.rendering.finding import Finding, build_finding
from newsletter.sending.transports.smtp.options import Patience, SmtpOptions, build_options
from newsletter.sending.transports.smtp.reply import Reply
from newsletter.sending.transports.smtp.session import open_session
from newsletter.sending.transports.smtp.wire import BrokenConnectionError
from newsletter.settings import TransportSettings
from newsletter.settings.smtp_url import SmtpServer, Tls

#: Somebody sits there and waits.
_PATIENCE = Patience(connect=10.0, command=20.0)
_TWO_WEEKS_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class _Visit:
    """What a server said."""

    #: To MAIL with our return path.
    sender: Reply
    #: Of TLS; empty without.
    tls_version: str
    #: When its certificate ends, in seconds since 1970; None without TLS.
    certificate_ends_at: int | None


def examine_next_hop(settings: TransportSettings, return_path: str, *, now_ms: int) -> Examination:
    """Connect, make ready as for sending, offer the return path, and take leave.

    Args:
        settings: With the URL of an SMTP server.
        return_path: An address, its domain in ASCII.
        now_ms: Milliseconds since 1970, UTC.
    """
    subject = "next hop"
    try:
        options = replace(build_options(settings), patience=_PATIENCE)
        visit = asyncio.run(_visit(options, return_path))
    except (NextHopRefusesError, SettingsError) as error:
        finding = build_finding(rules.REFUSES, str(error))
        return Examination(subject=subject, findings=(finding,))
    except BrokenConnectionError as error:
        name = f"{options.server.host}:{options.server.port}"
        message = f"{name}: {str(error).removeprefix(f'{name}: ')}"
        return Examination(subject=subject, findings=(build_finding(rules.DOWN, message),))
    return Examination(
        subject=subject,
        seen=_describe(options.server, visit),
        findings=tuple(_judge(visit, return_path, now_seconds=now_ms / 1000)),
    )


async def _visit(options: SmtpOptions, return_path: str) -> _Visit:
    session = await open_session(options)
    try:
        wire = session.wire
        encrypted: Any = wire.transport.get_extra_info("ssl_object")
        certificate = encrypted.getpeercert() if encrypted else None
        parameters = "" if return_path.isascii() else " BODY=8BITMIME SMTPUTF8"
        wire.write(f"MAIL FROM:<{return_path}>{parameters}\r\n".encode())
        sender = await wire.read(options.patience.command)
        wire.write(b"RSET\r\n")
        await wire.read(options.patience.command)
        await session.quit()
    finally:
        session.wire.abort()
    return _Visit(
        sender=sender,
        tls_version=encrypted.version() if encrypted else "",
        certificate_ends_at=ssl.cert_time_to_seconds(certificate["notAfter"])
        if certificate
        else None,
    )


def _judge(visit: _Visit, return_path: str, *, now_seconds: float) -> Iterator[Finding]:
    if not visit.sender.is_positive:
        domain = return_path.rpartition("@")[2]
        yield build_finding(
            rules.SENDER, f"the next hop refuses a return path at {domain}: {visit.sender.shown}"
        )
    ends_at = visit.certificate_ends_at
    if ends_at is not None and ends_at - now_seconds < _TWO_WEEKS_SECONDS:
        days = max(0, int((ends_at - now_seconds) // 86_400))
        yield build_finding(rules.CERTIFICATE, f"the next hop's certificate ends in {days} days")


def _describe(server: SmtpServer, visit: _Visit) -> str:
    privacy = "without TLS" if server.tls is Tls.OFF else visit.tls_version.replace("v", " ")
    login = ", login" if server.user else ""
    return f"{server.host}:{server.port}, {privacy}{login}, takes our return path"
