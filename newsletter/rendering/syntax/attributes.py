"""Attribute lists after an element, in kramdown's and in pandoc's manner.

    ![a](a.png){width=300}    ## Title {#anchor .class}    {: .lead }

Size, title and description of an image and the anchor of a heading have a meaning in mail. Classes
and all else are for the style sheets of a site, and are left out.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from markdown_it.token import Token

_ITEM: Final = r"""(?:[.#][\w:-]+|[\w:-]+\s*=\s*(?:"[^"{}]*"|'[^'{}]*'|[^\s"'{}]+))"""
#: With a colon, words alone are attributes too.
_LIST: Final = (
    rf"\{{(?::\s*(?P<colon>(?:(?:{_ITEM}|[\w-]+)\s*)*)|\s*(?P<plain>{_ITEM}(?:\s+{_ITEM})*)\s*)\}}"
)
_AT_START: Final = re.compile(_LIST)
_AT_END: Final = re.compile(rf"\s*{_LIST}\s*$")
_ITEMS: Final = re.compile(
    r"""\#(?P<id>[\w:-]+)|(?P<key>[\w:-]+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'{}]+))"""
)
#: What may stand before a list without a space.
_ELEMENTS: Final = frozenset({"image", "link_close", "strong_close", "em_close", "code_inline"})
_PIXELS: Final = re.compile(r"(\d{1,4})(?:px)?")
_STYLE_WIDTH: Final = re.compile(r"(?:^|;)\s*(?:max-)?width\s*:\s*(\d{1,4})px")


def read_attributes(tokens: Sequence[Token]) -> list[Token]:
    """Apply attribute lists to the elements before them and take them out of the text."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "inline" and token.children:
            _read_after_elements(token.children)
            block = kept[-1] if kept else None
            _read_at_end(block, token.children)
            words = [each for each in token.children if each.type != "text" or each.content]
            token.children = words or token.children[:1]
        kept.append(token)
    return _without_empty_paragraphs(kept)


def set_pixels(image: Token, *, width: str, height: str = "") -> None:
    """Give an image the size that an author wrote, in px; anything else is no size in mail."""
    for name, written in (("width", width), ("height", height)):
        match = _PIXELS.fullmatch(written.strip())
        if match is not None and int(match[1]):
            image.attrSet(name, match[1])


def _read_after_elements(children: list[Token]) -> None:
    for before, token in pairwise(children):
        if token.type != "text" or before.type not in _ELEMENTS:
            continue
        match = _AT_START.match(token.content)
        if match is not None:
            token.content = token.content[match.end() :]
            if before.type == "image":
                _dress_image(before, _list_items(match))


def _read_at_end(block: Token | None, children: list[Token]) -> None:
    """Read the list at the end of a heading or on the last line of a paragraph."""
    last = children[-1]
    match = _AT_END.search(last.content) if last.type == "text" else None
    if match is None:
        return
    is_heading = block is not None and block.type == "heading_open"
    has_own_line = match.start() == 0 and (
        len(children) == 1 or children[-2].type in {"softbreak", "hardbreak"}
    )
    if is_heading or has_own_line:
        last.content = last.content[: match.start()]
        if has_own_line and len(children) > 1:
            del children[-2:]
        if block is not None and (anchor := _list_items(match).get("id")):
            block.meta["own_anchor"] = anchor


def _list_items(match: re.Match[str]) -> dict[str, str]:
    items: dict[str, str] = {}
    for item in _ITEMS.finditer(match["colon"] or match["plain"] or ""):
        if item["id"]:
            items["id"] = item["id"]
        elif item["key"]:
            items[item["key"].lower()] = item["double"] or item["single"] or item["bare"] or ""
    return items


def _dress_image(image: Token, items: dict[str, str]) -> None:
    from_style = _STYLE_WIDTH.search(items.get("style", ""))
    width = items.get("width") or (from_style[1] if from_style else "")
    set_pixels(image, width=width, height=items.get("height", ""))
    if items.get("title"):
        image.attrSet("title", items["title"])


def _without_empty_paragraphs(tokens: list[Token]) -> list[Token]:
    """Leave out paragraphs that held nothing but an attribute list."""
    kept: list[Token] = []
    for token in tokens:
        is_empty = (
            token.type == "paragraph_close"
            and len(kept) > 1
            and kept[-1].type == "inline"
            and kept[-1].children
            and len(kept[-1].children) == 1
            and kept[-1].children[0].type == "text"
            and not kept[-1].children[0].content
            and kept[-1].content
        )
        if is_empty:
            del kept[-2:]
        else:
            kept.append(token)
    return kept
