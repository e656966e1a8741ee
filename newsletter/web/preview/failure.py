"""An error → what the writer has to see of it: file, line, column and the lines around."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from newsletter.errors import (
    IssueError,
    NewsletterError,
    RenderError,
    SettingsError,
    UserError,
)
from newsletter.rendering.theme_folder import get_templates_folder
from newsletter.settings.loading import SETTINGS_FILE_NAME

Kind: TypeAlias = Literal["issue", "template", "settings", "newsletter"]

#: Lines shown on either side.
_AROUND: Final = 2
_PLACE: Final = re.compile(r"(?P<file>[^:\n]+):(?P<line>\d+)(?::(?P<column>\d+))?:? ?(?P<rest>.*)")
_SETTING: Final = re.compile(r"\[(?P<section>\w+)\] (?P<key>\w+): ")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file with its number, counted from 1."""

    number: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    message: str
    #: As a person would name it; empty when the problem is in no file.
    file: str = ""
    #: Counted from 1; 0 when it is not known.
    line: int = 0
    column: int = 0
    excerpt: tuple[Line, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why there is nothing new to be seen."""

    kind: Kind
    summary: str
    problems: tuple[Problem, ...]


def describe_failure(error: NewsletterError, *, folder: Path) -> Failure:
    """Say what went wrong and show the place.

    Args:
        error: What stopped loading or rendering.
        folder: The newsletter's, for files that are named from there.
    """
    is_list = isinstance(error, UserError) and bool(error.problems)
    summary = error.summary if isinstance(error, UserError) else str(error)
    lines = error.problems if isinstance(error, UserError) and is_list else [summary]
    # Shorter to read, and nobody is told by a picture of the page where it lies.
    here = f"{folder}/"
    problems = [_find_problem(line.replace(here, ""), folder) for line in lines]
    kind: Kind = "newsletter"
    for cls, name in _KINDS:
        if isinstance(error, cls):
            kind = name
    return Failure(
        kind=kind,
        summary=summary.replace(here, "") if is_list else _TITLES[kind],
        problems=tuple(problems),
    )


_KINDS: Final[Sequence[tuple[type[NewsletterError], Kind]]] = (
    (IssueError, "issue"),
    (RenderError, "template"),
    (SettingsError, "settings"),
)
_TITLES: Final = {
    "issue": "The issue cannot be read",
    "template": "The template cannot be used",
    "settings": "The settings cannot be used",
    "newsletter": "The newsletter cannot be used",
}


def _find_problem(message: str, folder: Path) -> Problem:
    found = _PLACE.match(message)
    if found:
        line, column = int(found["line"]), int(found["column"] or 0)
        source = _read(found["file"], folder)
        return Problem(
            message=found["rest"] or message,
            file=found["file"],
            line=line,
            column=column,
            excerpt=_cut_excerpt(source, line),
        )
    setting = _SETTING.match(message)
    if setting:
        source = _read(SETTINGS_FILE_NAME, folder)
        line = _find_setting(source, setting["section"], setting["key"])
        return Problem(
            message=message,
            file=SETTINGS_FILE_NAME,
            line=line,
            excerpt=_cut_excerpt(source, line),
        )
    return Problem(message=message)


def _find_setting(source: Sequence[str], section: str, key: str) -> int:
    """Find the line of a key, else of its section's head; 0 for neither."""
    head, current = 0, ""
    for number, line in enumerate(source, 1):
        if opened := re.match(r"\s*\[(\w+)\]", line):
            current = opened[1]
            head = number if current == section else head
        elif current == section and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return head


def _cut_excerpt(source: Sequence[str], line: int) -> tuple[Line, ...]:
    if not 0 < line <= len(source) + 1:
        return ()
    first = max(1, line - _AROUND)
    return tuple(
        Line(number, text) for number, text in enumerate(source[first - 1 : line + _AROUND], first)
    )


def _read(name: str, folder: Path) -> Sequence[str]:
    """Read the lines of a file that an error names; none when it cannot be found."""
    for path in _candidates(name, folder):
        try:
            return path.read_text("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
    return ()


def _candidates(name: str, folder: Path) -> Iterator[Path]:
    # A theme of the newsletter's own is named as the packaged one of its name would be.
    yield folder / name
    yield Path(name)
    try:
        packaged = Path(str(get_templates_folder()))
    except RenderError:
        return
    # Messages name a packaged template from the folder above all templates.
    yield packaged.parent / name
