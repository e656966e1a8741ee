"""A thread that works beside the pages, and comes back when it falls."""

import threading
from types import TracebackType
from typing import Final, Protocol

from newsletter.log import Log
from newsletter.metrics.metrics import Metrics

#: A mistake of ours may pass with the row that met it; until then it is told twice a minute.
_PAUSE_SECONDS: Final = 30.0

_log = Log(__name__)


class Worker(Protocol):
    """What works through something until it is told to stop."""

    def wake(self) -> None:
        """Let it look at once; callable from any thread, cheap, never fails."""
        ...

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; returns soon after it and `wake`, unless in mid-send."""
        ...


class WorkerThread:
    """A worker that runs as long as the block does."""

    def __init__(
        self,
        worker: Worker,
        name: str,
        *,
        metrics: Metrics | None = None,
        grace_seconds: float | None = None,
    ) -> None:
        """Make a thread that begins with the block.

        Args:
            worker: Does the work.
            name: For the log and the metrics.
            metrics: Take note of whether it works.
            grace_seconds: How long the end of the block waits for it; None for as long as its
                work takes.
        """
        self._worker = worker
        self._name = name
        self._metrics = metrics or Metrics()
        self._grace_seconds = grace_seconds
        self._stop = threading.Event()
        self._has_fallen = False
        self._thread = threading.Thread(
            target=self._run, name=name, daemon=grace_seconds is not None
        )

    def __enter__(self) -> "WorkerThread":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._worker.wake()
        self._thread.join(self._grace_seconds)

    def wake(self) -> None:
        """Let the worker look at once; callable from any thread, cheap, never fails."""
        self._worker.wake()

    def is_alive(self) -> bool:
        """Tell whether the worker works, or waits for work."""
        return self._thread.is_alive() and not self._has_fallen

    def _run(self) -> None:
        while not self._stop.is_set():
            self._has_fallen = False
            self._metrics.set_working(self._name, is_working=True)
            try:
                self._worker.run(self._stop)
            except Exception:  # noqa: BLE001 - told with its traceback, and tried again
                self._has_fallen = True
                self._metrics.set_working(self._name, is_working=False)
                _log.fallen("the worker fell", worker=self._name, again_in_seconds=_PAUSE_SECONDS)
                self._stop.wait(_PAUSE_SECONDS)
        self._metrics.set_working(self._name, is_working=False)
