"""Which HTML a mail may hold, decided by nh3: elements, their attributes, their styles."""

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser
from typing import Final

_COMMON: Final = frozenset({"align", "bgcolor", "class", "dir", "lang", "style", "title"})
_CELL: Final = _COMMON | {"colspan", "rowspan", "valign", "width", "height", "scope"}
#: Attributes of the elements that stand between words.
INLINE: Final = {
    "a": _COMMON | {"href", "name", "id"},
    "img": _COMMON | {"src", "alt", "width", "height"},
    **dict.fromkeys(
        [
            "abbr",
            "b",
            "big",
            "cite",
            "code",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "ins",
            "kbd",
            "mark",
            "q",
            "s",
            "samp",
            "small",
            "span",
            "strike",
            "strong",
            "sub",
            "sup",
            "tt",
            "u",
            "var",
        ],
        _COMMON | {"color", "size"},
    ),
    "br": frozenset(),
    "wbr": frozenset(),
}
BLOCK: Final = {
    **dict.fromkeys(
        [
            "address",
            "article",
            "aside",
            "blockquote",
            "caption",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "li",
            "main",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "tbody",
            "tfoot",
            "thead",
            "ul",
        ],
        _COMMON,
    ),
    "table": _CELL | {"border", "cellpadding", "cellspacing", "role"},
    "tr": _CELL,
    "td": _CELL,
    "th": _CELL,
    "hr": _COMMON,
}
#: CSS that clients agree on; positions, backgrounds from elsewhere and the like are left out.
_STYLES: Final = frozenset(
    [
        "background-color",
        "border",
        "border-bottom",
        "border-collapse",
        "border-left",
        "border-radius",
        "border-right",
        "border-top",
        "color",
        "display",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-width",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "text-align",
        "text-decoration",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
    ]
)
_SCHEMES: Final = {"http", "https", "mailto", "tel"}


def clean_attributes(
    attributes: Sequence[tuple[str, str | None]], allowed: frozenset[str]
) -> dict[str, str]:
    """Let nh3 decide about attributes, on an element that may stand anywhere."""
    import nh3

    written = " ".join(f'{name}="{escape(value or "")}"' for name, value in attributes)
    cleaned = nh3.clean(
        f"<span {written}></span>",
        tags={"span"},
        attributes={"span": set(allowed)},
        url_schemes=_SCHEMES,
        filter_style_properties=set(_STYLES),
        link_rel=None,
    )
    reader = _AttributeReader()
    reader.feed(cleaned)
    return reader.attributes


class _AttributeReader(HTMLParser):
    """Reads the attributes of one element."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep them."""
        self.attributes = {name: value or "" for name, value in attrs if value}
