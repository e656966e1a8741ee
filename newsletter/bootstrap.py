"""The fuse box: settings → keys, database, transport, clock. The only file that picks them."""

import os
import pwd
import random
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

from newsletter import migrations
from newsletter.database import Database
from newsletter.errors import SettingsError
from newsletter.key_file import load_keyring, read_private
from newsletter.sending.ledger import installation as first_use
from newsletter.sending.message.private_key import parse_pem
from newsletter.sending.message.signature import PrivateKey, SigningKey
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.transports.maildir import MaildirTransport
from newsletter.sending.transports.memory import MemoryTransport
from newsletter.sending.transports.transport import Transport
from newsletter.settings import Settings, TransportSettings
from newsletter.usecases.installation import Installation
from subscribers.keyring import Keyring

#: Enough that no connection waits for the ledger's commits: four of a pipelined one are on the
#: wire or next, the others wait to be committed. Each may be in doubt after a crash.
_IN_FLIGHT_PER_CONNECTION = 8
_IN_FLIGHT = 64


def open_installation(settings: Settings) -> Installation:
    """Open a newsletter: its tables are ready, its key is the right one.

    Raises:
        SettingsError: The key file is missing, or is not the one this database was made with.
        RefusedError: A server's tables have to be upgraded first.
        DatabaseError, TemporaryError: The database cannot be used, or not just now.
    """
    keys = load_keyring(settings)
    database = Database(settings.database.url)
    if database.file and not database.file.exists():
        _make_private(database.file)
    migrations.prepare(database)
    _check_key(database, keys)
    signing_keys = _load_signing_keys(settings)
    transport, max_in_flight = _open_transport(settings)
    return Installation(
        settings=settings,
        keys=keys,
        database=database,
        signing_keys=signing_keys,
        transport=transport,
        transport_name=settings.transport.url,
        max_in_flight=max_in_flight,
        retry_schedule=RetrySchedule(
            after_minutes=settings.transport.retry_after_minutes,
            give_up_after_hours=settings.transport.give_up_after_hours,
            chance=random.random,
        ),
        repeats_safely=isinstance(transport, MaildirTransport),
        actor=_name_actor(),
        now_ms=_now_ms,
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _name_actor() -> str:
    """Name the user of the operating system, since a command line knows no other."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        # In a container, a number often has no name.
        name = str(number)
    return f"{name}@{socket.gethostname()}"


def _make_private(file: Path) -> None:
    """Make an empty file that only its owner reads: it will hold people's addresses."""
    try:
        file.touch(mode=0o600)
    except OSError:
        # The database says where and why it cannot be made, better than this would.
        return


def _check_key(database: Database, keys: Keyring) -> None:
    with database.read() as connection:
        found = first_use.find_fingerprint(connection)
    if found is None:
        with database.write() as connection:
            first_use.record_fingerprint(connection, keys.fingerprint, now_ms=_now_ms())
            found = first_use.find_fingerprint(connection)
    if found != keys.fingerprint:
        raise SettingsError(
            "the secret key is not the one this database was made with: suppressions and links"
            " in sent messages would no longer be recognised. Put the right newsletter.key back"
            " (from your backup), or set [database] url to the database that belongs to this key."
        )


def _load_signing_keys(settings: Settings) -> tuple[SigningKey, ...]:
    """Load the keys of ``[dkim]``; none for a provider that takes no message but its parts."""
    dkim, sender = settings.dkim, settings.newsletter.sender.address.wire.rpartition("@")[2]
    files = [
        (name, selector, file)
        for name, selector, file in (
            ("rsa", dkim.rsa_selector, dkim.rsa_key_file),
            ("ed25519", dkim.ed25519_selector, dkim.ed25519_key_file),
        )
        if file is not None
    ]
    domain = dkim.domain or sender
    if files and f".{sender}".removesuffix(f".{domain}") == f".{sender}":
        raise SettingsError(
            f"[dkim] domain: {domain} is not the sender's domain {sender}, nor one above it:"
            " receivers would not take its signatures for yours (RFC 9989, alignment)"
        )
    if settings.transport.url.startswith("sendgrid:"):
        return ()
    return tuple(
        SigningKey(domain=domain, selector=selector, private_key=_load_private_key(name, file))
        for name, selector, file in files
    )


def _load_private_key(name: str, file: Path) -> PrivateKey:
    label = f"[dkim] {name}_key_file"
    try:
        key = parse_pem(read_private(file, f"the key of {label}"))
    except UnicodeDecodeError:
        raise SettingsError(f"{label}: {file} is no private key in PEM") from None
    except OSError as error:
        raise SettingsError(
            f"{label}: {file} cannot be read: {error.strerror}."
            " Make a key with: newsletter keys generate dkim"
        ) from error
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{label}: {file} {error}") from None
    if not key.algorithm.startswith(name):
        raise SettingsError(f"{label}: {file} holds a key of another kind")
    return key


def _open_transport(settings: Settings) -> tuple[Transport, int]:
    """Open the transport; tell how many intents may be open at once."""
    transport = settings.transport
    scheme, _, rest = transport.url.partition(":")
    if scheme == "sendgrid":
        # As many as its calls hold: fewer would leave batches half full.
        sendgrid = settings.sendgrid
        return _open_sendgrid(settings), sendgrid.batch_size * sendgrid.calls
    if scheme in {"smtp", "smtps"}:
        many = transport.connections * _IN_FLIGHT_PER_CONNECTION
        return _open_smtp(transport), transport.max_in_flight or many
    in_flight = transport.max_in_flight or _IN_FLIGHT
    if scheme == "maildir":
        return MaildirTransport(Path(rest)), in_flight
    return MemoryTransport(), in_flight


def _open_sendgrid(settings: Settings) -> Transport:
    from newsletter.sending.transports.sendgrid.transport import SendGridTransport

    if not settings.sendgrid.api_key:
        raise SettingsError(
            "[sendgrid] api_key: is not set, and [transport] url is sendgrid:. Set"
            " NEWSLETTER_SENDGRID__API_KEY, or NEWSLETTER_SENDGRID__API_KEY_FILE to the name of a"
            " file that holds it."
        )
    return SendGridTransport(
        settings.sendgrid,
        now_seconds=time.time,
        timeout_seconds=settings.transport.timeout_seconds,
    )


def _open_smtp(settings: TransportSettings) -> Transport:
    from newsletter.sending.transports.smtp.options import Patience, SmtpOptions
    from newsletter.sending.transports.smtp.transport import SmtpTransport
    from newsletter.settings.smtp_url import parse_smtp_url

    patience = Patience()
    if seconds := settings.timeout_seconds:
        # Whoever waits too short a time for the answer to a message makes it arrive twice.
        patience = replace(
            patience,
            connect=min(seconds, patience.connect),
            command=seconds,
            message=max(seconds, patience.message),
        )
    options = SmtpOptions(
        server=parse_smtp_url(settings.url),
        password=settings.password,
        tls=_trust(settings.ca_file),
        connections=settings.connections,
        messages_per_connection=settings.messages_per_connection,
        patience=patience,
    )
    return SmtpTransport(options)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Trust the system's authorities, and those in a file if there is one."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            # Also what OpenSSL raises when it finds no certificate in it.
            raise SettingsError(
                f"[transport] ca_file: {ca_file} cannot be used: {error.strerror or error}."
                " It must hold certificates in PEM."
            ) from error
    return context
