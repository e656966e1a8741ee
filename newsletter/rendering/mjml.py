"""MJML → HTML by mrml, kept from what crashes or garbles it; only here is mjml imported."""

import re
import unicodedata
from typing import Final

from newsletter.errors import RenderError

#: 20,000 nested elements kill the process, 5,000 do not; a theme needs about 20.
_MAX_DEPTH: Final = 200
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG: Final = re.compile(r"<(/?)([A-Za-z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_INCLUDE: Final = re.compile(r"<mj-include\b")
_POSITION: Final = re.compile(r"position (\d+):\d+")
#: Elements that have no end tag in HTML.
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]
)
#: Unicode categories of what mrml garbles in attributes: invisible and combining characters,
#: unusual spaces, private use. A reference to the character passes.
_GARBLED: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Me", "Mn", "Zl", "Zp", "Zs"})

#: mrml repeats a column's vertical-align, which is CSS, as an attribute that no client knows.
_STRAY_ATTRIBUTE: Final = re.compile(r'(?<=") vertical-align="\w+"(?=[ >])')


def compile_mjml(mjml: str, *, template: str) -> str:
    """Make a page from MJML.

    No font is fetched by the page, whatever fonts it names. Attribute values must have passed
    through `escape_for_mjml`.

    Args:
        mjml: What the template gave.
        template: Its name, for messages.

    Raises:
        RenderError: The MJML cannot be compiled, asks for another file or nests too deeply;
            names the line and column of the MJML.
    """
    from mjml import mjml2html

    _refuse_include(mjml, template)
    _refuse_depth(mjml, template)
    try:
        page = mjml2html(mjml, fonts={})
    except ValueError as error:  # UnicodeEncodeError is one
        raise RenderError(f"{_place(mjml, template, error)}: {error}") from error
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


def _refuse_include(mjml: str, template: str) -> None:
    include = _INCLUDE.search(mjml)
    if include is not None:
        raise RenderError(
            f"{_at(mjml, include.start(), template)}: mj-include is not allowed; "
            "write {% include %} in the template"
        )


def _refuse_depth(mjml: str, template: str) -> None:
    depth = 0
    text = _COMMENT.sub(lambda match: " " * len(match[0]), mjml)
    for tag in _TAG.finditer(text):
        if tag[1]:
            depth -= 1
        elif not tag[4] and tag[2].lower() not in _VOID:
            depth += 1
        if depth > _MAX_DEPTH:
            raise RenderError(
                f"{_at(mjml, tag.start(), template)}: elements nest deeper than {_MAX_DEPTH}"
            )


def _place(mjml: str, template: str, error: ValueError) -> str:
    """Name the place of an error, which mrml counts in bytes of UTF-8."""
    position = _POSITION.search(str(error))
    if position is None:
        return f"{template} (the MJML made from it)"
    before = mjml.encode("utf-8", "replace")[: int(position[1])].decode("utf-8", "ignore")
    return _at(mjml, len(before), template)


def _at(mjml: str, index: int, template: str) -> str:
    line_start = mjml.rfind("\n", 0, index) + 1
    line, column = mjml.count("\n", 0, index) + 1, index - line_start + 1
    shown = mjml[line_start:].split("\n", 1)[0].strip()[:80]
    return f"{template} (line {line}, column {column} of the MJML made from it: {shown})"


def _passes_mjml(char: str) -> bool:
    return char == " " or (char != "\\" and unicodedata.category(char) not in _GARBLED)
