"""Which line of the Markdown an element of the page comes from, for those who look for faults."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Holds the line of the issue's file; never part of a message.
LINE_ATTRIBUTE: Final = "data-line"
_BREAKS: Final = frozenset({"softbreak", "hardbreak"})


def mark_lines(tokens: "Sequence[Token]", first_line: int) -> None:
    """Let each element that is made from tokens name its line.

    A child of a paragraph is on the line that the breaks before it lead to.

    Args:
        tokens: As parsed; those without a place, such as a closing tag, are passed over.
        first_line: Of the Markdown in its file, counted from 1.
    """
    for token in tokens:
        if token.map is None:
            continue
        line = first_line + token.map[0]
        if token.nesting >= 0 and token.type != "inline":
            token.attrSet(LINE_ATTRIBUTE, str(line))
        for child in token.children or ():
            if child.type in _BREAKS:
                line += 1
            elif child.nesting >= 0 and child.type != "text":
                child.attrSet(LINE_ATTRIBUTE, str(line))
