"""`newsletter new --from-feed` and `--from-site`: the options' values, and what is told of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.output import format_count, talk

if TYPE_CHECKING:
    from newsletter.articles.fetch import Page
    from newsletter.settings import Settings
    from newsletter.usecases.new_digest import Digest


#: Of what was left out; more would push the rest off the screen.
_MOST_TOLD: Final = 12


def begin_digest_of(
    settings: Settings,
    place: str | Path,
    *,
    now: datetime,
    choice: tuple[str, int, bool],
    series: str,
    template: str,
) -> Digest:
    """Begin an issue of what is at a place.

    Args:
        settings: Of the newsletter.
        place: A feed, by its URL or its file; or the folder of a site.
        now: In the newsletter's time zone.
        choice: Since which day (empty for that of the newest issue), how many, oldest first.
        series: Empty for that of the newest issue.
        template: Empty for the one for digests.
    """
    from newsletter.usecases.new_digest import DIGEST_TEMPLATE, Choice, begin_digest
    from newsletter.usecases.read_source import read_feed, read_site

    since, limit, is_oldest_first = choice
    chosen = Choice(
        since=_parse_day(since, settings) if since else None,
        limit=limit,
        is_oldest_first=is_oldest_first,
    )
    if isinstance(place, Path):
        source = read_site(place, timezone=settings.newsletter.timezone)
    else:
        source = read_feed(place, fetch=_fetch)
    return begin_digest(
        settings,
        source,
        now=now,
        choice=chosen,
        series=series,
        template=template or DIGEST_TEMPLATE,
    )


def describe_digest(digest: Digest) -> dict[str, object]:
    """Tell a digest to machines."""
    return {
        "since": digest.since.isoformat() if digest.since else None,
        "posts": [
            {
                "title": post.title,
                "url": post.url or None,
                "date": post.published_at.isoformat() if post.published_at else None,
                "authors": list(post.authors),
            }
            for post in digest.posts
        ],
        "remarks": list(digest.remarks),
    }


def tell_digest(digest: Digest) -> None:
    """Say what came in and what did not."""
    since = f" since {digest.since.date().isoformat()}" if digest.since else ""
    talk(f"{format_count(len(digest.posts), 'post')}{since}")
    for remark in digest.remarks[:_MOST_TOLD]:
        talk(f"  {remark}")
    if len(digest.remarks) > _MOST_TOLD:
        talk(f"  and {len(digest.remarks) - _MOST_TOLD} more; --json tells all")


def _fetch(url: str) -> Page:
    from newsletter import __version__
    from newsletter.articles.feed import WANTED
    from newsletter.articles.fetch import fetch_page

    return fetch_page(url, user_agent=f"newsletter-press/{__version__}", wanted=WANTED)


def _parse_day(text: str, settings: Settings) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongUsageError(f"--since {text}: a day is written 2026-01-05") from error
    if not 1900 <= found.year <= 2999:
        raise WrongUsageError(f"--since {text}: the year must be 1900 to 2999")
    return found if found.tzinfo else found.replace(tzinfo=settings.newsletter.timezone)
