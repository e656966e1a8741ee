"""The thread that looks into the mailbox of bounces beside the pages, every few minutes."""

import logging
import threading
from types import TracebackType

from newsletter.errors import NewsletterError
from newsletter.sending.ledger.lease import LeaseHeldError
from newsletter.usecases.installation import Installation
from newsletter.usecases.read_bounces import BounceRounds

_log = logging.getLogger(__name__)


class BounceThread:
    """Goes its rounds as long as the block does; without ``[bounces] mailbox`` there are none."""

    def __init__(self, installation: Installation) -> None:
        self._rounds = BounceRounds(installation)
        self._pause_seconds = installation.settings.bounces.every_minutes * 60.0
        self._is_wanted = bool(installation.settings.bounces.mailbox)
        self._stop = threading.Event()
        # A server that does not answer is no reason to wait with the end of the process: what is
        # lost in the middle is found again.
        self._thread = threading.Thread(target=self._run, name="bounces", daemon=True)

    def __enter__(self) -> "BounceThread":
        if self._is_wanted:
            self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._is_wanted:
            self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = self._rounds.go_round()
                if done:
                    _log.info("%d messages of the mailbox of bounces were taken", done)
            except LeaseHeldError:
                _log.debug("another process reads the mailbox of bounces")
            except NewsletterError as error:
                _log.warning("the mailbox of bounces was not read: %s", error)
            except Exception:  # noqa: BLE001 - told with its traceback, and tried again
                _log.exception("the reading of bounces fell; it is tried again")
            self._stop.wait(self._pause_seconds)
