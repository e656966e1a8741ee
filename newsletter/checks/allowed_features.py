"""What not every client knows and our themes use all the same, each with the reason.

Reviewed by hand against the notes of the data, for Gmail, Outlook (Windows, Mac, web), Apple Mail,
Yahoo and Samsung: without it, or with the part of it that is known, the issue still reads well.
"""

from collections.abc import Mapping
from typing import Final

_DARK = "Without it a client shows the light page, or darkens it by its own rules."
_PHONE = "Without it the page stays one column, which fits a phone anyway."
_ROUND = "Without it corners are square and lines are plain."
_BREAKS = "Without it long words and URLs may stand out or break elsewhere; all can be read."
_KEPT = "Where it is dropped, nothing else depends on it."
_PARTLY = "The values that we use are known; missing are others."
_SELECTORS = "Only in the head's styles: where they are dropped, the styles of the elements remain."
_HELP = "For readers who listen; where it is dropped, the text itself is read."

ALLOWED: Final[Mapping[str, str]] = {
    "css-at-media": _PHONE,
    "css-at-media-prefers-color-scheme": _DARK,
    "css-color-scheme": _DARK,
    "html-meta-color-scheme": _DARK,
    "css-border-radius": _ROUND,
    "css-box-shadow": _ROUND,
    "css-border-collapse": _ROUND,
    "css-overflow-wrap": _BREAKS,
    "css-word-break": _BREAKS,
    "css-word-wrap": _BREAKS,
    "css-white-space": "Outlook and Samsung join the lines of a code block that are not in <pre>.",
    "css-hyphens": _BREAKS,
    "css-table-layout": _PHONE,
    "css-min-width": _PHONE,
    "css-max-width": "Outlook for Windows obeys the attribute width instead.",
    "css-max-height": "Hides the preheader together with display:none.",
    "css-opacity": "Hides the preheader together with display:none.",
    "css-overflow": "Without it a wide table makes the page wider.",
    "css-display-none": "Partly known: the preheader is hidden in several ways at once.",
    "css-display": _PARTLY,
    "css-background": _PARTLY,
    "css-border": _PARTLY,
    "css-direction": _PARTLY,
    "css-font-size": _PARTLY,
    "css-font-weight": _PARTLY,
    "css-important": _PARTLY,
    "css-line-height": _PARTLY,
    "css-margin": "Partly known: missing are negative values and auto.",
    "css-padding": "Outlook for Windows drops it on some elements; the text moves to the edge.",
    "css-text-align": _PARTLY,
    "css-text-decoration": _PARTLY,
    "css-text-transform": _PARTLY,
    "css-width": _PARTLY,
    "css-height": _PARTLY,
    "css-cursor": _KEPT,
    "css-outline": _KEPT,
    "css-word-spacing": _KEPT,
    "css-letter-spacing": _KEPT,
    "css-vertical-align": _PARTLY,
    "css-list-style": _KEPT,
    "css-list-style-type": _KEPT,
    "css-selector-adjacent-sibling": _SELECTORS,
    "css-selector-attribute": _SELECTORS,
    "css-selector-chaining": _SELECTORS,
    "css-selector-child": _SELECTORS,
    "css-selector-class": _SELECTORS,
    "css-selector-descendant": _SELECTORS,
    "css-selector-grouping": _SELECTORS,
    "css-selector-id": _SELECTORS,
    "css-selector-type": _SELECTORS,
    "css-selector-universal": _SELECTORS,
    "html-anchor-links": "Where a client does not follow it, the contents list still is one.",
    "html-aria-hidden": _HELP,
    "html-aria-label": _HELP,
    "html-aria-labelledby": _HELP,
    "html-lang": _HELP,
    "html-dir": "Repeated on the parts of the page and in their styles.",
    "html-role": _HELP,
    "html-align": _PARTLY,
    "html-body": "Its styles are repeated on a wrapper.",
    "html-lists": "Partly known: some attributes are dropped; lists are shown as lists.",
    "html-style": "Partly known; what must arrive stands in the elements.",
    "html-target": "Clients open links as they like.",
    "html-width": _PARTLY,
    "html-height": _PARTLY,
    "html-semantics": "Unknown elements show their content.",
    "html-del": "Without it deleted words look like the others.",
    "html-abbr": "Without it the words stay and their long form is not shown.",
}
