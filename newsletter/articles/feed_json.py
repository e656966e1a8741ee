"""JSON Feed → posts.

Source:
    JSON Feed version 1.1; `author` of version 1 is read as well.
"""

from collections.abc import Mapping
from typing import Any, Final

from newsletter.articles.feed_time import parse_time
from newsletter.articles.html_summary import summarise_html, summarise_text
from newsletter.articles.post import FoundPosts, Post, clean_url
from newsletter.errors import UserError
from newsletter.issues.escape import join_words

_VERSION: Final = "https://jsonfeed.org/version/"


def parse_json_feed(content: bytes, *, name: str, url: str) -> FoundPosts:
    """Read the posts of a feed.

    Raises:
        UserError: It is no JSON, or no feed; names line and column.
    """
    import json

    try:
        feed: Any = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: this feed is not UTF-8, as JSON must be") from error
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise UserError(f"{place}: this feed is broken: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise UserError(f"{name}: this feed is broken: nested too deeply, or a number") from error
    if not isinstance(feed, dict) or not _text(feed, "version").startswith(_VERSION):
        raise UserError(f"{name}:1:1: this JSON is no feed: it has no version of JSON Feed")
    items = feed.get("items")
    base = clean_url(url or _text(feed, "feed_url") or _text(feed, "home_page_url"))
    return FoundPosts(
        posts=tuple(
            _read_item(item, feed, base=base, place=f"{name}, item {number}")
            for number, item in enumerate(items if isinstance(items, list) else (), start=1)
            if isinstance(item, dict)
        )
    )


def _read_item(item: Mapping[str, Any], feed: Mapping[str, Any], *, base: str, place: str) -> Post:
    link = _text(item, "url") or _text(item, "external_url")
    plain = _text(item, "summary") or _text(item, "content_text")
    html = _text(item, "content_html")
    written = [_text(item, name) for name in ("date_published", "date_modified")]
    return Post(
        title=join_words(_text(item, "title")),
        url=clean_url(link, base) if link else "",
        summary=summarise_text(plain) if plain else summarise_html(html, base=base),
        authors=_read_authors(item) or _read_authors(feed),
        published_at=parse_time(next(filter(None, written), "")),
        place=place,
    )


def _read_authors(item: Mapping[str, Any]) -> tuple[str, ...]:
    people = item.get("authors") or [item.get("author")]
    listed = people if isinstance(people, list) else []
    names = (join_words(_text(each, "name")) for each in listed if isinstance(each, dict))
    return tuple(dict.fromkeys(name for name in names if name))


def _text(item: Mapping[str, Any], name: str) -> str:
    """Take a text; half a character, which no file can hold, is replaced."""
    value = item.get(name)
    return (
        value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if isinstance(value, str)
        else ""
    )
