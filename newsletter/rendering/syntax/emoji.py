"""Emoji by name, as in ``:tada:``. A name nobody knows stays as it was written."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

from markdown_it.token import Token

#: Not inside a word or a time such as 10:30:00.
_SHORT_CODE: Final = re.compile(
    r"(?<![\w:/]):([a-z0-9_+-]+):(?![\w/])|(?<=:):([a-z0-9_+-]+):(?!\w)"
)


def name_emoji(tokens: list[Token]) -> list[Token]:
    """Write emoji in place of their names, in words only."""
    for token in tokens:
        if token.type == "text" and token.content.count(":") > 1:
            token.content = _SHORT_CODE.sub(_replace, token.content)
    return tokens


def _replace(match: re.Match[str]) -> str:
    return _load_names().get(match[1] or match[2], match[0])


@cache
def _load_names() -> dict[str, str]:
    table = files("newsletter.rendering").joinpath("emoji_names.txt").read_text("utf-8")
    rows = (line.split() for line in table.splitlines() if line and not line.startswith("# "))
    return {name: emoji for emoji, *names in rows for name in names}
