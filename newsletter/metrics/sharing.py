"""Several processes that count together, in a folder of memory-mapped files.

The library looks for the folder when it is imported, so it has to be there before the processes
start, and this file must not import it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: The library's name for the folder.
SHARED_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counted_together(*, is_wanted: bool) -> Iterator[None]:
    """Let the processes that are started in the block count together, if anybody wants to know."""
    if not is_wanted:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="newsletter-metrics-") as folder:
        os.environ[SHARED_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[SHARED_VARIABLE]


def are_counted_together() -> bool:
    """Tell whether this process is one of several that count together, or looks after them."""
    return SHARED_VARIABLE in os.environ
