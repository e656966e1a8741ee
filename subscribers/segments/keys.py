"""What a segment may ask: the keys of its tests, and how the values after them are read."""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Final

from subscribers.address import EmailAddress
from subscribers.errors import InvalidAddressError, InvalidValueError
from subscribers.profile import (
    parse_field_name,
    parse_field_value,
    parse_language,
    parse_name,
    parse_tag,
    parse_timezone,
)
from subscribers.segments.moment import Moment
from subscribers.segments.tree import Compares, Has, Is, Not, Order, Outside, Saved, Segment
from subscribers.subscription import State

#: Times, which come before and after each other.
ORDERED_KEYS: Final = frozenset({"confirmed_at", "created_at"})
FIELD: Final = "field."
#: What a person may have or not.
_OPTIONAL: Final = ("tag", "name", "language", "timezone", "confirmed_at")
#: Erased people are nobody any more.
_STATES: Final = tuple(state.value for state in State if state is not State.ERASED)
_SAVED_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def parse_saved_name(text: str) -> str:
    """Take the name of a saved segment: ``a`` to ``z``, digits, ``-`` and ``_``, a letter first."""
    if not is_saved_name(text):
        raise InvalidValueError(
            "a segment's name has up to 64 small letters, digits, hyphens and underscores, a"
            " letter first"
        )
    return text


def is_saved_name(text: str) -> bool:
    """Tell whether a segment could be saved under this name; no rule looks like one."""
    return _SAVED_NAME.fullmatch(text) is not None


def list_keys(outside: Collection[str]) -> list[str]:
    """List what a test may begin with; ``field.NAME`` stands for all fields."""
    keys = [*_PARSERS, *sorted(ORDERED_KEYS), "has", "missing", "segment", *sorted(outside)]
    return [*keys, f"{FIELD}NAME"]


def is_known_key(key: str, outside: Collection[str]) -> bool:
    """Tell whether a test may begin with this word."""
    return key.startswith(FIELD) or key in list_keys(outside)


def describe_keys(outside: Collection[str]) -> str:
    """Name what a test may begin with."""
    return f"tag:ai (or {', '.join(key for key in list_keys(outside) if key != 'tag')})"


def suggest(word: str, known: Collection[str]) -> str:
    """Return `` (did you mean …?)`` for the known word most like this one, or nothing."""
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def explain_unknown_key(key: str, outside: Collection[str]) -> str:
    """Say that there is no such key, and which was probably meant, or which there are."""
    known = list_keys(outside)
    hint = suggest(key, known) or f"; there are {', '.join(known)}"
    return f'there is no key "{key}"{hint}'


def build_test(
    key: str, order: Order, value: str, *, column: int, outside: Collection[str]
) -> Segment:
    """Make a test of its parts.

    Args:
        key: In small letters; a known one.
        order: For a key without an order only ``EQUAL``.
        value: As it was written, without quotes.
        column: Where the value begins, from 1.
        outside: Keys that the store knows nothing of.

    Raises:
        InvalidValueError, InvalidAddressError: The value, or the field's name, is no such thing.
    """
    if key in ORDERED_KEYS:
        return _build_comparison(key, order, value)
    if key in {"has", "missing"}:
        test = Has(_parse_optional(value.lower()))
        return test if key == "has" else Not(test)
    if key == "segment":
        return Saved(parse_saved_name(value.lower()), column)
    if key.startswith(FIELD):
        parse_field_name(key.removeprefix(FIELD))
        parsed = parse_field_value(value)
    elif key in outside:
        parsed = value.strip()
    else:
        parsed = _PARSERS[key](value)
    if not parsed:
        missing = f": whoever has none is found by missing:{key}" if _is_optional(key) else ""
        raise InvalidValueError(f"the value is empty{missing}")
    return Outside(key, parsed, column) if key in outside else Is(key, parsed)


def _build_comparison(key: str, order: Order, value: str) -> Segment:
    moment = Moment.parse(value)
    if moment.is_relative and order is Order.EQUAL:
        raise InvalidValueError(
            f"{moment} is a moment, which nobody hits: write {key}>{moment} or {key}<{moment}"
        )
    return Compares(key, order, moment)


def _parse_optional(word: str) -> str:
    if word.startswith(FIELD):
        parse_field_name(word.removeprefix(FIELD))
    elif word not in _OPTIONAL:
        hint = suggest(word, _OPTIONAL) or f"; there are {', '.join(_OPTIONAL)}, field.NAME"
        raise InvalidValueError(f'there is no "{word}" to have or miss{hint}')
    return word


def _parse_state(text: str) -> str:
    word = text.lower()
    if word not in _STATES:
        hint = suggest(word, _STATES) or f"; there are {', '.join(_STATES)}"
        raise InvalidValueError(f'there is no state "{word}"{hint}')
    return word


def _parse_domain(text: str) -> str:
    try:
        return EmailAddress.parse(f"somebody@{text.removeprefix('@')}").domain
    except InvalidAddressError:
        raise InvalidValueError("expected the part of addresses after the @-sign") from None


_PARSERS: Final[Mapping[str, Callable[[str], str]]] = {
    "tag": parse_tag,
    "language": parse_language,
    "state": _parse_state,
    "domain": _parse_domain,
    "name": parse_name,
    "timezone": parse_timezone,
}


def _is_optional(key: str) -> bool:
    return key in _OPTIONAL or key.startswith(FIELD)
