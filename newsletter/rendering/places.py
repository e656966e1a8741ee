"""Which place of the Markdown an element of the page comes from, for those who look for faults."""

from typing import TYPE_CHECKING, Final

from newsletter.rendering.outline import Place, SourceText, iter_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: Holds ``line:column`` of the issue's file; never part of a message.
PLACE_ATTRIBUTE: Final = "data-place"


def mark_places(tokens: "Sequence[Token]", source: SourceText) -> None:
    """Let each element that is made from tokens name its place.

    What has no place of its own, such as an element of raw HTML, has that of the block before it.
    """
    last = Place(source.first_line, 1)
    for token in tokens:
        last = source.locate_block(token) if token.map else last
        if token.nesting >= 0 and token.type != "inline":
            _mark(token, last)
        for child, place in iter_places(token, source):
            if child.nesting >= 0 and child.type != "text":
                _mark(child, place if token.map and place.column else last)


def _mark(token: "Token", place: Place) -> None:
    token.attrSet(PLACE_ATTRIBUTE, f"{place.line}:{place.column}")
