"""The queue beside senders who stop at the worst moment, and beside releases of another mind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.engine.queue import QUEUE, ProcrastinateQueue, build_app, build_connector
from newsletter.errors import TemporaryError

ISSUE, CHUNK = 1, 7
FETCH = "SELECT id FROM procrastinate_fetch_job_v2(%s, %s)"


@pytest.fixture
def server(empty_server_url: str) -> Iterator[Database]:
    """Yield a database on a server, whose writers lose patience soon."""
    database = Database(empty_server_url)
    yield database
    database.close()


def offer(server: Database) -> None:
    """Offer the chunk, as every worker does that finds it without a sender."""
    with server.write() as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
        ProcrastinateQueue().offer(connection, ISSUE, [CHUNK])


def offer_in_vain(server: Database) -> None:
    """Offer the chunk, and meet an error before the commit."""
    with server.write() as connection:
        ProcrastinateQueue().offer(connection, ISSUE, [CHUNK])
        raise ZeroDivisionError


def count_jobs(server: Database) -> int:
    """Count what is on offer."""
    with server.read() as connection:
        count = sa.text("SELECT count(*) FROM procrastinate_jobs")
        return int(connection.execute(count).scalar_one())


def with_queue(
    url: str,
    use: Callable[[Any], Awaitable[None]],
    work: Callable[[int, int], None] = lambda *_: None,
) -> None:
    """Do something with a queue that is open, as a worker does."""

    async def main() -> None:
        app = build_app(build_connector(url), work)
        async with app.open_async():
            await use(app)

    asyncio.run(main())


async def work_off(app: Any) -> None:
    """Do what is on offer, as a worker does, and end."""
    await app.run_worker_async(queues=[QUEUE], wait=False, delete_jobs="always")


def test_who_freezes_with_a_job_in_hand_keeps_nobody_from_offering(
    server: Database, empty_server_url: str
) -> None:
    """He was given it by one statement, and no transaction of his stays open."""
    offer(server)

    async def fetch_and_freeze(app: Any) -> None:
        async with app.connector.pool.connection() as connection:
            worker = await app.job_manager.register_worker()
            fetched = await (await connection.execute(FETCH, ([QUEUE], worker))).fetchall()
            assert len(fetched) == 1
            await asyncio.to_thread(offer, server)

    with_queue(empty_server_url, fetch_and_freeze)


def test_who_waits_for_another_in_vain_is_told_to_try_again(server: Database) -> None:
    """The queue's own errors stay behind its seam: a worker would fall by them."""
    with server.write() as others:
        ProcrastinateQueue().offer(others, ISSUE, [CHUNK])

        with pytest.raises(TemporaryError, match="the queue does not answer"):
            offer(server)


def test_what_is_rolled_back_was_never_offered(server: Database) -> None:
    """A plan and its jobs are one transaction: no job is about an issue that there is not."""
    with pytest.raises(ZeroDivisionError):
        offer_in_vain(server)

    assert count_jobs(server) == 0


def test_a_chunk_on_offer_is_not_offered_again(server: Database) -> None:
    """So many workers as there are look for chunks without a sender at the same time."""
    offer(server)

    offer(server)

    assert count_jobs(server) == 1


def test_jobs_of_another_release_are_left_to_its_workers(
    server: Database, empty_server_url: str
) -> None:
    """What means something else has a queue of its own, and stays there."""
    offer(server)
    with server.write() as connection:
        connection.execute(sa.text("UPDATE procrastinate_jobs SET queue_name = 'chunks.2'"))

    with_queue(empty_server_url, work_off)

    assert count_jobs(server) == 1


def test_what_a_newer_release_adds_to_a_job_is_left_aside(
    server: Database, empty_server_url: str
) -> None:
    """It is known by its two numbers."""
    offer(server)
    with server.write() as connection:
        connection.execute(sa.text("""UPDATE procrastinate_jobs SET args = args || '{"new": 1}'"""))
    done: list[tuple[int, int]] = []

    with_queue(empty_server_url, work_off, lambda issue, chunk: done.append((issue, chunk)))

    assert done == [(ISSUE, CHUNK)]
