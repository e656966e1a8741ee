r"""Emoji by name, as in ``:tada:``. A name nobody knows stays as it was written.

So does one behind a backslash, ``\:tada:``, as with every other mark of Markdown.
"""

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from markdown_it.token import Token

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

#: Stands for an escaped colon until the names were replaced; no text of an issue has it, because
#: `newsletter.rendering.markdown.replace_unwritable` takes it out.
_ESCAPED_COLON: Final = "\ufdd2"

#: Not inside a word or a time such as 10:30:00.
_SHORT_CODE: Final = re.compile(
    r"(?<![\w:/]):([a-z0-9_+-]+):(?![\w/])|(?<=:):([a-z0-9_+-]+):(?!\w)"
)


def keep_escaped_colons(state: "StateCore") -> None:
    """Tell an escaped colon from others, before both become text."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "text_special" and child.content == ":":
                child.content = _ESCAPED_COLON


def name_emoji(tokens: list[Token]) -> list[Token]:
    """Write emoji in place of their names, in words only."""
    for token in tokens:
        if token.type == "text" and token.content.count(":") > 1:
            token.content = _SHORT_CODE.sub(_replace, token.content)
        token.content = token.content.replace(_ESCAPED_COLON, ":")
    return tokens


def _replace(match: re.Match[str]) -> str:
    return _load_names().get(match[1] or match[2], match[0])


@cache
def _load_names() -> dict[str, str]:
    table = files("newsletter.rendering").joinpath("emoji_names.txt").read_text("utf-8")
    rows = (line.split() for line in table.splitlines() if line and not line.startswith("# "))
    return {name: emoji for emoji, *names in rows for name in names}
