"""What waits: deliveries that are due or in doubt, and messages of the outbox."""

import threading
import time
from collections.abc import Mapping

from newsletter.errors import NewsletterError
from newsletter.outbox import history
from newsletter.outbox.entry import Status
from newsletter.sending.ledger import backlog
from newsletter.usecases.installation import Installation

#: Who looks more often sees the same: looking must not become work for the database.
_FRESH_SECONDS = 5.0


class BacklogMeter:
    """Asks the database what waits, at most every few seconds; callable from any thread."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._lock = threading.Lock()
        self._measured: Mapping[str, float] = {}
        self._until = 0.0

    def measure(self) -> Mapping[str, float]:
        """Tell what waits, by the names of `metrics.prometheus.BACKLOG`.

        Empty while the database does not answer: no figure is better than one of yesterday.
        """
        with self._lock:
            if time.monotonic() >= self._until:
                self._measured = self._ask()
                self._until = time.monotonic() + _FRESH_SECONDS
            return self._measured

    def _ask(self) -> Mapping[str, float]:
        now_ms = self._installation.now_ms()
        try:
            with self._installation.database.read() as connection:
                due = backlog.count_due(connection, now_ms=now_ms)
                doubtful = backlog.count_in_doubt(connection)
                outbox = history.count_by_status(connection)
                oldest_at_ms = history.find_oldest_waiting(connection)
        except NewsletterError:
            return {}
        return {
            "deliveries_due": due,
            "deliveries_in_doubt": doubtful,
            "outbox_waiting": outbox[Status.ASKED] + outbox[Status.WAITING],
            "outbox_oldest_seconds": 0 if oldest_at_ms is None else (now_ms - oldest_at_ms) / 1000,
        }
