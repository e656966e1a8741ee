"""The event loop that use cases run on: uvloop's when it is installed, else Python's own."""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

#: After so many new objects the collector of cycles looks at the youngest, and so on.
_USUAL: Final = gc.get_threshold()
_SELDOM: Final = (20_000, 20, 50)


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run asynchronous work to its end, as `asyncio.run` does.

    What exists now is hidden from the collector of cycles until then, and it looks at the rest
    less often: to look through the program's own modules, and through messages that are gone in a
    moment, would cost a message a quarter of its processor time.
    """
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        with asyncio.Runner(loop_factory=_find_loop()) as runner:
            return runner.run(work)
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()


def _find_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop
