"""Pages of a site → posts: what every generator leaves out, and what becomes of a missing URL."""

from collections.abc import Callable, Iterable
from datetime import tzinfo
from pathlib import Path

from newsletter.articles.post import FoundPosts, Post, clean_url
from newsletter.articles.sites.page import SitePage, load_page
from newsletter.errors import IssueError, NotFoundError


class GapError(Exception):
    """What a post needs could not be worked out; says what, for its author."""


def gather_posts(
    paths: Iterable[Path],
    *,
    timezone: tzinfo,
    settle: Callable[[SitePage], SitePage | None],
    build_url: Callable[[SitePage], str],
) -> FoundPosts:
    """Load pages and make posts of those that are some.

    Args:
        paths: Of Markdown files.
        timezone: Of times without one.
        settle: Applies the generator's rules for dates and titles; None for what is no post.
        build_url: Makes the absolute URL of a page; raises GapError.
    """
    posts: list[Post] = []
    remarks: list[str] = []
    drafts = 0
    for path in paths:
        try:
            page = load_page(path, timezone=timezone)
        except (IssueError, NotFoundError) as error:
            remarks += [f"left out: {line}" for line in error.problems or (error.summary,)]
            continue
        settled = settle(page)
        if settled is None:
            continue
        if settled.is_draft:
            drafts += 1
            continue
        posts.append(_build_post(settled, build_url))
    if drafts:
        remarks.append(f"{drafts} left out: still a draft")
    return FoundPosts(posts=tuple(posts), remarks=tuple(remarks))


def _build_post(page: SitePage, build_url: Callable[[SitePage], str]) -> Post:
    url = gap = ""
    try:
        url = clean_url(build_url(page))
        gap = "" if url else "its address is no http or https URL; put it into the heading"
    except GapError as error:
        gap = str(error)
    return Post(
        title=page.title,
        url=url,
        summary=page.summary,
        authors=page.authors,
        published_at=page.shown_from or page.published_at,
        shown_until=page.shown_until,
        place=page.place,
        gap=gap,
    )
