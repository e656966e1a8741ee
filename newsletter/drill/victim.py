"""`python -m newsletter.drill.victim POINT COUNTDOWN ARGUMENT…`: `newsletter`, until it is killed.

It is the real command; only before it begins, a trap is set.
"""

import runpy
import sys

from newsletter.drill.points import Point
from newsletter.drill.traps import set_trap


def main() -> None:
    """Set the trap that the arguments name, then be `newsletter` with the rest of them."""
    point, countdown, *arguments = sys.argv[1:]
    set_trap(Point(point), int(countdown))
    sys.argv = ["newsletter", *arguments]
    runpy.run_module("newsletter", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
