"""A feed → its posts: RSS 0.9 to 2.0, RSS 1.0, Atom and JSON Feed, whichever it is.

Nothing that a feed names is fetched, and no entity that it declares is expanded.
"""

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from newsletter.articles.feed_json import parse_json_feed
from newsletter.articles.feed_xml import parse_xml_feed
from newsletter.articles.fetch import Wanted
from newsletter.articles.post import FoundPosts, clean_url
from newsletter.errors import UserError

if TYPE_CHECKING:
    from lxml import etree

#: Not all servers know better than text, and some say that of a page that names its feeds.
WANTED: Final = Wanted(
    media_types=frozenset(
        {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml"}
        | {"text/xml", "application/feed+json", "application/json", "text/plain"}
        | {"application/octet-stream", "text/html", "application/xhtml+xml"}
    ),
    accept="application/atom+xml,application/rss+xml,application/feed+json,"
    "application/xml;q=0.9,text/xml;q=0.9,application/json;q=0.8,*/*;q=0.1",
    # A podcast of many years has a few million.
    max_bytes=8 * 1024 * 1024,
    is_whole=True,
    name="feed",
)
_BOM: Final = b"\xef\xbb\xbf"
_PAGE: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)", re.DOTALL | re.IGNORECASE
)
#: What libxml2 puts behind its message.
_PLACE: Final = re.compile(r"(?:, line \d+, column \d+)?(?: \([^()]*, line \d+\))?$")


def parse_feed(content: bytes, *, name: str, url: str = "", charset: str = "") -> FoundPosts:
    """Parse a feed.

    Args:
        content: Of all of it.
        name: Of the file, or its URL, for messages.
        url: Where it was fetched from; relative links are relative to it.
        charset: As the server gave it; counts when the feed itself names none.

    Raises:
        UserError: It is no feed, or broken; names line and column.
    """
    text = content.removeprefix(_BOM).lstrip()
    if _PAGE.match(text[:2048]):
        raise UserError(_describe_page(text, name, url))
    if text.startswith(b"{"):
        return parse_json_feed(text, name=name, url=url)
    # A blank line before the declaration is against the rules, and common.
    skipped = 0 if content.startswith((b"\xff\xfe", b"\xfe\xff")) else len(content) - len(text)
    blank_lines = content[:skipped].count(b"\n")
    root = _parse_xml(content[skipped:], name, blank_lines, charset)
    return parse_xml_feed(root, name=name, url=url, lines_above=blank_lines)


def _parse_xml(content: bytes, name: str, lines_above: int, charset: str) -> "etree._Element":
    from lxml import etree

    has_own = content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"encoding" in content[:200]
    try:
        try:
            parser = _build_parser(None if has_own else charset or None)
        except LookupError:  # a charset that nobody knows
            parser = _build_parser(None)
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = _PLACE.sub("", str(error.msg))
        raise UserError(
            f"{name}:{(line or 1) + lines_above}:{max(column or 1, 1)}: this feed is broken:"
            f" {reason}. Its author can mend it; a feed validator shows how"
        ) from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(dtd.iterentities(), None) is not None:
        raise UserError(
            f"{name}:{1 + lines_above}:1: this feed declares entities of its own, which are not"
            " read: they can grow without end, or take in other files"
        )
    return root


def _build_parser(encoding: str | None) -> "etree.XMLParser[etree._Element]":
    from lxml import etree

    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _describe_page(content: bytes, name: str, url: str) -> str:
    """Say that this is a page, and which feeds it names."""
    finder = _FeedFinder()
    finder.feed(content.decode("utf-8", "replace"))
    found = [each for each in (clean_url(link, url) for link in finder.links) if each]
    hint = f"; it names {', '.join(found)}" if found else ""
    return f"{name}: this is a page, not a feed{hint}"


class _FeedFinder(HTMLParser):
    """Takes note of the feeds that a page names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at each `link`."""
        values = dict(attrs)
        kind = (values.get("type") or "").lower()
        is_feed = kind in {"application/rss+xml", "application/atom+xml", "application/feed+json"}
        if tag == "link" and is_feed and values.get("href"):
            self.links.append(values["href"] or "")
