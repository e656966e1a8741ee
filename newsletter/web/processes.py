"""Several processes that serve on one socket; the one that was started looks after them.

Each has a worker thread of its own, and a lease in the database lets one of them work. A process
that ends by itself is started anew; when the first one ends, however it does, all end.
"""

import os
import signal
import socket
import sys
import threading
import time
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Final

from newsletter.bootstrap import open_installation
from newsletter.errors import NewsletterError
from newsletter.log import Log, configure_log
from newsletter.metrics.prometheus import PrometheusMetrics, forget_process
from newsletter.metrics.sharing import are_counted_together
from newsletter.settings import Settings
from newsletter.usecases.installation import Installation
from newsletter.web.figures import figures_shown
from newsletter.web.serve import END_SIGNALS, serve

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from types import FrameType

#: Between the end of a process and its next start, so that one that cannot start is no storm.
_PAUSE_SECONDS: Final = 1.0
#: More than a process needs to end; then it is made to.
_END_SECONDS: Final = 10.0

_log = Log(__name__)


def serve_in_processes(
    installation: Installation, listener: socket.socket, *, count: int, listen_metrics: str = ""
) -> None:
    """Serve until SIGTERM or SIGINT comes.

    Args:
        installation: Each process opens it for itself.
        listener: Bound; shared by all.
        count: How many processes.
        listen_metrics: Where the figures of all are shown, ``HOST:PORT``; empty for nowhere. They
            have to be inside of `counted_together`.
    """
    ended_by: list[int] = []

    def end(number: int, _frame: "FrameType | None") -> None:
        ended_by.append(number)

    def start() -> "SpawnProcess":
        process = get_context("spawn").Process(
            target=_serve_one, args=(installation.settings, listener)
        )
        process.start()
        return process

    before = {number: signal.signal(number, end) for number in END_SIGNALS}
    processes = [start() for _ in range(count)]
    try:
        with figures_shown(installation, listen_metrics):
            while not ended_by:
                connection.wait([each.sentinel for each in processes], timeout=0.2)
                for place, process in enumerate(processes):
                    if process.exitcode is not None and not ended_by:
                        _note_end(process)
                        processes[place] = start()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_END_SECONDS)
            process.kill()
        listener.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _note_end(process: "SpawnProcess") -> None:
    """Tell of a process that ended by itself, and wait a moment."""
    _log.warning("a process ended; it is started again", exit_code=process.exitcode)
    if process.pid is not None and are_counted_together():
        forget_process(process.pid)
    time.sleep(_PAUSE_SECONDS)


def _serve_one(settings: Settings, listener: socket.socket) -> None:
    """Serve in a process of its own until the first process says, or is gone."""
    configure_log(settings.log)
    # A terminal's Ctrl-C comes to all at once; the first process decides, and says it by SIGTERM.
    threading.Thread(target=_follow_parent, daemon=True).start()
    metrics = PrometheusMetrics() if are_counted_together() else None
    try:
        installation = open_installation(settings, metrics)
        try:
            serve(installation, listener)
        finally:
            installation.database.close()
    except NewsletterError as error:
        _log.warning("a process cannot serve", reason=str(error))
        sys.exit(1)
    except Exception:  # noqa: BLE001 - whoever starts processes would show it unmasked
        _log.fallen("a process fell")
        sys.exit(1)


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
