"""Indented code whose first line names its language, as Pelican and Python-Markdown write it.

:::python
print("x")
"""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

_FIRST_LINE: Final = re.compile(r":::([a-z][\w+#-]*)[ \t]*\n", re.IGNORECASE)


def name_languages(tokens: Sequence[Token]) -> None:
    """Take the line out, and colour the code by it."""
    for token in tokens:
        match = _FIRST_LINE.match(token.content) if token.type == "code_block" else None
        if match is not None:
            token.type, token.tag, token.info = "fence", "code", match[1].lower()
            token.content = token.content[match.end() :]
