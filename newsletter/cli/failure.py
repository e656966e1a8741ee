"""Errors → words on standard error and an exit code; no traceback for a user's mistake."""

import json
import re
import sys

import typer
from typer.exceptions import TyperException

from newsletter.cli.exit_code import ExitCode
from newsletter.errors import (
    ChecksError,
    NewsletterError,
    NextHopRefusesError,
    NotFoundError,
    RefusedError,
    SettingsError,
    TemporaryError,
    TransportError,
    UserError,
)
from subscribers.errors import (
    ForbiddenChangeError,
    InvalidAddressError,
    InvalidValueError,
    SegmentError,
    SubscribersError,
    UnknownSubscriberError,
)

#: The first that fits decides; what fits none is a failure.
_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (SettingsError, ExitCode.USAGE),
    (NotFoundError, ExitCode.NOT_FOUND),
    (ChecksError, ExitCode.CHECKS_FOUND_ERRORS),
    (RefusedError, ExitCode.REFUSED),
    (TemporaryError, ExitCode.TEMPORARY),
    (NextHopRefusesError, ExitCode.PARTLY_DONE),
    (TransportError, ExitCode.TEMPORARY),
    (UnknownSubscriberError, ExitCode.NOT_FOUND),
    (ForbiddenChangeError, ExitCode.REFUSED),
    (InvalidAddressError, ExitCode.USAGE),
    (InvalidValueError, ExitCode.USAGE),
)


#: Of a line that an error points into: so much is shown, so much of it before the place.
_SHOWN_CHARACTERS = 100
_BEFORE_CARET = 60


class WrongUsageError(typer.BadParameter):
    """Options that do not go together, or one that is missing; the message is the whole story."""

    def format_message(self) -> str:
        """Return the message as it is."""
        return str(self.message)


def tell_failure(error: NewsletterError | SubscribersError, *, is_json: bool) -> int:
    """Say what went wrong, and return the exit code."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILURE)
    if isinstance(error, UserError):
        _tell(error.summary, code, problems=error.problems, notes=_notes(error), is_json=is_json)
    else:
        notes = _notes(error)
        if isinstance(error, SegmentError) and not is_json:
            notes = [*_point_at(error.text, error.column), *notes]
        _tell(str(error), code, notes=notes, is_json=is_json)
    return code


def tell_usage(error: TyperException, *, is_json: bool) -> int:
    """Say how a command was meant to be used, and return the exit code."""
    message = error.format_message()
    if message.startswith("Usage: "):
        # Called with nothing at all: the message is the help.
        print(message, file=sys.stderr)
        return ExitCode.USAGE
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "newsletter"
    _tell(_plain(message), ExitCode.USAGE, notes=[f"Help: {path} --help"], is_json=is_json)
    return ExitCode.USAGE


def tell_system(error: OSError, *, is_json: bool) -> int:
    """Say what the system refused, and return the exit code."""
    # Whoever opens a file names it in his error; only our own output has no name.
    where = error.filename or "standard output"
    _tell(f"{where}: {error.strerror}", ExitCode.FAILURE, notes=_notes(error), is_json=is_json)
    return ExitCode.FAILURE


def tell_interrupt(interrupt: KeyboardInterrupt, *, is_json: bool) -> int:
    """Say that the command was stopped, and return the exit code."""
    _tell("interrupted", ExitCode.INTERRUPTED, notes=_notes(interrupt), is_json=is_json)
    return ExitCode.INTERRUPTED


def _point_at(text: str, column: int) -> list[str]:
    """Write a line and a caret below one of its columns; a long line is cut around it."""
    from newsletter.rendering.display_width import display_width

    begin = max(0, column - _BEFORE_CARET)
    shown = "".join(each if each.isprintable() else "?" for each in text[begin:])
    before = display_width(shown[: column - 1 - begin])
    return [f"  {shown[:_SHOWN_CHARACTERS]}", f"  {' ' * before}^"]


def _notes(error: BaseException) -> list[str]:
    """List what the layers above added: what was done before the error, how to go on."""
    return getattr(error, "__notes__", [])


def _plain(message: str) -> str:
    """Say a library's words about a value in ours."""
    message = message.replace(": Value error, ", ": ")
    message = re.sub(r"Input should be a valid integer.*", "it must be a whole number", message)
    message = message.replace("Input should be", "it must be")
    return message[0].lower() + message[1:].removesuffix(".")


def _tell(
    message: str,
    code: ExitCode,
    *,
    problems: tuple[str, ...] = (),
    notes: list[str],
    is_json: bool,
) -> None:
    if is_json:
        told = {"error": message, "problems": problems, "notes": notes, "exit_code": int(code)}
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        return
    lines = [f"error: {message}", *(f"  - {problem}" for problem in problems), *notes]
    print("\n".join(lines), file=sys.stderr)
