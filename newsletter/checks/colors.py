"""Which colours text and background have in the end, in light or in dark: the cascade of CSS.

As a mail client computes it from the elements' own styles and the rules of the head that are not
for narrow screens. Pictures behind text and colours that CSS alone knows leave it unknown.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from newsletter.checks.css import Declaration, StyleRule
from newsletter.checks.page import Page, read_style

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PROPERTIES: Final = frozenset(
    {"color", "background", "background-color", "font-size", "font-weight"}
)
#: Marks of Outlook's apps, and states that a pointer brings about.
_UNSEEN: Final = re.compile(r"data-ogs|:(?!root|first-child|not)")
_LENGTH: Final = re.compile(r"([\d.]+)(px|pt|em|rem|%)")
_PIXELS: Final = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}

#: Red, green, blue and how opaque, each 0 to 1.
_Color: TypeAlias = tuple[float, float, float, float]
#: Important, in the element itself, specificity, place in the sheets: the greater one wins.
_Weight: TypeAlias = tuple[bool, bool, tuple[int, int, int], int]


class Shade(StrEnum):
    """Which of a page's two palettes is looked at."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Look:
    """How an element's own text looks."""

    #: ``#`` and six hex digits.
    color: str = "#000000"
    #: None behind a picture.
    background: str | None = "#ffffff"
    size_px: float = 16.0
    is_bold: bool = False

    @property
    def is_large(self) -> bool:
        """Tell whether WCAG 2.2 calls it large: 18 pt, or 14 pt in bold."""
        return self.size_px >= (18.66 if self.is_bold else 24)


@lru_cache(maxsize=4)
def compute_looks(page: Page, shade: Shade) -> "dict[HtmlElement, Look]":
    """Compute the look of every element, from the outermost inwards."""
    styles = _collect_styles(page, shade)
    looks: dict[HtmlElement, Look] = {}
    for element in page.list_elements():
        parent = element.getparent()
        inherited = looks.get(parent, Look()) if parent is not None else Look()
        looks[element] = _apply(inherited, element, styles.get(element, {}))
    return looks


def _collect_styles(page: Page, shade: Shade) -> "dict[HtmlElement, dict[str, str]]":
    """Decide for each element which declaration of each property wins."""
    won: dict[HtmlElement, dict[str, tuple[_Weight, str]]] = {}

    def contend(
        element: "HtmlElement",
        declaration: Declaration,
        *,
        is_own: bool,
        specificity: tuple[int, int, int],
        place: int,
    ) -> None:
        name = declaration.name
        # The shorthand and the longhand contend for the same thing.
        name = "background" if name == "background-color" else name
        weight = (declaration.is_important, is_own, specificity, place)
        found = won.setdefault(element, {})
        if name not in found or weight >= found[name][0]:
            found[name] = (weight, declaration.value)

    rules = [rule for sheet in page.list_style_sheets() for rule in sheet.rules]
    for place, rule in enumerate(rules):
        declarations = [each for each in rule.declarations if each.name in _PROPERTIES]
        if declarations and _holds(rule, shade):
            for element, specificity in _select(page, rule.selector):
                for each in declarations:
                    contend(element, each, is_own=False, specificity=specificity, place=place)
    for element in page.list_elements():
        for each in read_style(element):
            if each.name in _PROPERTIES:
                contend(element, each, is_own=True, specificity=(0, 0, 0), place=0)
    return {
        element: {name: value for name, (_, value) in found.items()}
        for element, found in won.items()
    }


def _holds(rule: StyleRule, shade: Shade) -> bool:
    if not rule.condition:
        return True
    is_for_dark = re.search(r"prefers-color-scheme\s*:\s*dark", rule.condition) is not None
    return shade is Shade.DARK and is_for_dark and "width" not in rule.condition


def _select(page: Page, selector: str) -> "list[tuple[HtmlElement, tuple[int, int, int]]]":
    from cssselect import HTMLTranslator, SelectorError
    from cssselect import parse as parse_selector

    if _UNSEEN.search(selector):
        parts = [part for part in selector.split(",") if not _UNSEEN.search(part)]
        selector = ",".join(parts)
    found: list[tuple[HtmlElement, tuple[int, int, int]]] = []
    try:
        for parsed in parse_selector(selector) if selector.strip() else ():
            xpath = HTMLTranslator().selector_to_xpath(parsed)
            found += [(element, parsed.specificity()) for element in page.root.xpath(xpath)]
    except SelectorError:  # what cssselect cannot read, mail clients do not either
        pass
    return found


def _apply(inherited: Look, element: "HtmlElement", style: dict[str, str]) -> Look:
    look = inherited
    background = style.get("background") or element.get("bgcolor") or ""
    if "url(" in background or "gradient(" in background or element.get("background"):
        look = replace(look, background=None)
    elif color := _find_color(background):
        look = replace(look, background=_lay(color, look.background or "#ffffff"))
    text = style.get("color", "#0000ee" if element.tag == "a" and element.get("href") else "")
    if color := _find_color(text):
        look = replace(look, color=_lay(color, look.background or "#ffffff"))
    if size := _LENGTH.fullmatch(style.get("font-size", "")):
        look = replace(look, size_px=_measure(float(size[1]), size[2], inherited.size_px))
    weight = style.get("font-weight", "bold" if element.tag in {"b", "strong", "th"} else "")
    if weight:
        look = replace(look, is_bold=weight in {"bold", "bolder", "700", "800", "900"})
    return look


def _measure(number: float, unit: str, inherited_px: float) -> float:
    if unit in {"em", "%"}:
        return number * inherited_px / (100 if unit == "%" else 1)
    return number * _PIXELS[unit]


def _find_color(value: str) -> _Color | None:
    """Find the colour in a value of color or background; None for none and for transparent."""
    from tinycss2 import parse_component_value_list
    from tinycss2.color3 import RGBA, parse_color

    for token in parse_component_value_list(value):
        color = parse_color(token)
        if isinstance(color, RGBA) and color.alpha > 0:
            return (color.red, color.green, color.blue, color.alpha)
    return None


def _lay(color: _Color, background: str) -> str:
    """Lay a colour that may be transparent on another one."""
    channels, alpha = color[:3], color[3]
    under = [int(background[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    mixed = [
        over * alpha + below * (1 - alpha) for over, below in zip(channels, under, strict=True)
    ]
    return "#" + "".join(f"{round(min(max(each, 0), 1) * 255):02x}" for each in mixed)
