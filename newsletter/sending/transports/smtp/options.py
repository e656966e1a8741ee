"""What the SMTP transport is told: the server, the login and how patient to be."""

import ssl
from dataclasses import dataclass, field, replace

from newsletter.settings import TransportSettings
from newsletter.settings.smtp_url import SmtpServer, parse_smtp_url
from newsletter.settings.trust import trust_authorities


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


def build_options(settings: TransportSettings) -> SmtpOptions:
    """Make the options of what the settings say.

    Raises:
        SettingsError: The file of certificates cannot be used.
    """
    patience = Patience()
    if seconds := settings.timeout_seconds:
        # Whoever waits too short a time for the answer to a message makes it arrive twice.
        patience = replace(
            patience,
            connect=min(seconds, patience.connect),
            command=seconds,
            message=max(seconds, patience.message),
        )
    return SmtpOptions(
        server=parse_smtp_url(settings.url),
        password=settings.password,
        tls=trust_authorities(settings.ca_file, label="[transport] ca_file"),
        connections=settings.connections,
        messages_per_connection=settings.messages_per_connection,
        patience=patience,
    )
