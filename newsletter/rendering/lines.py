"""Which line of the Markdown an element of the page comes from, for those who look for faults."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: Holds the line of the issue's file; never part of a message.
LINE_ATTRIBUTE: Final = "data-line"
_BREAKS: Final = frozenset({"softbreak", "hardbreak"})


def mark_lines(tokens: "Sequence[Token]", first_line: int) -> None:
    """Let each element that is made from tokens name its line.

    A child of a paragraph is on the line that the breaks before it lead to. What has no place of
    its own, such as an element of raw HTML, has that of the block before it.

    Args:
        tokens: As parsed.
        first_line: Of the Markdown in its file, counted from 1.
    """
    row = 0
    for token in tokens:
        row = token.map[0] if token.map else row
        line = first_line + row
        if token.nesting >= 0 and token.type != "inline":
            token.attrSet(LINE_ATTRIBUTE, str(line))
        for child in token.children or ():
            if child.type in _BREAKS:
                line += 1
            elif child.nesting >= 0 and child.type != "text":
                child.attrSet(LINE_ATTRIBUTE, str(line))
