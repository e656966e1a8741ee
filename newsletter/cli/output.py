"""Results to standard output, talk to standard error."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

#: Among them the one that begins an order to a terminal, and bytes of a file name that are no text.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def print_json(document: Mapping[str, object]) -> None:
    """Print the one document of a command called with --json."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def talk(text: str) -> None:
    """Say something that is not the result."""
    print(text, file=sys.stderr, flush=True)


def flush_output() -> None:
    """Let what was printed be seen; when nobody reads it any more, `head` for one, drop the rest.

    Raises:
        OSError: It cannot be written: the disk is full, say. The rest is dropped.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        drop_output()
        if not isinstance(error, BrokenPipeError):
            raise


def drop_output() -> None:
    """Let nobody read the rest of standard output."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def ask(question: str) -> str:
    """Ask whoever sits at the terminal; empty when he answers nothing, or ends the input.

    Raises:
        KeyboardInterrupt: He stopped the command.
    """
    # Not input(): it would write the question to standard output, which may be a file.
    print(question, end="", file=sys.stderr, flush=True)
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        talk("")
        raise
    if not answer.endswith("\n"):
        talk("")
    return answer.strip()


def ask_secret(question: str) -> str:
    """Ask for something that is not shown while it is typed; empty when he ends the input."""
    import getpass

    try:
        return getpass.getpass(question, sys.stderr)
    except EOFError:
        talk("")
        return ""


def can_ask() -> bool:
    """Tell whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def print_pairs(pairs: Mapping[str, object]) -> None:
    """Print names and values in two columns."""
    width = max((len(name) for name in pairs), default=0)
    for name, value in pairs.items():
        print(f"{name:<{width}}  {value}".rstrip())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns as wide as they need to be; numbers to the right."""
    cells = [list(headings), *([_cell(value) for value in row] for row in rows)]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(headings))]
    numeric = [rows and all(isinstance(row[n], int) for row in rows) for n in range(len(headings))]
    for row in cells:
        padded = [
            (" " * gap + text) if is_number else (text + " " * gap)
            for text, width, is_number in zip(row, widths, numeric, strict=True)
            for gap in [width - _width(text)]
        ]
        print("  ".join(padded).rstrip())


def format_count(count: int, noun: str, nouns: str = "") -> str:
    """Write a count with its noun: ``1 message``, ``1,204 messages``, ``2 people``."""
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def format_bytes(size: int) -> str:
    """Write a size in bytes for people."""
    return f"{size:,} B" if size < 1000 else f"{size / 1000:,.1f} kB"


def format_duration(seconds: float) -> str:
    """Write a duration for people, in its largest two units."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def format_time(milliseconds: int | None) -> str:
    """Write a time of the ledger; empty for none."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _cell(value: object) -> str:
    """Write a value; what strangers wrote into it gives the terminal no orders."""
    if isinstance(value, int):
        return f"{value:,}"
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))


def _width(text: str) -> int:
    from newsletter.rendering.display_width import display_width

    return display_width(text)
