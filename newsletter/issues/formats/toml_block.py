"""TOML front matter, as Hugo writes it between two lines of `+++`."""

import re

from newsletter.issues.source import Block, Entry, Place

#: Everything that may hide a bracket or a line end, then brackets and line ends themselves.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)
#: The first part of a key at the start of a statement, alone or as a table's header.
_KEY = re.compile(r'[ \t]*(\[{0,2})[ \t]*(?:"((?:\\.|[^"\\\n])*)"|\'([^\'\n]*)\'|([\w-]+))')
#: Python before 3.14 tells the position in the message alone.
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def parse_toml(block: Block) -> dict[str, Entry]:
    """Parse a block of TOML.

    Raises:
        IssueError: Names the line and column of the file where the TOML breaks.
    """
    import tomllib

    try:
        values = tomllib.loads(block.text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        position = _POSITION.search(message)
        offset = len(block.text)
        if position and position[1]:
            offset = _offset(block.text, int(position[1]), int(position[2]))
        raise block.error(offset, f"TOML: {_POSITION.sub('', message)}") from error
    except ValueError as error:  # Python refuses to convert more than 4,300 digits
        raise block.error(0, "TOML: a number has too many digits") from error
    except RecursionError as error:
        raise block.error(0, "TOML: nested too deeply") from error
    places = _find_places(block)
    return {key: Entry(value, places.get(key, block.place(0))) for key, value in values.items()}


def _offset(text: str, line: int, column: int) -> int:
    """Turn a line and column, both counted from 1, into the index of a character."""
    return sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1


def _find_places(block: Block) -> dict[str, Place]:
    """Find the top-level keys of valid TOML, of which the parser tells values only."""
    places: dict[str, Place] = {}
    text, depth, is_in_table = block.text, 0, False

    def take_key(start: int) -> None:
        """Note the key of the statement that begins here, if there is one."""
        nonlocal is_in_table
        found = _KEY.match(text, start)
        if not found:
            return
        is_in_table = is_in_table or bool(found[1])
        if found[1] or not is_in_table:
            key = found[2] or found[3] or found[4] or ""
            places.setdefault(key, block.place(found.end(1)))

    take_key(0)
    for token in _TOKEN.finditer(text):
        if token[0] in {"[", "{"}:
            depth += 1
        elif token[0] in {"]", "}"}:
            depth -= 1
        elif token[0] == "\n" and depth == 0:
            take_key(token.end())
    return places
