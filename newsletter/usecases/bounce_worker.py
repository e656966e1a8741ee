"""The worker of `newsletter serve` that looks into the mailbox of bounces every few minutes."""

import threading
from typing import Final

from newsletter.errors import NewsletterError
from newsletter.log import Log
from newsletter.sending.ledger import lease
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.sending.ledger.process import Process
from newsletter.usecases.installation import Installation
from newsletter.usecases.read_bounces import read_bounces

LEASE_NAME: Final = "bounces"

_log = Log(__name__)


class BounceWorker:
    """Goes its rounds: each reads what has come in since the one before.

    Of several workers on one database one reads at a time.
    """

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._woken = threading.Event()
        #: Left as they are, so they are met again and again; not read again by this process.
        self._left: set[str] = set()

    def wake(self) -> None:
        """Let it go its next round at once; callable from any thread, cheap, never fails."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Go rounds until `stop` is set; without ``[bounces] mailbox`` there are none.

        A mailbox that cannot be read is told in the log and tried again.
        """
        settings = self._installation.settings.bounces
        while not stop.is_set():
            if settings.mailbox:
                self._go_patiently()
            self._woken.wait(settings.every_minutes * 60)
            self._woken.clear()

    def _go_patiently(self) -> None:
        try:
            if done := self.go_round():
                _log.info("messages of the mailbox of bounces were taken", count=done)
        except LeaseHeldError:
            _log.debug("another process reads the mailbox of bounces")
        except NewsletterError as error:
            _log.warning("the mailbox of bounces was not read", reason=str(error))

    def go_round(self) -> int:
        """Read the mailbox of ``[bounces]`` once; return how many messages were done.

        Raises:
            LeaseHeldError: Another process is reading it.
            UserError, TemporaryError: As in `read_bounces`.
        """
        installation = self._installation
        with installation.database.write() as connection:
            held = lease.acquire(connection, LEASE_NAME, Process.current())
        done, left = 0, set()
        try:
            place = installation.settings.bounces.mailbox
            for message in read_bounces(installation, place, but=self._left):
                done += message.is_done
                if not message.is_done:
                    left.add(message.name)
        finally:
            self._left |= left
            with installation.database.write() as connection:
                lease.release(connection, held)
        return done
