"""The feed and the sitemap: the same list of issues, for programs.

Source:
    RFC 4287 (Atom); the Sitemaps protocol 0.9.
"""

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from newsletter.rendering.article import clean_article
from newsletter.sending.ledger.archive import ArchivedEdition, ArchiveEntry
from newsletter.settings import NewsletterSettings
from newsletter.web.archive.places import Places
from newsletter.web.archive.times import write_moment

#: A feed reader asks often: it gets whole texts, so only the newest.
FEED_ISSUES: Final = 20
_ATOM: Final = "http://www.w3.org/2005/Atom"
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def build_feed(newsletter: NewsletterSettings, editions: Sequence[ArchivedEdition]) -> bytes:
    """Write the newest issues, whole, as an Atom feed.

    Args:
        newsletter: Whose.
        editions: The newest first, at most `FEED_ISSUES` of them.
    """
    places = Places.of(newsletter)
    feed = ET.Element("feed", {"xmlns": _ATOM, _XML_LANG: newsletter.language})
    _add(feed, "id", places.archive)
    _add(feed, "title", newsletter.name)
    _add(feed, "updated", write_moment(newest_change_ms(editions)))
    _add(_add(feed, "author"), "name", newsletter.sender.name or newsletter.name)
    _add(feed, "link", rel="self", type="application/atom+xml", href=places.feed)
    _add(feed, "link", rel="alternate", type="text/html", href=places.archive)
    for edition in editions:
        _add_entry(feed, edition, places)
    return _write(feed)


def build_sitemap(newsletter: NewsletterSettings, entries: Sequence[ArchiveEntry]) -> bytes:
    """Write the pages that a search engine may know: the form, the list, and each issue."""
    places = Places.of(newsletter)
    sitemap = ET.Element("urlset", {"xmlns": _SITEMAP})
    for url in (places.home, places.archive):
        _add(_add(sitemap, "url"), "loc", url)
    for entry in entries:
        page = _add(sitemap, "url")
        _add(page, "loc", places.issue(entry.slug))
        _add(page, "lastmod", write_moment(entry.updated_at_ms))
    return _write(sitemap)


def newest_change_ms(entries: Sequence[ArchiveEntry]) -> int:
    """Tell when the list last changed, milliseconds since 1970, UTC; 0 for an empty one."""
    return max((entry.updated_at_ms for entry in entries), default=0)


def _add_entry(feed: ET.Element, edition: ArchivedEdition, places: Places) -> None:
    url = places.issue(edition.slug)
    entry = ET.SubElement(feed, "entry", {_XML_LANG: edition.language})
    _add(entry, "id", url)
    _add(entry, "title", edition.title)
    _add(entry, "published", write_moment(edition.published_at_ms))
    _add(entry, "updated", write_moment(max(edition.updated_at_ms, edition.published_at_ms)))
    _add(entry, "link", rel="alternate", type="text/html", href=url)
    if edition.preheader:
        _add(entry, "summary", edition.preheader)
    _add(entry, "content", clean_article(edition.article), type="html")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, name, attributes)
    child.text = text or None
    return child


def _write(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
