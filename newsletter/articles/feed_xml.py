"""RSS of every age and Atom, as elements → posts.

Source:
    RSS 2.0; RSS 1.0 with its modules Dublin Core and content; RFC 4287 (Atom).
"""

from html import unescape
from typing import TYPE_CHECKING, Final

from newsletter.articles.feed_time import parse_time
from newsletter.articles.html_summary import summarise_html, summarise_text
from newsletter.articles.post import FoundPosts, Post, clean_url
from newsletter.errors import UserError
from newsletter.issues.escape import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_ATOM: Final = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"
#: Namespaces that elements of RSS itself stand in.
_RSS: Final = ("", "http://purl.org/rss/1.0/", "http://backend.userland.com/rss2")


def parse_xml_feed(root: "_Element", *, name: str, url: str, lines_above: int = 0) -> FoundPosts:
    """Read the posts of a feed.

    Args:
        root: Its outermost element.
        name: Of the file, or its URL, for messages.
        url: Where it was fetched from; empty for a file.
        lines_above: Lines of the file that stand before what was parsed.

    Raises:
        UserError: It is no feed.
    """
    namespace, local = _split(root)
    if (namespace, local) == (_ATOM, "feed"):
        is_atom, items, channel = True, list(_list(root, "entry", _ATOM)), root
    elif local in {"rss", "RDF"}:
        everything = [(each, _split(each)[1]) for each in root.iter()]
        is_atom, items = False, [each for each, kind in everything if kind == "item"]
        channel = next((each for each, kind in everything if kind == "channel"), root)
    else:
        raise UserError(
            f"{name}:{(root.sourceline or 1) + lines_above}:1: <{local}> begins no feed;"
            " RSS, Atom and JSON Feed are read"
        )
    base = url or _find_base(channel)
    posts = []
    for item in items:
        place = f"{name}:{(item.sourceline or 1) + lines_above}"
        post = (
            _read_atom(item, base=base, place=place, feed=channel)
            if is_atom
            else _read_rss(item, base=base, place=place)
        )
        posts.append(post)
    return FoundPosts(posts=tuple(posts))


def _read_rss(item: "_Element", *, base: str, place: str) -> Post:
    base = item.base or base
    html = _text(item, "description") or _text(item, "encoded", _CONTENT)
    written = _text(item, "pubDate") or _text(item, "date", _DUBLIN_CORE)
    authors = [_text(item, "creator", _DUBLIN_CORE), _text(item, "author", _ITUNES)]
    return Post(
        # Whether a title is HTML is not settled; its entities are all that is common.
        title=join_words(unescape(_text(item, "title") or _text(item, "title", _DUBLIN_CORE))),
        url=_find_rss_url(item, base),
        summary=summarise_html(html, base=base),
        authors=_clean_names([next(filter(None, authors), "") or _text(item, "author")]),
        published_at=parse_time(written),
        place=place,
    )


def _find_rss_url(item: "_Element", base: str) -> str:
    """Take the link, else an identifier that is one, else a link of Atom's."""
    link = _text(item, "link")
    if not link:
        for guid in _list(item, "guid", *_RSS):
            is_link = guid.get("isPermaLink", "true").strip().lower() == "true"
            link = (guid.text or "") if is_link else ""
    return clean_url(link, base) if link.strip() else _find_atom_url(item, base)


def _read_atom(entry: "_Element", *, base: str, place: str, feed: "_Element") -> Post:
    base = entry.base or base
    summary = ""
    for kind in ("summary", "content"):
        for element in _list(entry, kind, _ATOM):
            summary = summary or _summarise_atom(element, element.base or base)
    people = [*_list(entry, "author", _ATOM)] or [*_list(feed, "author", _ATOM)]
    written = [_text(entry, name, _ATOM) for name in ("published", "updated")]
    return Post(
        title=_read_atom_title(entry),
        url=_find_atom_url(entry, base),
        summary=summary,
        authors=_clean_names([_text(each, "name", _ATOM) for each in people]),
        published_at=parse_time(next(filter(None, written), "")),
        place=place,
    )


def _read_atom_title(entry: "_Element") -> str:
    for title in _list(entry, "title", _ATOM):
        words = "".join(str(each) for each in title.itertext())
        return join_words(_strip_tags(words) if title.get("type") == "html" else words)
    return ""


def _find_atom_url(entry: "_Element", base: str) -> str:
    """Take the link to the page itself, else an identifier that is one."""
    for link in _list(entry, "link", _ATOM):
        if link.get("rel", "alternate") in {"alternate", ""} and link.get("href"):
            return clean_url(link.get("href", ""), link.base or base)
    identifier = _text(entry, "id", _ATOM)
    return clean_url(identifier) if identifier.startswith("http") else ""


def _summarise_atom(element: "_Element", base: str) -> str:
    from lxml import etree

    kind = element.get("type", "text")
    if kind in {"html", "text/html"}:
        return summarise_html(element.text or "", base=base)
    if kind in {"xhtml", "application/xhtml+xml"}:
        inside = "".join(
            etree.tostring(each, encoding="unicode", method="html") for each in element
        )
        return summarise_html(inside, base=base)
    return summarise_text("".join(str(each) for each in element.itertext()))


def _strip_tags(html: str) -> str:
    from lxml import html as parser

    return parser.fromstring(f"<p>{html}</p>").text_content() if html.strip() else ""


def _find_base(channel: "_Element") -> str:
    """Find what a feed that lies here is relative to: its own address, else that of its site."""
    links = [*_list(channel, "link", _ATOM)]
    named = [each.get("href", "") for each in links if each.get("rel") in {"self", "alternate"}]
    named += [link.get("href", "") for link in links] + [_text(channel, "link")]
    return next((each for each in (clean_url(link) for link in named) if each), "")


def _clean_names(names: list[str]) -> tuple[str, ...]:
    """Make one line of each name; `a@example.org (Kim)` is Kim, and an address alone is nobody."""
    cleaned = []
    for name in names:
        words = join_words(name)
        if "@" in words:
            words = words.partition("(")[2].rpartition(")")[0]
        cleaned.append(words.strip())
    return tuple(dict.fromkeys(name for name in cleaned if name))


def _text(element: "_Element", name: str, *namespaces: str) -> str:
    for found in _list(element, name, *(namespaces or _RSS)):
        return "".join(str(each) for each in found.itertext()).strip()
    return ""


def _list(element: "_Element", name: str, *namespaces: str) -> "Iterator[_Element]":
    return (each for each in element if _split(each) in {(space, name) for space in namespaces})


def _split(element: "_Element") -> tuple[str, str]:
    """Tell namespace and name; an element that is none (an entity) has neither."""
    tag = element.tag
    if not isinstance(tag, str):
        return "", ""
    namespace, _, local = tag.rpartition("}")
    return namespace.removeprefix("{"), local
