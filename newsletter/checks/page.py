"""An edition's page as a tree whose elements know their place in the Markdown."""

from typing import TYPE_CHECKING, Final

from newsletter.checks.css import Declaration, StyleSheet, parse_declarations, parse_style_sheet
from newsletter.rendering.outline import Place
from newsletter.rendering.places import PLACE_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_HIDING: Final = frozenset(
    {("display", "none"), ("visibility", "hidden"), ("opacity", "0")}
    | {("max-height", "0"), ("max-height", "0px")}
)


class Page:
    """A page, parsed once for all checks.

    Args:
        html: A whole page, its fields filled; elements made from the Markdown carry
            `PLACE_ATTRIBUTE`.
    """

    def __init__(self, html: str) -> None:
        import lxml.html

        self.html = html
        # As bytes: a text with an encoding declaration is refused by lxml.
        parser = lxml.html.HTMLParser(encoding="utf-8")
        self.root: HtmlElement = lxml.html.document_fromstring(html.encode(), parser=parser)

    def list_elements(self, *names: str) -> "Iterator[HtmlElement]":
        """Walk over all elements, or those of some names, in the order of the page."""
        for element in self.root.iter(*names):
            if isinstance(element.tag, str):
                yield element

    def list_style_sheets(self) -> list[StyleSheet]:
        """Read every style element; those inside comments for Outlook are not seen."""
        return [parse_style_sheet(element.text or "") for element in self.root.iter("style")]


def find_place(element: "HtmlElement") -> Place:
    """Find the place in the file that an element comes from; line 0 for the theme's own."""
    nearest: HtmlElement | None = element
    while nearest is not None:
        if written := nearest.get(PLACE_ATTRIBUTE):
            line, _, column = written.partition(":")
            return Place(int(line), int(column))
        nearest = nearest.getparent()
    return Place(0, 0)


def read_style(element: "HtmlElement") -> tuple[Declaration, ...]:
    """Read an element's style attribute."""
    return parse_declarations(element.get("style") or "")


def read_words(element: "HtmlElement") -> str:
    """Give what an element says on one line; an image says its description."""
    words = [text or "" for text in element.itertext()]
    words += [image.get("alt") or "" for image in element.iter("img")]
    return " ".join(" ".join(words).split())


def is_hidden(element: "HtmlElement") -> bool:
    """Tell whether an element, by its own style or one around it, is not seen."""
    nearest: HtmlElement | None = element
    while nearest is not None:
        if any((each.name, each.value) in _HIDING for each in read_style(nearest)):
            return True
        nearest = nearest.getparent()
    return False
