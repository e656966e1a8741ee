"""A site of Hugo: `content/`, `baseURL`, `permalinks`, `url` and `slug` of front matter.

Source:
    Hugo's documentation of URL management, front matter and multilingual sites.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Final

from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.config import Config, load_config
from newsletter.articles.sites.page import SitePage, find_day, list_pages, split_dated_name
from newsletter.articles.sites.posts import GapError, gather_posts
from newsletter.articles.sites.urls import describe_date, fill_pattern, join_url

_FILES: Final = tuple(
    f"{folder}{name}.{kind}"
    for folder in ("", "config/_default/")
    for name in ("hugo", "config")
    for kind in ("toml", "yaml", "yml", "json")
)
_LANGUAGE: Final = re.compile(r"(.+)\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)")
#: What Hugo keeps of a name in a path.
_DROPPED: Final = re.compile(r"[^\w./\\+~@#-]")


def read_hugo(folder: Path, timezone: tzinfo) -> FoundPosts | None:
    """Read the posts: pages with a date below `content`. None when this is no site of Hugo."""
    path = next((folder / each for each in _FILES if (folder / each).is_file()), None)
    if path is None:
        return None
    config = load_config(path)
    content = folder / (config.text("contentdir") or "content")
    if not content.is_dir():
        return None
    site = _Hugo(config, content, timezone)
    pages = [each for each in list_pages(content, site=folder) if not each.name.startswith("_")]
    return gather_posts(
        _without_resources(pages), timezone=timezone, settle=site.settle, build_url=site.build_url
    )


@dataclass(frozen=True, slots=True)
class _Hugo:
    config: Config
    content: Path
    timezone: tzinfo

    def settle(self, page: SitePage) -> SitePage | None:
        """Take the date of the name where the settings say so; without one it is no post."""
        dates = self.config.table("frontmatter").get("date")
        if page.published_at is None and ":filename" in str(dates):
            day, _ = split_dated_name(_name(page.path))
            page = replace(page, published_at=find_day(day, self.timezone))
        build = page.values.get("build") or page.values.get("_build")
        is_never = isinstance(build, Mapping) and build.get("render") in {"never", "link"}
        is_hidden = page.values.get("headless") is True or is_never
        return None if page.published_at is None or is_hidden else page

    def build_url(self, page: SitePage) -> str:
        """Follow `url`, else the section's permalink, else the path of the file."""
        base = self.config.text("baseurl")
        written = page.text("url")
        if written.startswith(("http://", "https://")):
            return written
        if not base:
            raise GapError(f"{self.config.place('baseurl')} names no baseURL; put the address in")
        if written:
            return join_url(base, written)
        language = _split_language(page.path.stem)[1] or _find_folder_language(self, page)
        default = self.config.text("defaultcontentlanguage") or "en"
        is_prefixed = language and (
            language != default or self.config.flag("defaultcontentlanguageinsubdir", default=False)
        )
        prefix = f"{language}/" if is_prefixed else ""
        path = self._build_path(page)
        if not self.config.flag("disablepathtolower", default=False):
            path = path.lower()
        if self.config.flag("uglyurls", default=False):
            path = f"{path.rstrip('/')}.html"
        return join_url(base, f"{prefix}{path}")

    def _build_path(self, page: SitePage) -> str:
        sections = self._find_sections(page)
        own = page.text("slug")
        name = _clean(_name(page.path))
        pattern = self._find_pattern(sections[0] if sections else "")
        if not pattern:
            return "/".join(["", *sections, _clean(own) if own else name, ""])
        values = {
            "section": sections[0] if sections else "",
            "sections": "/".join(sections),
            "slug": _clean(own or page.title),
            "slugorfilename": _clean(own) if own else name,
            "slugorcontentbasename": _clean(own) if own else name,
            "title": _clean(page.title),
            "filename": name,
            "contentbasename": name,
        }
        if page.published_at:
            values |= describe_date(page.published_at)
        path, unknown = fill_pattern(pattern, values)
        if unknown:
            place = self.config.place("permalinks")
            raise GapError(f"the permalink {unknown} of {place} is not known here; put it in")
        return path

    def _find_sections(self, page: SitePage) -> list[str]:
        parts = page.path.relative_to(self.content).parent.parts
        if _split_language(page.path.stem)[0] == "index":
            parts = parts[:-1]
        return [_clean(each) for each in parts if each not in self._list_folders()]

    def _list_folders(self) -> set[str]:
        """List the folders of `content` that are languages' own, as the settings have them."""
        languages = self.config.table("languages").values()
        found = (each.get("contentDir") for each in languages if isinstance(each, Mapping))
        return {Path(each).name for each in found if isinstance(each, str)}

    def _find_pattern(self, section: str) -> str:
        permalinks = self.config.table("permalinks")
        of_pages = permalinks.get("page")
        for table in (of_pages, permalinks):
            pattern = table.get(section) if isinstance(table, Mapping) else None
            if isinstance(pattern, str):
                return pattern
        return ""


def _find_folder_language(site: _Hugo, page: SitePage) -> str:
    first = page.path.relative_to(site.content).parts[0]
    return first if first in site.config.table("languages") else ""


def _without_resources(pages: Iterable[Path]) -> list[Path]:
    """Leave out files that belong to a page bundle, which are no pages."""
    listed = list(pages)
    bundles = {each.parent for each in listed if _split_language(each.stem)[0] == "index"}
    return [
        each
        for each in listed
        if _split_language(each.stem)[0] == "index" or bundles.isdisjoint(each.parents)
    ]


def _name(path: Path) -> str:
    """Tell the name of a page: its file's, or its folder's, without a language."""
    name = _split_language(path.stem)[0]
    return path.parent.name if name == "index" else name


def _split_language(stem: str) -> tuple[str, str]:
    found = _LANGUAGE.fullmatch(stem)
    return (found[1], found[2]) if found else (stem, "")


def _clean(text: str) -> str:
    """Make a part of a path, as Hugo does: spaces become hyphens, odd marks go."""
    return re.sub("-{2,}", "-", _DROPPED.sub("", re.sub(r"\s+", "-", text.strip())))
