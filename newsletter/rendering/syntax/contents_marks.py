"""Places where a site would put a list of contents: the mail has its own, made by the theme."""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

_MARK: Final = re.compile(r"\[\[?_?TOC_?\]\]?|[^\n]*\n?\{:\s*toc\b[^}\n]*\}", re.IGNORECASE)
_LISTS: Final = frozenset({"bullet_list_open", "ordered_list_open"})


def without_contents_marks(tokens: Sequence[Token]) -> list[Token]:
    """Leave out ``[TOC]`` alone in a paragraph, and kramdown's list of one item with ``{:toc}``."""
    kept: list[Token] = []
    place = 0
    while place < len(tokens):
        size = _measure_mark(tokens[place : place + 7])
        kept += [] if size else [tokens[place]]
        place += size or 1
    return kept


def _measure_mark(tokens: Sequence[Token]) -> int:
    """Count the tokens of the mark that begins here; 0 where none does."""
    size, at = (7, 3) if tokens[0].type in _LISTS else (3, 1)
    if tokens[0].level or len(tokens) < size or not _MARK.fullmatch(tokens[at].content):
        return 0
    is_list = size == 7 and tokens[6].type.endswith("_list_close")
    return size if is_list or (size == 3 and tokens[0].type == "paragraph_open") else 0
