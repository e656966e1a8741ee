"""Styles into elements, as mail clients want them; only here is premailer imported.

Its defaults would drop the doctype, media queries and ``!important``; what it is told here keeps
the head of the page as it was. What it made is compared with what it got, since libxml2 forgets
deeply nested text without a word.
"""

import html
import logging
import re
from typing import Final

from newsletter.errors import RenderError

_STYLE: Final = re.compile(r"<style(?=[\s>])")
_IGNORED_STYLE: Final = '<style data-premailer="ignore"'
#: Between two parts for Outlook stands nothing: they are one.
_ADJACENT_MSO: Final = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
_ATTRIBUTES: Final = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
#: Tags inside a word do not end it.
_IN_WORDS: Final = re.compile(rf"</?(?:a|code|em|s|span|strong)\b{_ATTRIBUTES}>")
_NOT_TEXT: Final = re.compile(
    rf"<!--.*?-->|<(style|script|title)\b.*?</\1>|<[A-Za-z/!]{_ATTRIBUTES}>",
    re.DOTALL,
)


def inline_styles(page: str, content_css: str) -> str:
    """Write the rules of a style sheet into the elements they are for.

    Args:
        page: A whole HTML page. Its ``<style>`` elements and conditional comments stay as they
            are.
        content_css: Rules for the inside of the page; no pseudo-classes.

    Returns:
        The page with LF line ends.

    Raises:
        RenderError: Text of the page was lost on the way.
    """
    from premailer import Premailer

    marked = page.replace("<!doctype html>", "<!DOCTYPE html>", 1)
    marked = _STYLE.sub(_IGNORED_STYLE, marked)
    inlined: str = Premailer(
        marked,
        css_text=[content_css],
        keep_style_tags=False,
        disable_leftover_css=True,
        strip_important=False,
        remove_classes=False,
        disable_link_rewrites=True,
        allow_network=False,
        disable_validation=True,
        align_floating_images=False,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform(pretty_print=False)
    inlined = inlined.replace(_IGNORED_STYLE, "<style")
    inlined = _ADJACENT_MSO.sub("", inlined)
    before, after = read_page(page), read_page(inlined)
    if before != after:
        raise RenderError(
            f"inlining the styles lost text: {len(before)} characters before, {len(after)} after; "
            f"the page may nest too deeply, near: {_first_difference(before, after)}"
        )
    return inlined


def read_page(page: str) -> str:
    """Give the text a page shows, white space collapsed."""
    text = _NOT_TEXT.sub(" ", _IN_WORDS.sub("", page))
    return " ".join(html.unescape(text).split())


def _first_difference(before: str, after: str) -> str:
    """Show where the text that was lost begins."""
    pairs = enumerate(zip(before, after, strict=False))
    same = next((place for place, (old, new) in pairs if old != new), len(after))
    return repr(before[same : same + 40])
