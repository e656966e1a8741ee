"""A site of Jekyll: `_posts/`, names that hold date and slug, permalinks and their styles.

Source:
    Jekyll's documentation of posts and permalinks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Final

from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.config import Config, load_config
from newsletter.articles.sites.page import (
    SitePage,
    find_day,
    find_zone,
    list_pages,
    split_dated_name,
)
from newsletter.articles.sites.posts import GapError, gather_posts
from newsletter.articles.sites.urls import describe_date, fill_pattern, join_url, slugify

_FILES: Final = ("_config.yml", "_config.yaml", "_config.toml")
_STYLES: Final[Mapping[str, str]] = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def read_jekyll(folder: Path, timezone: tzinfo) -> FoundPosts | None:
    """Read the posts: dated files below a `_posts`. None when this is no site of Jekyll."""
    path = next((folder / each for each in _FILES if (folder / each).is_file()), None)
    if path is None and not (folder / "_posts").is_dir():
        return None
    config = load_config(path) if path else Config(path=folder / _FILES[0])
    zone = find_zone(config.text("timezone"), timezone)
    site = _Jekyll(config, folder / config.text("source"), zone)
    pages = [each for each in list_pages(site.folder, site=folder) if site.is_post(each)]
    return gather_posts(pages, timezone=zone, settle=site.settle, build_url=site.build_url)


@dataclass(frozen=True, slots=True)
class _Jekyll:
    config: Config
    folder: Path
    timezone: tzinfo

    def is_post(self, path: Path) -> bool:
        """Tell a post from a page, a draft and what was built."""
        parts = path.relative_to(self.folder).parts
        return "_posts" in parts and parts[0] != "_site" and bool(split_dated_name(path.stem)[0])

    def settle(self, page: SitePage) -> SitePage | None:
        """Take date and title from the name where the front matter has none."""
        day, name = split_dated_name(page.path.stem)
        title = page.title or " ".join(each.capitalize() for each in name.split("-"))
        published_at = page.published_at or find_day(day, self.timezone)
        return replace(page, title=title, published_at=published_at) if published_at else None

    def build_url(self, page: SitePage) -> str:
        """Follow the permalink of the page, else that of the site."""
        base = self.config.text("url")
        if not base:
            raise GapError(f"{self.config.place('url')} names no url; put the address in")
        pattern = page.text("permalink") or self.config.text("permalink") or "date"
        pattern = _STYLES.get(pattern, pattern)
        _, name = split_dated_name(page.path.stem)
        slug = page.text("slug") or name
        moment = page.published_at
        values = describe_date(moment.astimezone(self.timezone)) if moment else {}
        values |= {
            "categories": "/".join(self._list_categories(page)),
            "title": _clean(slug),
            "slug": slugify(slug),
            "output_ext": ".html",
            "name": slug,
            "short_day": f"{moment:%a}" if moment else "",
            "long_day": f"{moment:%A}" if moment else "",
        }
        path, unknown = fill_pattern(pattern, values)
        if unknown:
            raise GapError(
                f"the permalink {unknown} of {self.config.place('permalink')} is not known here;"
                " put the address in"
            )
        return join_url(base, f"{self.config.text('baseurl')}/{path}")

    def _list_categories(self, page: SitePage) -> list[str]:
        """List the folders above `_posts`, then what the front matter says."""
        parts = page.path.relative_to(self.folder).parts
        folders = list(parts[: parts.index("_posts")])
        written = page.values.get("categories") or page.values.get("category") or []
        # Words in one text stand apart by spaces; a category alone may have some.
        named = (
            written.split() if isinstance(written, str) and "categories" in page.values else written
        )
        named = [named] if isinstance(named, str) else [str(each) for each in named]
        return list(dict.fromkeys(slugify(each) for each in [*folders, *named]))


def _clean(slug: str) -> str:
    """Make a part of a path in the case of its author."""
    return re.sub(r"[^\w._~!$&'()+,;=@-]+", "-", slug).strip("-")
