"""The event loop that use cases run on: uvloop's when it is installed, else Python's own."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run asynchronous work to its end, as `asyncio.run` does.

    What exists now is hidden from the collector of cycles until then: looking through the
    program's own modules again and again costs a message a tenth of its processor time.
    """
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=_find_loop()) as runner:
            return runner.run(work)
    finally:
        gc.unfreeze()


def _find_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop
