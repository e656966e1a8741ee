"""What MJML knows, element by element, and what the compiler leaves out of it.

The facts stand in `mjml_schema.json`, made by `tools/make_mjml_schema.py` from npm's mjml; the
compiler here is mrml, which lacks a few of them and says nothing about it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

#: Elements that hold HTML or words; MJML does not look inside.
CONTENT: Final = frozenset(
    [
        *("mj-accordion-text", "mj-accordion-title", "mj-button", "mj-navbar-link", "mj-preview"),
        *("mj-raw", "mj-social-element", "mj-style", "mj-table", "mj-text", "mj-title"),
    ]
)
#: These hold words only: mrml refuses a tag in them, without saying where.
WORDS_ONLY: Final = frozenset({"mj-preview", "mj-title"})

#: Element → what to write instead.
LACKING_ELEMENTS: Final = {
    "mj-html-attributes": "the compiler here has none; write the attributes in an mj-raw",
    "mj-include": "it is not allowed; write {% include %} in the template",
}
#: (element, attribute) → what happens to it. None for any value, else the value meant.
LACKING_ATTRIBUTES: Final = {
    ("mj-raw", "position"): "the compiler here refuses it",
    ("mj-style", "inline"): "the compiler here ignores it; write the rules in theme.css",
    ("mj-button", "title"): "the compiler here ignores it",
    ("mj-image", "sizes"): "the compiler here ignores it",
    ("mj-table", "role"): "the compiler here ignores it",
}

_UNIT: Final = re.compile(r"(unit|unitWithNegative)\(([^)]*)\)(?:\{1,(\d)\})?")
_ENUM: Final = re.compile(r"enum\(([^)]*)\)")
_HEX: Final = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")
_SHORT_HEX: Final = re.compile(r"#[0-9A-Fa-f]{3,4}")


@dataclass(frozen=True, slots=True)
class Schema:
    """Which attributes and children each element takes."""

    #: Element → attribute → its type, in mjml's notation: ``unit(px,%){1,4}``.
    attributes: Mapping[str, Mapping[str, str]]
    #: Element → elements that may stand in it.
    children: Mapping[str, tuple[str, ...]]

    def list_parents(self, name: str) -> list[str]:
        """List the elements in which another may stand."""
        return [parent for parent, allowed in self.children.items() if name in allowed]

    def list_all_attributes(self) -> dict[str, str]:
        """List the attributes of all elements, for those that set them for others."""
        return {name: kind for each in self.attributes.values() for name, kind in each.items()}


@cache
def load_schema() -> Schema:
    """Read the facts, once."""
    facts = json.loads((files("newsletter.rendering") / "mjml_schema.json").read_text("utf-8"))
    children = {name: tuple(allowed) for name, allowed in facts["children"].items()}
    return Schema(facts["attributes"], children)


def find_fault(value: str, kind: str) -> str:
    """Tell what is wrong with an attribute's value; empty when nothing is.

    Args:
        value: As written; references to characters not resolved.
        kind: A type in mjml's notation.
    """
    if unit := _UNIT.fullmatch(kind):
        return _find_unit_fault(value, unit[2].split(","), int(unit[3] or 1), unit[1] != "unit")
    if choice := _ENUM.fullmatch(kind):
        words = choice[1].split(",")
        expected = ", ".join(word for word in words if word)
        return "" if value in words else f"expected one of {expected}"
    match kind:
        case "color":
            return _find_color_fault(value)
        case "boolean":
            return "" if value in {"true", "false"} else "expected true or false"
        case "integer":
            return "" if value.isdigit() else "expected a whole number"
        case _:
            return ""


def _find_unit_fault(value: str, units: list[str], most: int, may_be_negative: bool) -> str:
    """Check numbers with units; an empty unit among them allows a bare number."""
    words = {"auto"} & set(units)
    suffixes = "|".join(re.escape(unit) for unit in units if unit not in words)
    sign = "-?" if may_be_negative else ""
    number = re.compile(rf"{sign}(?:\d+(?:\.\d+)?|\.\d+)(?:{suffixes})|0")
    parts = value.split()
    if 1 <= len(parts) <= most and all(part in words or number.fullmatch(part) for part in parts):
        return ""
    named = " or ".join(unit or "no unit" for unit in units)
    count = "a number" if most == 1 else f"1 to {most} numbers"
    return f"expected {count} with {named}"


def _find_color_fault(value: str) -> str:
    if _HEX.fullmatch(value):
        return ""
    if _SHORT_HEX.fullmatch(value):
        doubled = "".join(digit * 2 for digit in value[1:])
        return f"write six digits, #{doubled}: some clients know no others"
    from tinycss2.color3 import parse_color

    return "" if parse_color(value) else 'expected a colour, such as "#1d4ed8"'
