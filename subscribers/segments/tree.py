"""A segment as a value: a small tree of tests, and the text that it is written as.

`write_segment` gives each tree one spelling, which `grammar.parse_segment` reads back as the same
tree: it is what is kept of a segment, and what two are compared by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from subscribers.segments.moment import Moment

#: Words between tests: as a value, each needs quotes.
WORDS: Final = frozenset({"and", "or", "not"})
#: A value that needs no quotes in any place.
_BARE: Final = re.compile(r"[\w@./+-][\w@./+:-]*")


class Order(StrEnum):
    """How a time is compared with the one in the segment."""

    EQUAL = ":"
    BEFORE = "<"
    UNTIL = "<="
    AFTER = ">"
    SINCE = ">="


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; without parts it is everyone."""

    parts: "tuple[Segment, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    parts: "tuple[Segment, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    part: "Segment"


@dataclass(frozen=True, slots=True)
class Is:
    """What the key names is this value, or for a language or tag one of them is."""

    #: ``tag``, ``language``, ``state``, ``domain``, ``name``, ``timezone`` or ``field.NAME``.
    key: str
    #: In the store's own spelling.
    value: str


@dataclass(frozen=True, slots=True)
class Has:
    """There is something under the key."""

    #: As in `Is`, less ``state`` and ``domain``; or ``confirmed_at``.
    key: str


@dataclass(frozen=True, slots=True)
class Compares:
    """A time stands in this order to another."""

    #: ``confirmed_at`` or ``created_at``.
    key: str
    order: Order
    moment: Moment


@dataclass(frozen=True, slots=True)
class Outside:
    """Something that the store does not know and whoever uses it answers."""

    key: str
    value: str
    #: Where the value begins in the text, from 1; no part of what the test is.
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Saved:
    """The segment that is saved under this name."""

    name: str
    #: As in `Outside`.
    column: int = field(default=1, compare=False)


Segment: TypeAlias = Every | Either | Not | Is | Has | Compares | Outside | Saved

EVERYONE: Final = Every(())


def write_segment(segment: Segment) -> str:
    """Write a segment as text, in its one spelling; empty for everyone."""
    parts = [_write_part(part, within=segment) for part in list_parts(segment)]
    match segment:
        case Every():
            return " and ".join(parts)
        case Either():
            return " or ".join(parts)
        case Not():
            return f"not {parts[0]}"
        case _:
            return _write_test(segment)


def measure(segment: Segment) -> tuple[int, int]:
    """Count its tests, and how deeply parentheses and ``not`` are nested in its text."""
    inner = list_parts(segment)
    if not inner:
        return 1, 0
    sizes = [(measure(part), needs_parentheses(part, within=segment)) for part in inner]
    nesting = max(depth + has_parentheses for (_, depth), has_parentheses in sizes)
    return sum(tests for (tests, _), _ in sizes), nesting + isinstance(segment, Not)


def list_parts(segment: Segment) -> tuple[Segment, ...]:
    """List what a segment is made of; nothing for a test."""
    match segment:
        case Every(parts) | Either(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()


def iter_tests(segment: Segment) -> Iterator[Segment]:
    """Walk over the tests of a segment, from left to right."""
    parts = list_parts(segment)
    for part in parts:
        yield from iter_tests(part)
    if not parts and segment != EVERYONE:
        yield segment


def needs_parentheses(part: Segment, *, within: Segment) -> bool:
    """Tell whether a part would be read otherwise without parentheses around it."""
    match part:
        case Either():
            return True
        case Every():
            return not isinstance(within, Either)
        case _:
            return False


def quote(value: str) -> str:
    """Write a value, in quotes where it needs them."""
    if _BARE.fullmatch(value) and value.lower() not in WORDS:
        return value
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _write_test(test: Is | Has | Compares | Outside | Saved) -> str:
    match test:
        case Is(key, value) | Outside(key, value):
            return f"{key}:{quote(value)}"
        case Has(key):
            return f"has:{key}"
        case Compares(key, order, moment):
            return f"{key}{order}{moment}"
        case Saved(name):
            return f"segment:{name}"


def _write_part(part: Segment, *, within: Segment) -> str:
    text = write_segment(part)
    return f"({text})" if needs_parentheses(part, within=within) else text
