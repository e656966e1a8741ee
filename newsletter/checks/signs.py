"""What a page uses of HTML and CSS, as signs: ``property:gap``, ``element:video``, ``unit:rem``.

The same signs stand in caniemail.json, where `tools/refresh_caniemail.py` wrote them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from newsletter.checks.css import Declaration, StyleSheet
from newsletter.checks.page import Page, find_place, read_style
from newsletter.rendering.outline import Place

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_SELECTOR_SIGNS: Final = (
    ("selector:+", re.compile(r"\+")),
    ("selector:[]", re.compile(r"\[")),
    ("selector:chain", re.compile(r"[\w-]\.[\w-]")),
    ("selector:>", re.compile(r">")),
    ("selector:.", re.compile(r"\.[\w-]")),
    ("selector:space", re.compile(r"[\w\])*]\s+[\w.#\[*:]")),
    ("selector:~", re.compile(r"~(?!=)")),
    ("selector:,", re.compile(r",")),
    ("selector:#", re.compile(r"#[\w-]")),
    ("selector:type", re.compile(r"(?:^|[\s>+~,])[a-z][\w-]*")),
    ("selector:*", re.compile(r"(?:^|[\s>+~,])\*")),
)
_PSEUDO: Final = re.compile(r"::?([a-z-]+)")
_MEDIA_FEATURES: Final = (
    *("prefers-color-scheme", "prefers-reduced-motion", "hover", "orientation"),
    "device-pixel-ratio",
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One use of something that a mail client may not know."""

    name: str
    #: As it is written in the page, shortened.
    shown: str
    #: In the issue's file; line 0 for what the theme uses itself.
    place: Place


def list_signs(page: Page) -> Iterator[Sign]:
    """List what a page uses, as often as it does."""
    for element in page.list_elements():
        place = find_place(element)
        for name, shown in _read_element(element):
            yield Sign(name, shown, place)
        for name, shown in _read_declarations(read_style(element)):
            yield Sign(name, shown, place)
    for sheet in page.list_style_sheets():
        for name, shown in _read_sheet(sheet):
            yield Sign(name, shown, Place(0, 0))


def _read_element(element: "HtmlElement") -> Iterator[tuple[str, str]]:
    tag = str(element.tag)
    yield f"element:{tag}", f"<{tag}>"
    for attribute in element.attrib:
        yield f"attribute:{attribute}", f"<{tag} {attribute}>"
    target = element.get("href") or ""
    if tag == "a" and len(target) > 1 and target.startswith("#"):
        yield "anchor:", target
    if tag == "a" and target.startswith("mailto:"):
        yield "mailto:", "mailto:"
    if tag in {"input", "button"}:
        yield f"input:{element.get('type') or 'text'}", f"<{tag}>"
    if tag == "meta":
        yield f"meta:{element.get('name')}", f"<meta {element.get('name')}>"
    if tag == "img":
        yield from _read_image(element.get("src") or "")


def _read_image(target: str) -> Iterator[tuple[str, str]]:
    if target.startswith("data:"):
        yield "image:base64", "data: image"
        return
    try:
        path = urlsplit(target).path
    except ValueError:
        return
    name = path.rpartition("/")[2]
    yield f"image:{name.rpartition('.')[2].lower()}", name


def _read_declarations(declarations: Iterable[Declaration]) -> Iterator[tuple[str, str]]:
    for each in declarations:
        shown = f"{each.name}: {each.value}"[:60]
        yield f"property:{each.name}", shown
        yield f"declaration:{each.name}={each.value}", shown
        for function in each.functions:
            yield f"function:{function}", shown
        for unit in each.units:
            yield f"unit:{unit}", shown
        for word in each.words:
            yield f"word:{word}", shown
        if each.is_important:
            yield "important:", shown


def _read_sheet(sheet: StyleSheet) -> Iterator[tuple[str, str]]:
    if sheet.has_comments:
        yield "css-comment:", "/* */"
    for name in sheet.at_rules:
        yield f"at-rule:{name}", f"@{name}"
    for rule in sheet.rules:
        for feature in _MEDIA_FEATURES:
            if feature in rule.condition:
                yield f"media:{feature}", rule.condition
        for name, pattern in _SELECTOR_SIGNS:
            if pattern.search(rule.selector):
                yield name, rule.selector
        for name in _PSEUDO.findall(rule.selector):
            yield f"pseudo:{name}", rule.selector
        yield from _read_declarations(rule.declarations)
