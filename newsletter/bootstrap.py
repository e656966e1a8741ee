"""The fuse box: settings → keys, database, transport, clock. The only file that picks them."""

import os
import pwd
import random
import socket
import time
from pathlib import Path

from newsletter import migrations
from newsletter.database import Database
from newsletter.engine.queue import ProcrastinateQueue
from newsletter.errors import SettingsError
from newsletter.key_file import load_keyring
from newsletter.metrics.metrics import Metrics
from newsletter.sending.ledger import installation as first_use
from newsletter.sending.message.signing_keys import load_signing_keys
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.transports.maildir import MaildirTransport
from newsletter.sending.transports.memory import MemoryTransport
from newsletter.sending.transports.transport import Transport
from newsletter.settings import Settings, TransportSettings
from newsletter.usecases.installation import Installation
from newsletter.usecases.restored_backup import notice_restored
from subscribers.keyring import Keyring

#: Enough that no connection waits for the ledger's commits: four of a pipelined one are on the
#: wire or next, the others wait to be committed. Each may be in doubt after a crash.
_IN_FLIGHT_PER_CONNECTION = 8
_IN_FLIGHT = 64


def open_installation(settings: Settings, metrics: Metrics | None = None) -> Installation:
    """Open a newsletter: its tables are ready, its key is the right one.

    Args:
        settings: Of this installation.
        metrics: Take note of what happens; None for nobody.

    Raises:
        SettingsError: The key file is missing, or is not the one this database was made with.
        RefusedError: A server's tables have to be upgraded first.
        DatabaseError, TemporaryError: The database cannot be used, or not just now.
    """
    keys = load_keyring(settings)
    metrics = metrics or Metrics()
    database = Database(settings.database.url, metrics=metrics)
    migrations.prepare(database)
    _check_key(database, keys)
    signing_keys = load_signing_keys(settings)
    transport, max_in_flight = _open_transport(settings)
    installation = Installation(
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
        queue=None if database.is_sqlite else ProcrastinateQueue(),
        actor=name_actor(),
        metrics=metrics,
        now_ms=now_ms,
    )
    notice_restored(installation)
    return installation


def now_ms() -> int:
    """Tell the time: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def name_actor() -> str:
    """Name the user of the operating system, since a command line knows no other."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        # In a container, a number often has no name.
        name = str(number)
    return f"{name}@{socket.gethostname()}"


def _check_key(database: Database, keys: Keyring) -> None:
    with database.read() as connection:
        found = first_use.find_fingerprint(connection)
    if found is None:
        with database.write() as connection:
            first_use.record_fingerprint(connection, keys.fingerprint, now_ms=now_ms())
            found = first_use.find_fingerprint(connection)
    if found != keys.fingerprint:
        raise SettingsError(
            "the secret key is not the one this database was made with: suppressions and links"
            " in sent messages would no longer be recognised. Put the right newsletter.key back"
            " (from your backup), or set [database] url to the database that belongs to this key."
        )


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
    from newsletter.sending.transports.smtp.options import build_options
    from newsletter.sending.transports.smtp.transport import SmtpTransport

    return SmtpTransport(build_options(settings))
