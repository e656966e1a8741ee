"""A next hop that is a folder: a Maildir, which any mail reader opens.

Source: https://cr.yp.to/proto/maildir.html
"""

import asyncio
import hashlib
import itertools
import os
import re
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from newsletter.errors import TransportError
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    Report,
    splice_or_reject,
)
from newsletter.whole_file import sync_folder

#: Messages written by one thread before their names are made durable together.
_BATCH = 16
#: Threads that write: while one waits for the disk, another builds messages.
_WRITERS = 2


class MaildirTransport:
    """Writes each message to ``tmp``, syncs it, and renames it to ``new``.

    Its name there is made from its Date and Message-ID: a message that is handed over again takes
    the place of the one before, unless a mail reader has moved that to ``cur`` meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = re.sub(r"[/:\s]", "_", socket.gethostname())
        self._counter = itertools.count()

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Write one file for each recipient.

        Raises:
            TransportError: The folder cannot be written; who had no file yet is deferred.
        """
        await asyncio.to_thread(self._make_folders)
        writers = (self._write_all(template, recipients, report) for _ in range(_WRITERS))
        # A writer that fails lets the other report what it has taken.
        for failure in await asyncio.gather(*writers, return_exceptions=True):
            if failure is not None:
                raise failure

    async def _write_all(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        while taken := await recipients.take(_BATCH):
            await asyncio.to_thread(self._write, template, taken, report)

    def _make_folders(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise _folder_error(self._folder, error) from error

    def _write(
        self, template: MessageTemplate, recipients: Sequence[Recipient], report: Report
    ) -> None:
        """Write a batch; nobody is accepted before his file and its name are on the disk."""
        written: list[tuple[Recipient, str]] = []
        failed: OSError | None = None
        waiting = iter(recipients)
        for recipient in waiting:
            if message := splice_or_reject(template, recipient, report):
                try:
                    written.append((recipient, self._write_file(message, recipient)))
                except OSError as error:
                    failed = error
                    outcome = Deferred(error.strerror or str(error), retry_after_seconds=0)
                    for each in (recipient, *waiting):
                        report(each.delivery_id, outcome)
        self._sync_names()
        for recipient, name in written:
            report(recipient.delivery_id, Accepted(name))
        if failed:
            raise _folder_error(self._folder, failed)

    def _write_file(self, message: bytes, recipient: Recipient) -> str:
        """Write one file whole, then move it to its place; return its name there."""
        name = self._name(recipient)
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        unique = (
            f"{seconds}.M{nanoseconds // 1000}P{os.getpid()}Q{next(self._counter)}.{self._host}"
        )
        file = self._folder / "tmp" / unique
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                # A Maildir keeps lines as its system does; no CR stands anywhere but before LF.
                stream.write(message.translate(None, b"\r"))
                stream.flush()
                os.fsync(descriptor)
            file.rename(self._folder / "new" / name)
        except OSError:
            # Without the folder there is nothing to remove; the first error is the one to tell.
            with suppress(OSError):
                file.unlink()
            raise
        return name

    def _name(self, recipient: Recipient) -> str:
        """Name a message's file, the same for every attempt."""
        digest = hashlib.sha256(recipient.message_id.encode()).hexdigest()[:32]
        return f"{recipient.dated_at_ms // 1000}.{digest}.{self._host}"

    def _sync_names(self) -> None:
        """Make the names in ``new`` durable; when that fails, whoever they are for is in doubt."""
        try:
            sync_folder(self._folder / "new")
        except OSError as error:
            raise _folder_error(self._folder, error) from error


def _folder_error(folder: Path, error: OSError) -> TransportError:
    return TransportError(
        f"{folder}: messages cannot be written there ({error.strerror})."
        " Mend it and run the same command again: it goes on where it stopped."
    )
