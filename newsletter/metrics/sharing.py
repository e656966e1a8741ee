"""Several processes that count together, in a folder of memory-mapped files.

The library looks for the folder's name in the environment, and when it is imported. So it has to be
there before the processes start, and this file must not import it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SHARED_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counted_together(*, is_wanted: bool) -> Iterator[None]:
    """Let the processes that are started in the block count together, if anybody wants to know."""
    if not is_wanted:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="newsletter-metrics-") as folder:
        os.environ[_SHARED_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[_SHARED_VARIABLE]


def get_shared_folder() -> str:
    """Tell where the processes count together.

    Raises:
        KeyError: They do not.
    """
    return os.environ[_SHARED_VARIABLE]


def are_counted_together() -> bool:
    """Tell whether this process is one of several that count together, or looks after them."""
    return _SHARED_VARIABLE in os.environ
