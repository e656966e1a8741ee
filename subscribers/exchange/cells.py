"""What stands in a cell of another program's file → values; what is not understood is refused."""

import csv
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from subscribers.errors import InvalidValueError
from subscribers.exchange.standing import LEFT, Standing
from subscribers.network import find_network
from subscribers.profile import parse_language, parse_tag, parse_timezone

#: How a cell of a column that tells of a person's standing is read; empty cells, too.
ReadStanding = Callable[[str], Standing | None]

#: What follows the seconds: UTC, or an offset and, in Go's way, the zone's name once more.
_ZONE = re.compile(
    r"\s*(?:(?:UTC|GMT|Z)|([+-]\d\d:?\d\d)(?:\s+[A-Z][A-Za-z]{0,4}|\s+[+-]\d{2,4})?)$"
)
_YES = frozenset({"true", "yes", "1", "y", "t"})
_NO = frozenset({"false", "no", "0", "n", "f"})
_LONGEST_WORD = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(cell: str) -> int:
    """Take a time as ISO 8601, Go or Ruby write it, in milliseconds; UTC unless it says more."""
    try:
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            time = datetime.fromisoformat(_ZONE.sub(lambda found: found[1] or "+00:00", cell))
        aware = time if time.tzinfo else time.replace(tzinfo=UTC)
        at_ms = round(aware.timestamp() * 1000)
        # In UTC it may lie outside the years that there are, and no export could write it.
        _EPOCH + timedelta(milliseconds=at_ms)
    except (ValueError, OverflowError):
        raise InvalidValueError("not a time such as 2026-01-31T08:00:00Z") from None
    return at_ms


@lru_cache(maxsize=4096)
def parse_tags(cell: str) -> frozenset[str]:
    """Take tags that commas or semicolons separate."""
    return frozenset(parse_tag(part) for part in re.split("[,;]", cell) if part.strip())


@lru_cache(maxsize=4096)
def parse_quoted_tags(cell: str) -> frozenset[str]:
    """Take tags that commas separate, each in quotation marks of its own or in none."""
    parts = next(csv.reader([cell.replace("\n", " ")], skipinitialspace=True), [])
    return frozenset(tag for part in parts for tag in parse_tags(part))


def find_language(cell: str) -> str:
    """Take a language where the cell holds one; a service's own word for it is left out."""
    try:
        return parse_language(cell)
    except InvalidValueError:
        return ""


def find_timezone(cell: str) -> str:
    """Take a time zone where the cell holds one; a service's own word for it is left out."""
    try:
        return parse_timezone(cell)
    except InvalidValueError:
        return ""


@lru_cache(maxsize=1024)
def parse_network(cell: str) -> str:
    """Take the network of an IP address; what is none tells nothing."""
    network = find_network(cell)
    return "" if network is None else str(network)


def parse_attributes(cell: str) -> Mapping[str, str]:
    """Take a JSON object apart into texts by name; what is none stays whole under no name."""
    try:
        found = json.loads(cell)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"": cell}
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in found.items()
        if value not in (None, "")
    }


def read_words(words: Mapping[str, Standing]) -> ReadStanding:
    """Make what reads a column of status words; a word that is not among them is refused."""

    def read(cell: str) -> Standing:
        standing = words.get(cell.lower())
        if standing is None:
            raise InvalidValueError(
                f"the status {quote_word(cell)} is not known, and nothing is guessed"
                if cell
                else "there is no status, and nothing is guessed"
            )
        return standing

    return read


def read_switch(*, on: Standing | None, off: Standing | None) -> ReadStanding:
    """Make what reads a column of true and false; anything else is refused, also nothing."""

    def read(cell: str) -> Standing | None:
        word = cell.lower()
        if word in _YES:
            return on
        if word in _NO:
            return off
        raise InvalidValueError(
            f"{quote_word(cell)} is neither true nor false, and nothing is guessed"
        )

    return read


def read_beginning(cell: str) -> Standing | None:
    """Read a column that is false for whoever said no; else true, or since when it is."""
    word = cell.lower()
    if word in _NO:
        return LEFT
    if word not in _YES:
        try:
            parse_time(cell)
        except InvalidValueError:
            raise InvalidValueError(
                f"{quote_word(cell)} is neither true nor false nor a time, and nothing is guessed"
            ) from None
    return None


def read_end(standing: Standing = LEFT) -> ReadStanding:
    """Make what reads a column that is empty until something ended: a time, or true and false."""

    def read(cell: str) -> Standing | None:
        word = cell.lower()
        if not word or word in _NO:
            return None
        if word in _YES:
            return standing
        try:
            return standing._replace(at_ms=parse_time(cell))
        except InvalidValueError:
            raise InvalidValueError(
                f"{quote_word(cell)} is neither a time nor true or false, and nothing is guessed"
            ) from None

    return read


def quote_word(cell: str) -> str:
    """Quote a word of the file for an error, unless it may be somebody's data."""
    if not cell:
        return "an empty cell"
    is_word = len(cell) <= _LONGEST_WORD and "@" not in cell and cell.isprintable()
    return repr(cell) if is_word else "what stands there"
