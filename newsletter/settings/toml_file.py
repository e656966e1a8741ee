"""newsletter.toml as text → its data and the line each key stands on."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: ``tomllib`` tells the place in the message only.
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")


class TomlSyntaxError(ValueError):
    """The text is no TOML; the message begins with ``line:column``."""


def parse_toml(text: str) -> dict[str, Any]:
    """Read a TOML document.

    Raises:
        TomlSyntaxError: With the place of the first mistake.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise TomlSyntaxError("1:1: Values are nested too deeply") from error
    except ValueError as error:
        # Without a place: the end of the document, or Python's own refusal of an endless number.
        match = _PLACE.search(str(error))
        lines = text.rstrip("\n").split("\n")
        place = f"{match[1]}:{match[2]}" if match else f"{len(lines)}:{len(lines[-1]) + 1}"
        reason = str(error).removesuffix(" (at end of document)")
        raise TomlSyntaxError(f"{place}: {_PLACE.sub('', reason)}") from error


def locate_keys(text: str) -> dict[tuple[str, ...], int]:
    """Find the lines, counted from 1, on which the sections of valid TOML and their keys begin.

    A statement is the shortest run of lines that is TOML by itself, so the reader of the data
    decides what is a key, and nobody else has to understand quotes and brackets.

    Returns:
        Names of one or two parts to lines: a section or a key outside of sections, and a key of a
        section. Of a name with more parts, the first two count.
    """
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    statement, first_line = "", 1
    for number, line in enumerate(text.split("\n"), start=1):
        statement += line + "\n"
        try:
            names = list(_list_names(tomllib.loads(statement)))
        except ValueError:
            continue
        if statement.lstrip().startswith("["):
            section = names[-1]
        else:
            names = [(section + name)[:2] for name in names]
        for name in names:
            lines.setdefault(name, first_line)
        statement, first_line = "", number + 1
    return lines


def find_value(line: str, name: str, text: str) -> tuple[int, bool]:
    """Find where a key's value begins on its line.

    Returns:
        The column, from 1, of the text itself and True; or of the value around it and False, where
        the text stands otherwise in the file than in the data, as with escapes.
    """
    equals = line.find("=", max(line.find(name), 0))
    if column := line.find(text, equals + 1) + 1:
        return column, True
    value = line[equals + 1 :]
    return equals + 2 + len(value) - len(value.lstrip()), False


def _list_names(data: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """List the names of what one statement sets, the first two parts of each."""
    for outer, value in data.items():
        yield (outer,)
        if isinstance(value, dict):
            yield from ((outer, inner) for inner in value)
