"""Pages and workers, running: uvicorn in front, two threads beside it, and a clean end.

Whoever is answered when the end comes gets the whole answer. Who keeps a connection open without
asking anything, or stops in the middle of a question, is hung up on.
"""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
) -> None:
    """Answer readers, send what waits in the outbox, and go on with issues until a signal comes.

    SIGTERM and SIGINT end it.

    Args:
        installation: Whose pages.
        listener: Bound; closed at the end.
        listen_metrics: Where figures are shown, ``HOST:PORT``; empty for nowhere.
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
        # Whoever asks a second time, while the workers finish, does not want to wait for them.
        _end_noted() as end,
    ):
        pages = create_app(installation, wake_worker=outbox.wake, is_worker_alive=is_worker_alive)
        _run(AccessLog(pages, metrics=metrics), listener, end)


@contextmanager
def _end_noted() -> Iterator[threading.Event]:
    """Take note of the signal that asks for the end, from before there is a server to tell it to.

    uvicorn has handlers of its own while it runs. It raises the signal again when it has ended,
    and it has ended well: then the note hurts nobody.
    """
    end = threading.Event()

    def note(_number: int, _frame: "FrameType | None") -> None:
        end.set()

    before = {number: signal.signal(number, note) for number in END_SIGNALS}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(app: AccessLog, listener: socket.socket, end: threading.Event) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Ends within the time of grace, whatever its clients do."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Begin to answer, unless the end has come before."""
            await super().startup(sockets)
            if end.is_set():
                self.should_exit = True

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
    Server(config).run(sockets=[listener])
