"""Golden files: what a reader sees, kept where a person can open it."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "golden"


def read_golden(name: str, current: str) -> str:
    """Return what a golden file holds.

    With ``REFRESH_GOLDEN=1`` in the environment it is first written anew from what the program
    makes now: look at the difference before committing it.
    """
    path = GOLDEN / name
    if os.environ.get("REFRESH_GOLDEN"):
        path.write_text(current, encoding="utf-8", newline="\n")
    return path.read_text("utf-8")
