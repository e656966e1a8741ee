"""Whether what the writer coloured can be read, in light and in dark.

A theme's own colours are judged where its palette is read (`newsletter.rendering.palette`).

Source:
    WCAG 2.2, success criterion 1.4.3.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from newsletter.checks.colors import Shade, compute_looks
from newsletter.checks.page import Page, find_place, is_hidden
from newsletter.rendering.contrast import READABLE, contrast_ratio
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rules import accessibility as rules

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_READABLE_LARGE: Final = 3.0
_SMALLEST_PX: Final = 12.0
_EXCERPT_CHARACTERS: Final = 30
#: Ratios are told with one digit.
_ROUNDING: Final = 0.005


class PaleLook(NamedTuple):
    """Colours that can hardly be read, in light or in dark."""

    shade: Shade
    color: str
    background: str
    #: Large text may have less contrast.
    is_large: bool

    @property
    def ratio(self) -> float:
        """The contrast, 1 to 21."""
        return contrast_ratio(self.color, self.background)

    @property
    def needed(self) -> float:
        """What WCAG 2.2 asks for."""
        return _READABLE_LARGE if self.is_large else READABLE


def check_contrast(page: Page, ours: Collection[PaleLook]) -> Iterator[Finding]:
    """Tell which text can hardly be read.

    Args:
        page: Of the issue.
        ours: What is pale by the theme's doing, by `list_pale_looks`.
    """
    told = set(ours)
    for element, pale in list_pale_looks(page):
        place = find_place(element)
        if not place.line or pale in told:
            continue
        told.add(pale)
        yield build_finding(
            rules.CONTRAST,
            f"“{_excerpt(element)}”: {pale.color} on {pale.background} has a contrast of"
            f" {pale.ratio:.1f} to 1 in {pale.shade}; text needs {pale.needed:g}",
            **place._asdict(),
        )
    yield from _check_heights(page)


def list_pale_looks(page: Page) -> "Iterator[tuple[HtmlElement, PaleLook]]":
    """List the elements whose own text is hard to read."""
    for shade in Shade:
        for element, look in compute_looks(page, shade).items():
            if look.background is None or not _own_text(element) or is_hidden(element):
                continue
            seen = PaleLook(shade, look.color, look.background, look.is_large)
            if seen.ratio < seen.needed - _ROUNDING:
                yield element, seen


def _check_heights(page: Page) -> Iterator[Finding]:
    told: set[float] = set()
    for element, look in compute_looks(page, Shade.LIGHT).items():
        place = find_place(element)
        if place.line and look.size_px < _SMALLEST_PX and look.size_px not in told:
            if not _own_text(element) or is_hidden(element):
                continue
            told.add(look.size_px)
            yield build_finding(
                rules.SMALL_TEXT,
                f"“{_excerpt(element)}” is {look.size_px:g} px high",
                **place._asdict(),
            )


def _own_text(element: "HtmlElement") -> str:
    """Give the text that stands in the element itself; a style or a title shows none."""
    if element.tag in {"style", "script", "title", "head"}:
        return ""
    texts = [element.text, *(child.tail for child in element)]
    return " ".join(" ".join(text or "" for text in texts).split())


def _excerpt(element: "HtmlElement") -> str:
    text = _own_text(element)
    return text if len(text) <= _EXCERPT_CHARACTERS else f"{text[:_EXCERPT_CHARACTERS]}…"
