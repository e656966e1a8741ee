"""A post: what a feed or a site tells of, before it becomes an article of an issue."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

#: What would end the target of a link in Markdown, or be a field of ours, as `%XX`.
_UNSAFE: Final = re.compile(r'[\x00-\x20\x7f<>"`{}|\\^()*]')


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One of the things that a feed or a site tells of."""

    #: Words, no Markdown; empty when it has none.
    title: str = ""
    #: Absolute, http or https; empty when it has none, or none could be worked out.
    url: str = ""
    #: Markdown that does nothing but show words, lists, quotations, code and links.
    summary: str = ""
    authors: tuple[str, ...] = ()
    #: Aware; None when it is not known.
    published_at: datetime | None = None
    #: When it is taken off the web; None for never.
    shown_until: datetime | None = None
    #: ``file:line`` or ``file``, for messages.
    place: str
    #: What could not be worked out and is for the author to put in; empty for nothing.
    gap: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPosts:
    """Everything that a feed or a site tells of, in its own order."""

    posts: tuple[Post, ...]
    #: What was left out, and what the reader of it could not make out: one line each.
    remarks: tuple[str, ...] = ()


def clean_url(url: str, base: str = "") -> str:
    """Make an absolute URL that Markdown reads as one target.

    Args:
        url: As it was written, relative or not.
        base: What it is relative to; empty for nothing.

    Returns:
        Empty when it leads to something that is neither http nor https.
    """
    try:
        joined = urljoin(base, "".join(url.split()))
        parts = urlsplit(joined)
        is_page = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a bracket or a port that is none
        return ""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", joined) if is_page else ""
