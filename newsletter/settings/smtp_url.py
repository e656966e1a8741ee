"""The URL of an SMTP server: whom to speak to, and how the connection is kept private."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from newsletter.settings.hosts import bracket_host, parse_host

EXAMPLE = "smtp://USER@HOST"


class Tls(Enum):
    """When a connection becomes encrypted."""

    #: By the command STARTTLS, before anything that matters; without it nothing is sent.
    STARTTLS = "starttls"
    #: From its first byte.
    IMPLICIT = "implicit"
    #: Never; only to this machine.
    OFF = "off"


_PORTS = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465, Tls.OFF: 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpServer:
    """A server as the settings name it."""

    #: Name in ASCII, or IP address.
    host: str
    port: int
    tls: Tls
    #: Empty for none.
    user: str = ""

    def __str__(self) -> str:
        """Write it as a URL, with everything that could be left out but STARTTLS."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = bracket_host(self.host)
        match self.tls:
            case Tls.STARTTLS:
                return f"smtp://{user}{host}:{self.port}"
            case Tls.IMPLICIT:
                return f"smtps://{user}{host}:{self.port}"
            case Tls.OFF:
                return f"smtp://{user}{host}:{self.port}?tls=off"


def parse_smtp_url(text: str) -> SmtpServer:
    """Take ``smtp://USER@HOST:PORT?tls=starttls|implicit|off`` or ``smtps://…``.

    Without a port it is 587, 465 or 25, as the TLS wants it (RFC 6409, RFC 8314).

    Raises:
        ValueError: What is wrong and expected; never repeats a user or a password.
    """
    try:
        parts = urlsplit(text)
        port, user = parts.port, unquote(parts.username or "", errors="strict")
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        # Python's message may repeat a password.
        raise ValueError(f'is no URL of a server, expected one such as "{EXAMPLE}"') from None
    if parts.password is not None:
        raise ValueError(
            "holds a password; set NEWSLETTER_TRANSPORT__PASSWORD or"
            " NEWSLETTER_TRANSPORT__PASSWORD_FILE instead"
        )
    host = parse_host(parts.hostname, example=EXAMPLE)
    if parts.path.strip("/") or parts.fragment:
        raise ValueError(f'expected nothing behind the host but options, as in "{EXAMPLE}"')
    if port == 0:
        raise ValueError("names port 0, expected 1 to 65535")
    tls = _parse_tls(parts.scheme, options)
    if tls is Tls.OFF and not is_loopback(host):
        raise ValueError(
            "has tls=off, which would show every reader's address to whoever listens;"
            " it is for servers on this machine only (localhost, 127.0.0.1)"
        )
    return SmtpServer(host=host, port=port or _PORTS[tls], tls=tls, user=user)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _parse_tls(scheme: str, options: dict[str, str]) -> Tls:
    """Read the option, whose default is what the scheme says."""
    default = Tls.IMPLICIT if scheme == "smtps" else Tls.STARTTLS
    told = options.pop("tls", default.value)
    if options:
        raise ValueError("has an option that there is not, expected tls=… or none")
    if told not in {each.value for each in Tls}:
        raise ValueError('has a tls that there is not, expected "starttls", "implicit" or "off"')
    if scheme == "smtps" and told != default.value:
        raise ValueError(f"begins with smtps:, which is tls=implicit; write smtp:// for tls={told}")
    return Tls(told)
