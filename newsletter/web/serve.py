"""Pages and workers, running: uvicorn in front, two threads beside it, and a clean end.

Whoever is answered when the end comes gets the whole answer. Who keeps a connection open without
asking anything, or stops in the middle of a question, is hung up on.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from newsletter.usecases.bounce_worker import BounceWorker
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_worker import IssueWorker
from newsletter.usecases.work import Worker
from newsletter.usecases.worker_thread import WorkerThread
from newsletter.web.access_log import AccessLog
from newsletter.web.app import create_app
from newsletter.web.figures import figures_shown

if TYPE_CHECKING:
    from types import FrameType

#: What asks for the end: a supervisor, and Ctrl-C.
END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
#: How long a request may still take when the end has come. A supervisor kills after 10 s or more.
GRACE_SECONDS: Final = 3.0


def serve(
    installation: Installation,
    listener: socket.socket,
    *,
    listen_metrics: str = "",
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Answer readers, send what waits in the outbox, and go on with issues until a signal comes.

    SIGTERM and SIGINT end it.

    Args:
        installation: Whose pages.
        listener: Bound; closed at the end.
        listen_metrics: Where figures are shown, ``HOST:PORT``; empty for nowhere.
        on_ready: Called when requests are answered.
    """
    metrics = installation.metrics
    issues = WorkerThread(IssueWorker(installation), "issues", metrics=metrics)
    outbox = WorkerThread(Worker(installation), "outbox", metrics=metrics)
    # A mail server that does not answer is no reason to wait: what is lost in the middle is found
    # again.
    bounces = WorkerThread(
        BounceWorker(installation), "bounces", metrics=metrics, grace_seconds=GRACE_SECONDS
    )

    def is_worker_alive() -> bool:
        return outbox.is_alive() and issues.is_alive()

    with (
        figures_shown(installation, listen_metrics, is_worker_alive=is_worker_alive),
        issues,
        outbox,
        bounces,
    ):
        pages = create_app(installation, wake_worker=outbox.wake, is_worker_alive=is_worker_alive)
        _run(AccessLog(pages, metrics=metrics), listener, on_ready)


def _run(app: AccessLog, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Ends within the time of grace, whatever its clients do."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Begin to answer."""
            await super().startup(sockets)
            on_ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """Stop to answer: what was asked already first."""
            hang_up = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._hang_up)
            await super().shutdown(sockets)
            hang_up.cancel()

        def _hang_up(self) -> None:
            for connection in list(self.server_state.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    config = uvicorn.Config(
        app,
        # Ours, which show no token; uvicorn's own would show whole paths.
        access_log=False,
        log_config=None,
        log_level="warning",
        # Whose X-Forwarded-For is believed is decided in `newsletter.web.asker`.
        proxy_headers=False,
        server_header=False,
        lifespan="off",
    )
    # uvicorn raises the signal again when it has ended, and it has ended well.
    before = {number: signal.signal(number, _end_quietly) for number in END_SIGNALS}
    try:
        Server(config).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_quietly(_signal: int, _frame: "FrameType | None") -> None:
    """Take note: the end that was asked for has come."""
