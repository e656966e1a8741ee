"""Whether what the writer coloured can be read, in light and in dark.

A theme's own colours are judged where its palette is read (`newsletter.rendering.palette`).

Source:
    WCAG 2.2, success criterion 1.4.3.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from newsletter.checks.colors import Look, Shade, compute_looks
from newsletter.checks.page import Page, find_place, is_hidden
from newsletter.rendering.contrast import READABLE, contrast_ratio
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import accessibility as rules

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_READABLE_LARGE: Final = 3.0
_SMALLEST_PX: Final = 12.0
_EXCERPT_CHARACTERS: Final = 30


def check_contrast(page: Page, baseline: Page) -> Iterator[Finding]:
    """Tell which text can hardly be read.

    Args:
        page: Of the issue.
        baseline: Of an issue with one of everything, in the same theme: what is pale there is the
            theme's doing.
    """
    too_small: dict[float, Finding] = {}
    for shade in Shade:
        ours = {_key(look) for _, look in _list_pale(baseline, shade)}
        told: set[tuple[str, str | None, bool]] = set()
        for element, look in _list_pale(page, shade):
            place = find_place(element)
            if not place.line or _key(look) in ours | told:
                continue
            told.add(_key(look))
            needed = _READABLE_LARGE if look.is_large else READABLE
            yield build_finding(
                rules.CONTRAST,
                f"“{_excerpt(element)}”: {look.color} on {look.background} has a contrast of"
                f" {_ratio(look):.1f} to 1 in {shade}; text needs {needed:g}",
                **place._asdict(),
            )
    for element, look in compute_looks(page, Shade.LIGHT).items():
        place = find_place(element)
        if (
            place.line
            and look.size_px < _SMALLEST_PX
            and _own_text(element)
            and not is_hidden(element)
        ):
            too_small.setdefault(
                look.size_px,
                build_finding(
                    rules.SMALL_TEXT,
                    f"“{_excerpt(element)}” is {look.size_px:g} px high",
                    **place._asdict(),
                ),
            )
    yield from too_small.values()


def _list_pale(page: Page, shade: Shade) -> "Iterator[tuple[HtmlElement, Look]]":
    """List the elements whose own text is hard to read."""
    for element, look in compute_looks(page, shade).items():
        if look.background is None or not _own_text(element) or is_hidden(element):
            continue
        if _ratio(look) < (_READABLE_LARGE if look.is_large else READABLE) - 0.005:
            yield element, look


def _key(look: Look) -> tuple[str, str | None, bool]:
    return look.color, look.background, look.is_large


def _ratio(look: Look) -> float:
    return contrast_ratio(look.color, look.background or look.color)


def _own_text(element: "HtmlElement") -> str:
    """Give the text that stands in the element itself; a style or a title shows none."""
    if element.tag in {"style", "script", "title", "head"}:
        return ""
    texts = [element.text, *(child.tail for child in element)]
    return " ".join(" ".join(text or "" for text in texts).split())


def _excerpt(element: "HtmlElement") -> str:
    text = _own_text(element)
    return text if len(text) <= _EXCERPT_CHARACTERS else f"{text[:_EXCERPT_CHARACTERS]}…"
