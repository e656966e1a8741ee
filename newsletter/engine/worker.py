"""`newsletter worker`: chunks from the queue, and every duty that is done once for all machines.

On one machine, with a file for a database, there is no queue: the same issues are sent in this
process, by the same function.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, Final

from newsletter.engine.queue import QUEUE, build_app, build_connector
from newsletter.log import Log
from newsletter.usecases.bounce_worker import BounceWorker
from newsletter.usecases.chunk_worker import ChunkWorker
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_worker import IssueWorker
from newsletter.usecases.work import Worker
from newsletter.usecases.worker_thread import WorkerThread

if TYPE_CHECKING:
    from procrastinate import App

#: What asks for the end: a supervisor, and Ctrl-C.
END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
#: A mail server that does not answer is no reason to wait; see `newsletter.web.serve`.
_GRACE_SECONDS: Final = 3.0
#: Jobs that were announced while nobody listened are seen after this.
_POLL_SECONDS: Final = 2.0
_HEARTBEAT_SECONDS: Final = 5.0
#: The job of a worker that is silent for so long is forgotten; its chunk was offered anew before.
_STALLED_SECONDS: Final = 60.0
#: Before a database that went away is looked for again.
_PAUSE_SECONDS: Final = 1.0

_log = Log(__name__)


def work(
    installation: Installation,
    *,
    concurrency: int,
    watched: Callable[[Callable[[], bool]], AbstractContextManager[None]],
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Work until SIGTERM or SIGINT: then finish what is in flight and hand back the rest.

    Args:
        installation: Where and with what.
        concurrency: Chunks at a time; on one machine issues are sent one after the other.
        watched: What lasts as long as the work; it is given what tells whether all threads work.
        on_ready: Called when work is taken.
    """
    stop, metrics = threading.Event(), installation.metrics
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in END_SIGNALS}
    has_queue = installation.queue is not None
    issues = WorkerThread(IssueWorker(installation, hands_out=has_queue), "issues", metrics=metrics)
    outbox = WorkerThread(Worker(installation), "outbox", metrics=metrics)
    bounces = WorkerThread(
        BounceWorker(installation), "bounces", metrics=metrics, grace_seconds=_GRACE_SECONDS
    )

    def is_alive() -> bool:
        return outbox.is_alive() and issues.is_alive()

    try:
        with watched(is_alive), issues, outbox, bounces:
            on_ready()
            if has_queue:
                asyncio.run(_take_jobs(installation, concurrency, stop))
            else:
                stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _take_jobs(installation: Installation, concurrency: int, stop: threading.Event) -> None:
    """Take jobs until the stop, however often the database goes away meanwhile."""
    import psycopg
    from procrastinate.exceptions import ConnectorException

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_tell)
    chunk_worker = ChunkWorker(installation, stop)
    with ThreadPoolExecutor(concurrency + 1, thread_name_prefix="chunk") as threads:
        loop.set_default_executor(threads)
        while not stop.is_set():
            try:
                await _run_worker(installation, concurrency, stop, chunk_worker)
            except (ConnectorException, psycopg.Error) as error:
                _log.warning("the queue does not answer", reason=_find_reason(error))
            await _wait(stop, _PAUSE_SECONDS)


async def _run_worker(
    installation: Installation, concurrency: int, stop: threading.Event, chunks: ChunkWorker
) -> None:
    connector = build_connector(installation.settings.database.url)
    app = build_app(connector, chunks.work)
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                fetch_job_polling_interval=_POLL_SECONDS,
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=_STALLED_SECONDS,
                # What the ledger says remains, and no record of jobs.
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        forgetting = asyncio.create_task(_forget_stalled(app))
        try:
            while not working.done() and not stop.is_set():
                await asyncio.wait({working}, timeout=0.2)
        finally:
            forgetting.cancel()
            # It waits for the chunks in hand, which hear of the stop by themselves.
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working


async def _forget_stalled(app: "App") -> None:
    """Forget the jobs of dead workers, from time to time."""
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import Status

    while True:
        # Another worker may forget the same at the same moment.
        with suppress(ConnectorException):
            stalled = await app.job_manager.get_stalled_jobs(
                queue=QUEUE, seconds_since_heartbeat=_STALLED_SECONDS
            )
            for job in stalled:
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        await asyncio.sleep(_STALLED_SECONDS)


def _tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell in a line what nobody waited for, such as that a job of ours was forgotten meanwhile."""
    error = context.get("exception")
    reason = _find_reason(error) if error else context["message"]
    _log.warning("the queue was not told", reason=reason)


def _find_reason(error: BaseException) -> str:
    """Say in a line what the driver said; Procrastinate's own words name no reason."""
    return " ".join(str(error.__cause__ or error).split())


async def _wait(stop: threading.Event, seconds: float) -> None:
    """Let the others of this loop go on for so long, unless the end comes."""
    if not stop.is_set():
        await asyncio.sleep(seconds)
