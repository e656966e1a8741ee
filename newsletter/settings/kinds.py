"""What a value is in TOML, and how the text of the environment or a flag becomes the same."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum


class Kind(Enum):
    """What a value is in TOML; text from the environment or a flag is read into it."""

    TEXT = "text in quotes"
    WHOLE_NUMBER = "a whole number without quotes"
    NUMBER = "a number without quotes"
    SWITCH = "true or false without quotes"
    WORDS = "a list of words in quotes"
    NUMBERS = "a list of numbers without quotes"
    WHOLE_NUMBERS = "a list of whole numbers without quotes"
    DAY = "a day such as 2026-12-01 without quotes"


_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.WHOLE_NUMBER: (int,),
    Kind.NUMBER: (int, float),
    Kind.SWITCH: (bool,),
    Kind.WORDS: (list,),
    Kind.NUMBERS: (list,),
    Kind.WHOLE_NUMBERS: (list,),
    Kind.DAY: (date,),
}
#: What the values of a list are.
_ELEMENTS = {
    Kind.WORDS: Kind.TEXT,
    Kind.NUMBERS: Kind.NUMBER,
    Kind.WHOLE_NUMBERS: Kind.WHOLE_NUMBER,
}
_TYPE_NAMES = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}
_SWITCH_WORDS = {"true": True, "yes": True, "on": True, "1": True} | {
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def check_type(value: object, kind: Kind) -> object:
    """Return a value that came from TOML, or say which type it should have."""
    if kind in _ELEMENTS and isinstance(value, list):
        for element in value:
            check_type(element, _ELEMENTS[kind])
    # A bool is an int in Python, and a time a day, but not in TOML.
    is_switch = isinstance(value, bool)
    is_time = isinstance(value, datetime)
    if is_switch == (kind is Kind.SWITCH) and isinstance(value, _TYPES[kind]) and not is_time:
        return value
    raise ValueError(f"is {_TYPE_NAMES.get(type(value), 'a date or time')}, expected {kind.value}")


def read_text(text: str, kind: Kind) -> object:
    """Read the text of an environment variable or a flag as the given kind.

    The elements of a list have commas between them.
    """
    if kind in _ELEMENTS:
        elements = filter(None, map(str.strip, text.split(",")))
        return [read_text(element, _ELEMENTS[kind]) for element in elements]
    match kind:
        case Kind.TEXT:
            return text
        case Kind.DAY:
            try:
                return date.fromisoformat(text.strip())
            except ValueError:
                raise ValueError("expected a day such as 2026-12-01") from None
        case Kind.SWITCH:
            if text.strip().lower() not in _SWITCH_WORDS:
                raise ValueError("expected true or false")
            return _SWITCH_WORDS[text.strip().lower()]
        case _:
            try:
                return int(text) if kind is Kind.WHOLE_NUMBER else float(text)
            except ValueError:
                expected = "a whole number" if kind is Kind.WHOLE_NUMBER else "a number"
                raise ValueError(f"expected {expected}") from None
