"""The title of a page: what it calls itself when it is shared, else what a browser shows."""

import re
from html.parser import HTMLParser
from typing import Final

#: Looked for in the first bytes of a page that names no charset in its header (HTML 13.2.3.2).
_META_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SNIFFED_BYTES: Final = 1024
#: Of `meta property` or `meta name`, the first that is there.
_NAMES: Final = ("og:title", "twitter:title")


def read_title(content: bytes, charset: str = "") -> str:
    """Read the title of an HTML page.

    Args:
        content: The page or its beginning.
        charset: As the server gave it; empty when it did not.

    Returns:
        One line; empty when there is none.
    """
    reader = _TitleReader()
    reader.feed(_decode(content, charset))
    found = [*(reader.shared.get(name, "") for name in _NAMES), "".join(reader.title)]
    return next((line for each in found if (line := " ".join(each.split()))), "")


def _decode(content: bytes, charset: str) -> str:
    declared = _META_CHARSET.search(content[:_SNIFFED_BYTES])
    names = [charset, declared[1].decode("ascii", "replace") if declared else "", "utf-8"]
    for name in filter(None, names):
        try:
            return content.decode(name, "replace")
        except (LookupError, UnicodeError):  # no charset, or one that is no text (hex)
            continue
    return content.decode("utf-8", "replace")


class _TitleReader(HTMLParser):
    """Takes notes of what may be a title; of the first of each kind."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shared: dict[str, str] = {}
        self.title: list[str] = []
        self._is_title = False
        self._is_done = False
        #: Pictures inside of a page have titles of their own.
        self._drawings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a `meta`, or that the title begins."""
        if tag == "meta":
            values = dict(attrs)
            name = (values.get("property") or values.get("name") or "").lower()
            self.shared.setdefault(name, values.get("content") or "")
        elif tag == "svg":
            self._drawings += 1
        elif tag == "title" and not self._is_done and not self._drawings:
            self._is_title = True

    def handle_endtag(self, tag: str) -> None:
        """Note that the title ends."""
        if tag == "svg":
            self._drawings = max(self._drawings - 1, 0)
        elif tag == "title" and self._is_title:
            self._is_title, self._is_done = False, True

    def handle_data(self, data: str) -> None:
        """Take words of the title."""
        if self._is_title:
            self.title.append(data)
