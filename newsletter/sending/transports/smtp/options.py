"""What the SMTP transport is told: the server, the login and how patient to be."""

import ssl
from dataclasses import dataclass, field

from newsletter.settings.smtp_url import SmtpServer


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long to wait, in seconds, before a connection is given up.

    Source:
        RFC 5321 section 4.5.3.2: five minutes for most commands, three for a block of data, and
        ten after the final dot, for whoever hangs up earlier is the cause of messages sent twice.
    """

    #: Until connected; until encrypted.
    connect: float = 30.0
    #: For the reply to a command, and for the server to take some of what is written.
    command: float = 300.0
    #: For the reply to a whole message.
    message: float = 600.0
    #: An open connection without work is closed after this time, before the server does it.
    idle: float = 20.0
    #: Before the second, third, … try to connect; their number is the most tries in a row.
    rests: tuple[float, ...] = (1.0, 2.0, 4.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpOptions:
    """One server and how it is spoken to."""

    server: SmtpServer
    password: str = field(default="", repr=False)
    #: Trusted certificates; certificate and host name are always checked.
    tls: ssl.SSLContext = field(repr=False)
    connections: int = 8
    messages_per_connection: int = 100
    patience: Patience = Patience()
