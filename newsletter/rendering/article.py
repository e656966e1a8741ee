"""An issue's own HTML, cleaned for a page that is not a mail: what is left cannot run or reach out.

Rendering makes no script, form or frame; this is the second lock. What it keeps is named here, so
that a tag the renderer learns tomorrow is not let through unseen.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nh3 import Cleaner

_TAGS: Final = frozenset(
    """
    a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure
    h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong
    sub summary sup table tbody td tfoot th thead time tr u ul var wbr
    """.split()  # noqa: SIM905 - a list of one word to a line would hide the words
)
_EVERYWHERE: Final = frozenset({"class", "id", "lang", "dir", "title", "role", "aria-label"})
_ATTRIBUTES: Final = {
    "*": set(_EVERYWHERE),
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan", "headers", "style"},
    "th": {"colspan", "rowspan", "headers", "scope", "style"},
    "time": {"datetime"},
    "details": {"open"},
    "div": {"tabindex"},
}


def clean_article(html: str) -> str:
    """Clean an issue's HTML.

    Text, structure, links and images stay; links lead to the web or to a mail program only.
    Of styles nothing stays but how a table's cells are aligned.
    """
    # What scrolls is reached by keyboard, too (WCAG 2.2, 2.1.1).
    return _cleaner().clean(
        html.replace('<div class="scroll">', '<div class="scroll" tabindex="0">')
    )


@cache
def _cleaner() -> "Cleaner":
    from nh3 import Cleaner

    return Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        url_schemes={"http", "https", "mailto"},
        filter_style_properties={"text-align"},
        link_rel=None,
    )
