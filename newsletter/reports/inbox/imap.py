"""A folder of an IMAP server as an inbox (RFC 9051), over TLS; what was taken is flagged seen."""

import imaplib
import ssl
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from newsletter.errors import SettingsError, TemporaryError
from newsletter.reports.inbox.inbox import InboxMessage
from newsletter.reports.part import MOST_BYTES
from newsletter.settings.imap_url import ImapServer

_TIMEOUT_SECONDS: Final = 60.0
#: Numbers in one command, which must not become too long for a server.
_BATCH: Final = 100


class ImapInbox:
    """A selected folder; made by `open_imap`."""

    def __init__(self, server: ImapServer, connection: imaplib.IMAP4_SSL) -> None:
        self._server = server
        self._connection = connection

    def each(self, *, again: bool, but: Collection[str]) -> Iterator[InboxMessage]:
        """Yield what nobody has seen, or everything, by number; looking flags nothing."""
        with _translated(self._server):
            found = self._ask("SEARCH", "ALL" if again else "UNSEEN")
        for number in b" ".join(part for part in found if isinstance(part, bytes)).split():
            name = f"{self._server};UID={number.decode('ascii', 'replace')}"
            if name in but or not number.isdigit():
                continue
            with _translated(self._server):
                answer = self._ask("FETCH", number.decode(), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            literals = [part[1] for part in answer if isinstance(part, tuple)]
            if literals:
                yield InboxMessage(name=name, raw=literals[0])

    def mark(self, names: Sequence[str]) -> None:
        """Flag messages as seen."""
        numbers = [name.rpartition("=")[2] for name in names]
        with _translated(self._server):
            for start in range(0, len(numbers), _BATCH):
                batch = ",".join(numbers[start : start + _BATCH])
                self._ask("STORE", batch, r"+FLAGS.SILENT (\Seen)")

    def _ask(self, command: str, *words: str) -> list[object]:
        status, answer = self._connection.uid(command, *words)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} is refused")
        return list(answer)


@contextmanager
def open_imap(server: ImapServer, password: str, tls: ssl.SSLContext) -> Iterator[ImapInbox]:
    """Connect, log in and select the folder; take leave at the end.

    Raises:
        SettingsError: The login, the folder or the certificate is refused.
        TemporaryError: Nobody answers, or the connection broke.
    """
    with _translated(server):
        connection = imaplib.IMAP4_SSL(
            server.host, server.port, ssl_context=tls, timeout=_TIMEOUT_SECONDS
        )
    try:
        with _translated(server):
            _log_in(connection, server, password)
            _select(connection, server)
        yield ImapInbox(server, connection)
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            connection.logout()
        # What broke is not closed by taking leave.
        with suppress(OSError):
            connection.shutdown()


def _log_in(connection: imaplib.IMAP4_SSL, server: ImapServer, password: str) -> None:
    try:
        connection.login(server.user, password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError):
        # What the server says, or what cannot be encoded, may repeat the password.
        raise SettingsError(
            f"{server}: the server refuses the login. Mend the user in the URL, or"
            " NEWSLETTER_BOUNCES__PASSWORD."
        ) from None


def _select(connection: imaplib.IMAP4_SSL, server: ImapServer) -> None:
    quoted = server.folder.replace("\\", r"\\").replace('"', r"\"")
    status, _ = connection.select(f'"{quoted}"')
    if status != "OK":
        raise SettingsError(f"{server}: the server has no folder of that name for this user")


@contextmanager
def _translated(server: ImapServer) -> Iterator[None]:
    """Say in our words what went wrong; a library's own may hold what was sent."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            f"{server}: the server's certificate is not to be trusted: {error.verify_message}."
            " Mend it there, or, if your own authority has signed it, set [bounces] ca_file."
        ) from error
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise TemporaryError(f"{server}: the mailbox cannot be read just now: {why}") from error
    except imaplib.IMAP4.error as error:
        raise TemporaryError(f"{server}: the server broke off, or refused a command") from error
