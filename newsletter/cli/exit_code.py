"""Exit codes: what a script may decide on."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What became of a command."""

    OK = 0
    FAILURE = 1
    #: The command or the settings cannot be used as they are.
    USAGE = 2
    CHECKS_FOUND_ERRORS = 3
    NOT_FOUND = 5
    #: A safety rule stands against it.
    REFUSED = 6
    #: Deliveries are left that failed, are in doubt or deferred, or the run ended early.
    PARTLY_DONE = 7
    #: The same command may succeed later.
    TEMPORARY = 8
    INTERRUPTED = 130
