"""MJML → HTML by mrml, kept from what crashes or garbles it; only here is mjml imported."""

import re
import unicodedata
from typing import Final

from newsletter.errors import RenderError
from newsletter.rendering.mjml_check import check_mjml
from newsletter.rendering.template_places import Filled

_POSITION: Final = re.compile(r"position (\d+):\d+")
#: Unicode categories of what mrml garbles in attributes: invisible and combining characters,
#: unusual spaces, private use. A reference to the character passes.
_GARBLED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Me", "Mn", "Zl", "Zp", "Zs"})

#: mrml repeats a column's vertical-align, which is CSS, as an attribute that no client knows.
_STRAY_ATTRIBUTE: Final = re.compile(r'(?<=") vertical-align="\w+"(?=[ >])')


def compile_mjml(mjml: Filled) -> str:
    """Make a page from MJML.

    No font is fetched by the page, whatever fonts it names. Attribute values must have passed
    through `escape_for_mjml`.

    Args:
        mjml: What the template gave.

    Raises:
        RenderError: The MJML is wrong, asks for another file or nests too deeply; names every
            place in the templates, one on a line.
    """
    from mjml import mjml2html

    if problems := check_mjml(mjml.text):
        raise RenderError(
            "\n".join(f"{mjml.place(each.offset)}: {each.message}" for each in problems)
        )
    try:
        page = mjml2html(mjml.text, fonts={})
    except ValueError as error:  # UnicodeEncodeError is one
        raise RenderError(f"{_place(mjml, error)}: {error}") from error
    return _STRAY_ATTRIBUTE.sub("", page)


def escape_for_mjml(value: object) -> object:
    """Escape a template's value so that mrml passes it on unchanged.

    mrml writes attributes as Rust shows strings to programmers: invisible characters come out as
    codes in braces, a quotation mark ends the attribute. Numeric references pass.
    """
    from markupsafe import Markup, escape

    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    safe = "".join(char if _passes_mjml(char) else f"&#{ord(char)};" for char in str(escape(value)))
    return Markup(safe)  # noqa: S704 - escaped in the line above


def _place(mjml: Filled, error: ValueError) -> str:
    """Name the place of an error, which mrml counts in bytes of UTF-8."""
    position = _POSITION.search(str(error))
    if position is None:
        return mjml.template
    before = mjml.text.encode("utf-8", "replace")[: int(position[1])].decode("utf-8", "ignore")
    return mjml.place(len(before))


def _passes_mjml(char: str) -> bool:
    return char == " " or (char != "\\" and unicodedata.category(char) not in _GARBLED)
