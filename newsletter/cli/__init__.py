"""The command line: declare, call one use case, present. Holds no rule of the domain."""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType


def main() -> None:
    """Run `newsletter` with the arguments of this process, and end it with the exit code."""
    if sys.stdout is None:
        # The caller has closed it: `newsletter … >&-`.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        # A file name or a title that the terminal cannot show must not end the program.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = _tell_mistake
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code: 0 ok, 1 failure, 2 usage or settings, 3 checks found errors, 5 not found,
        6 refused by a safety rule, 7 partly done, 8 temporary, 130 interrupted.
    """
    from typer.exceptions import TyperException

    from newsletter.cli.failure import tell_failure, tell_interrupt, tell_system, tell_usage
    from newsletter.cli.output import drop_output, flush_output
    from newsletter.errors import NewsletterError
    from subscribers.errors import SubscribersError

    is_json = "--json" in arguments
    try:
        code = _invoke(arguments)
        flush_output()
    except TyperException as error:
        code = tell_usage(error, is_json=is_json)
    except (NewsletterError, SubscribersError) as error:
        code = tell_failure(error, is_json=is_json)
    except KeyboardInterrupt as interrupt:
        code = tell_interrupt(interrupt, is_json=is_json)
    except BrokenPipeError:
        # Whoever read our output has seen enough: `newsletter … | head`.
        drop_output()
        code = 0
    except OSError as error:
        drop_output()
        code = tell_system(error, is_json=is_json)
    return code


def _tell_mistake(
    kind: type[BaseException], mistake: BaseException, place: TracebackType | None
) -> None:
    """Show the traceback of a mistake of ours, masked, as `sys.excepthook`; Python ends with 1.

    It gets into logs and into reports to us, and a driver's words may repeat somebody's row.
    """
    import traceback

    from newsletter.log import mask

    told = "".join(traceback.format_exception(kind, mistake, place))
    print(mask(told), end="", file=sys.stderr)


def _invoke(arguments: Sequence[str]) -> int:
    """Find the command and call it; return the exit code it ends with."""
    import typer

    from newsletter.cli.app import app

    try:
        with typer.main.get_command(app).make_context("newsletter", list(arguments)) as context:
            context.command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0
