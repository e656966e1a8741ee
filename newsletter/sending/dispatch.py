"""The only loop that sends: the window's intents go to the transport, its outcomes come back."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from newsletter.errors import TransportError
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.prepared_stream import PreparedStream
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.run import Ending, Progress, Run
from newsletter.sending.transports.transport import Transport
from newsletter.sending.window import Window


async def dispatch(
    run: Run,
    template: MessageTemplate,
    transport: Transport,
    *,
    on_interrupt: Callable[[int], None] | None = None,
) -> tuple[Ending, Progress]:
    """Work through the planned deliveries of one issue.

    Args:
        run: The issue, its lease, its audience and the limits of this run.
        template: The edition's compiled message.
        transport: Where the messages go.
        on_interrupt: When given, SIGINT and SIGTERM are caught: the first finishes what the
            transport has taken, the second stops at once. It is told how often.

    Raises:
        TransportError: The next hop cannot be used; the ledger tells what became of each message.
        DatabaseError: The ledger cannot be written; what was open is found in doubt later.
        TemporaryError: The ledger stayed locked for too long; the same holds.
    """
    with _stream_of(template) as stream:
        return await _dispatch(Window(run, stream), stream, template, transport, on_interrupt)


@contextmanager
def _stream_of(template: MessageTemplate) -> Iterator[RecipientStream]:
    """Make a stream on the running event loop, with threads beside it if there is work for them."""
    if not template.is_signed:
        yield RecipientStream()
        return
    with ThreadPoolExecutor(_count_cores(), thread_name_prefix="sign") as threads:
        yield PreparedStream(template.build_ahead, threads)


def _count_cores() -> int:
    """Count the cores that this process may use, which are fewer than there are in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


async def _dispatch(
    window: Window,
    stream: RecipientStream,
    template: MessageTemplate,
    transport: Transport,
    on_interrupt: Callable[[int], None] | None,
) -> tuple[Ending, Progress]:
    working = asyncio.create_task(asyncio.to_thread(window.work))
    delivering = asyncio.create_task(transport.deliver(template, stream, window.report))
    with _interrupts_caught(window, delivering, on_interrupt):
        try:
            await asyncio.wait({delivering})
        finally:
            # Also when this task is cancelled: the thread would wait for reports for ever.
            delivering.cancel()
            window.lose_transport()
        error = None if delivering.cancelled() else delivering.exception()
        ending = await working
    if isinstance(error, TransportError):
        raise error
    if error is not None:
        raise TransportError(f"the transport failed: {error}") from error
    return ending, window.progress


@contextmanager
def _interrupts_caught(
    window: Window, delivering: asyncio.Task[None], on_interrupt: Callable[[int], None] | None
) -> Iterator[None]:
    """Let the first interrupt finish what is in flight and the second stop it."""
    if on_interrupt is None:
        yield
        return
    count = 0

    def interrupted() -> None:
        nonlocal count
        count += 1
        on_interrupt(count)
        window.stop()
        if count > 1:
            delivering.cancel()

    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in caught}
    for number in caught:
        loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
