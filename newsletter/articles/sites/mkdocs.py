"""A site of MkDocs: the posts of Material's blog plugin, else pages with a date.

Source:
    MkDocs' documentation of its settings; Material for MkDocs' of the plugin `blog`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.config import Config, load_config
from newsletter.articles.sites.page import SitePage, list_pages
from newsletter.articles.sites.posts import GapError, gather_posts
from newsletter.articles.sites.urls import join_url, slugify

_FILES: Final = ("mkdocs.yml", "mkdocs.yaml")
_PLACE: Final = re.compile(r"\{(\w+)\}")
#: The parts of a date, as Babel writes their patterns.
_DATE_PARTS: Final = re.compile(r"yyyy|yy|MM|M|dd|d")


def read_mkdocs(folder: Path, timezone: tzinfo) -> FoundPosts | None:
    """Read the posts. None when this is no site of MkDocs."""
    path = next((folder / each for each in _FILES if (folder / each).is_file()), None)
    if path is None:
        return None
    config = load_config(path)
    docs = folder / (config.text("docs_dir") or "docs")
    blog = _find_blog(config)
    site = _MkDocs(config, docs, blog, timezone)
    pages = [
        each
        for each in list_pages(site.posts, site=folder)
        if each.name not in {".meta.md", ".authors.md"}
    ]
    return gather_posts(pages, timezone=timezone, settle=site.settle, build_url=site.build_url)


@dataclass(frozen=True, slots=True)
class _MkDocs:
    config: Config
    docs: Path
    #: The plugin's settings; None without it.
    blog: Mapping[str, Any] | None
    timezone: tzinfo

    @property
    def posts(self) -> Path:
        """Tell where posts are."""
        if self.blog is None:
            return self.docs
        pattern = _text(self.blog, "post_dir", "{blog}/posts")
        return self.docs / pattern.replace("{blog}", self._home)

    @property
    def _home(self) -> str:
        home = _text(self.blog or {}, "blog_dir", "blog").strip("/")
        return "" if home == "." else home

    def settle(self, page: SitePage) -> SitePage | None:
        """Pass over what has no date."""
        return page if page.published_at else None

    def build_url(self, page: SitePage) -> str:
        """Follow the plugin's format, else the path of the file."""
        base = self.config.text("site_url")
        if not base:
            raise GapError(f"{self.config.place('site_url')} names no site_url; put the address in")
        path = self._build_path(page) if self.blog is None else self._build_blog_path(page)
        is_folder = self.config.flag("use_directory_urls", default=True)
        return join_url(base, f"{path}/" if is_folder and path else f"{path or 'index'}.html")

    def _build_path(self, page: SitePage) -> str:
        relative = page.path.relative_to(self.docs)
        is_index = relative.stem.lower() in {"index", "readme"}
        parts = relative.parent.parts if is_index else relative.with_suffix("").parts
        if is_index and not self.config.flag("use_directory_urls", default=True):
            parts = (*parts, "index")
        return "/".join(parts)

    def _build_blog_path(self, page: SitePage) -> str:
        blog = self.blog or {}
        pattern = _text(blog, "post_url_format", "{date}/{slug}")
        form = _text(blog, "post_url_date_format", "yyyy/MM/dd")
        slug = page.text("slug") or slugify(page.title)
        categories = [slugify(each) for each in page.names("categories")]
        values = {
            "slug": slug,
            "file": page.path.stem,
            "categories": "/".join(categories[: _number(blog, "post_url_max_categories")]),
            "date": _format(page.published_at, form) if page.published_at else "",
        }

        def put(place: re.Match[str]) -> str:
            if place[1] not in values:
                raise GapError(f"{place[0]} of post_url_format is not known here; put it in")
            return values[place[1]]

        path = _PLACE.sub(put, pattern)
        return "/".join(each for each in (self._home, *path.split("/")) if each)


def _find_blog(config: Config) -> Mapping[str, Any] | None:
    """Find the settings of the plugin `blog`; its short form has none."""
    plugins = config.value("plugins")
    listed = plugins if isinstance(plugins, list) else [plugins]
    for plugin in listed:
        named = plugin if isinstance(plugin, Mapping) else {plugin: {}}
        for name in ("blog", "material/blog"):
            if name in named:
                return named[name] if isinstance(named[name], Mapping) else {}
    return None


def _format(moment: datetime, form: str) -> str:
    parts = {
        "yyyy": f"{moment.year:04}",
        "yy": f"{moment.year % 100:02}",
        "MM": f"{moment.month:02}",
        "M": str(moment.month),
        "dd": f"{moment.day:02}",
        "d": str(moment.day),
    }
    return _DATE_PARTS.sub(lambda found: parts[found[0]], form)


def _text(table: Mapping[str, Any], name: str, default: str) -> str:
    value = table.get(name)
    return value if isinstance(value, str) else default


def _number(table: Mapping[str, Any], name: str) -> int:
    value = table.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 1
