"""JSON front matter: an object at the top of the file, as Hugo reads it."""

import re
from typing import NoReturn

from newsletter.issues.source import Block, Entry, Place

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[\[\]{}]', re.DOTALL)
_COLON = re.compile(r"\s*:")


def parse_json(block: Block) -> tuple[dict[str, Entry], int]:
    """Parse the object that a block begins with.

    Returns:
        The entries, and how many characters of the block the object takes.

    Raises:
        IssueError: Names the line and column of the file where the JSON breaks.
    """
    import json

    text = block.text
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_integer)
    try:
        values, end = decoder.raw_decode(text)
    except json.JSONDecodeError as error:
        raise block.error(error.pos, f"JSON: {error.msg}") from error
    except ValueError as error:
        raise block.error(0, f"JSON: {error}") from error
    except RecursionError as error:
        raise block.error(0, "JSON: nested too deeply") from error
    places = _find_places(Block(block.source, block.start, block.start + end))
    return {key: Entry(value, places[key]) for key, value in values.items()}, end


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")  # Python reads it, RFC 8259 does not know it


def _parse_integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # Python refuses to convert more than 4,300 digits
        raise ValueError("a number has too many digits") from error


def _find_places(block: Block) -> dict[str, Place]:
    """Find the keys of the outermost object of valid JSON; each may stand there once."""
    import json

    places: dict[str, Place] = {}
    text, depth = block.text, 0
    for token in _TOKEN.finditer(text):
        if token[0] in {"{", "["}:
            depth += 1
        elif token[0] in {"}", "]"}:
            depth -= 1
        elif depth == 1 and _COLON.match(text, token.end()):
            key, place = json.loads(token[0]), block.place(token.start())
            if key in places:
                raise block.error(
                    token.start(), f"{key} stands here again, first on line {places[key].line}"
                )
            places[key] = place
    return places
