"""Posts → the Markdown of a digest: a heading that is a link, a line of who and when, a summary."""

import re
from collections.abc import Sequence
from typing import Final

from newsletter.articles.post import Post
from newsletter.issues.escape import escape_block_start, escape_inline, escape_title, join_words

#: Of the line that an inbox shows behind the subject.
_MAX_PREHEADER: Final = 100
_MAX_AUTHORS: Final = 3


def write_digest(posts: Sequence[Post]) -> str:
    """Write the sections of posts, in their order.

    A gap of a post becomes a comment that begins with TODO: no reader sees it, and
    `newsletter check` tells of it.

    Args:
        posts: With a title or a URL each. A day is that of its author's own clock.
    """
    return "\n\n".join(_write_section(post) for post in posts)


def write_preheader(posts: Sequence[Post]) -> str:
    """Write what a digest is about, from its first titles; words that hold no field."""
    titles = [title for post in posts if (title := join_words(post.title).replace("{{", "{ {"))]
    line = ""
    for title in titles:
        longer = f"{line}, {title}" if line else title
        if len(longer) > _MAX_PREHEADER:
            return line or f"{title[: _MAX_PREHEADER - 1].rstrip()}…"
        line = longer
    return line


def _write_section(post: Post) -> str:
    title = escape_title(post.title or post.url)
    # In a target `&copy;` would be read as a character.
    target = re.sub(r"&(?=#?\w+;)", "&amp;", post.url)
    words = escape_inline(join_words(post.title) or post.url)
    heading = f"## [{words}]({target})" if target else f"## {title}"
    day = post.published_at.date().isoformat() if post.published_at else ""
    names = [escape_inline(name) for name in post.authors[:_MAX_AUTHORS]]
    byline = escape_block_start(", ".join(filter(None, [*names, day])))
    parts = [heading, _write_gap(post), byline, post.summary]
    return "\n\n".join(filter(None, parts))


def _write_gap(post: Post) -> str:
    """Write what is left to do; nothing in it may end the comment."""
    told = join_words(f"{post.gap} ({post.place})").replace("--", "- -").replace(">", "")
    return f"<!-- TODO: {told} -->" if post.gap else ""
