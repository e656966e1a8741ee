"""The queue of chunks, kept by Procrastinate in the same PostgreSQL as the ledger."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from newsletter.database import limit_patience
from newsletter.errors import DatabaseError, TemporaryError

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.connector import BaseConnector
    from psycopg import AsyncConnection

#: A release whose jobs mean something else gives them another queue, and workers of this one, who
#: may run beside its own, leave them alone.
QUEUE: Final = "chunks.1"
TASK: Final = "newsletter.send_chunk"
#: Beside the chunks, Procrastinate has little to ask.
_CONNECTIONS: Final = 2
#: For one of these; who is to end while the database is away waits for it several times.
_PATIENCE_SECONDS: Final = 5.0


class ProcrastinateQueue:
    """Offers chunks by jobs in the caller's own transaction; see `ChunkQueue`."""

    def offer(self, connection: sa.Connection, issue_id: int, numbers: Sequence[int]) -> None:
        """Offer chunks of an issue; those that are offered already stay so."""
        from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
        from psycopg import OperationalError

        try:
            self._defer(connection, issue_id, numbers)
        except AlreadyEnqueued:
            for number in numbers if len(numbers) > 1 else ():
                self.offer(connection, issue_id, [number])
        except ConnectorException as error:
            if isinstance(error.__cause__, OperationalError):
                raise TemporaryError(f"the queue does not answer ({error.__cause__})") from error
            raise

    def _defer(self, connection: sa.Connection, issue_id: int, numbers: Sequence[int]) -> None:
        """Write the jobs, all or none of them."""
        from procrastinate.jobs import Job

        jobs = [
            Job(
                id=None,
                queue=QUEUE,
                task_name=TASK,
                lock=None,
                queueing_lock=f"{issue_id}/{number}",
                task_kwargs={"issue": issue_id, "chunk": number},
            )
            for number in numbers
        ]
        with connection.begin_nested():
            driver = connection.connection.driver_connection
            self._app.job_manager.batch_defer_jobs(jobs, connection=driver)

    @cached_property
    def _app(self) -> "App":
        from procrastinate import SyncPsycopgConnector

        # Never opened: jobs are written on the ledger's connection.
        return build_app(SyncPsycopgConnector(), lambda *_: None)


def build_app(connector: "BaseConnector", work: Callable[[int, int], None]) -> "App":
    """Build what workers run: one task.

    Args:
        connector: To the database.
        work: Sends a chunk of an issue; called in a thread.
    """
    from procrastinate import App

    app = App(connector=connector)

    # What a newer release may add to its jobs is none of ours.
    @app.task(name=TASK, queue=QUEUE)
    def send_chunk(*, issue: int, chunk: int, **_others: Any) -> None:
        work(issue, chunk)

    return app


def build_connector(url: str) -> "BaseConnector":
    """Build what a worker asks the queue by.

    Raises:
        DatabaseError: The URL names another driver.
    """
    from procrastinate import PsycopgConnector

    async def prepare(connection: "AsyncConnection") -> None:
        # Each question is one statement. Whoever was frozen before the commit of one would keep
        # the job that he was just given, and everybody waiting who offers the same chunk.
        await connection.set_autocommit(True)

    return PsycopgConnector(
        conninfo=find_conninfo(url),
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=_PATIENCE_SECONDS,
        configure=prepare,
    )


def find_conninfo(url: str) -> str:
    """Write a database's URL as the driver wants it.

    Raises:
        DatabaseError: It names another driver.
    """
    parsed = sa.make_url(url)
    if parsed.get_driver_name() != "psycopg":
        raise DatabaseError(
            "[database] url: workers need the driver psycopg, such as"
            " postgresql+psycopg://user@host/name"
        )
    return limit_patience(parsed).set(drivername="postgresql").render_as_string(hide_password=False)
