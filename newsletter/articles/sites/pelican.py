"""A site of Pelican: articles below `content`, URLs by `ARTICLE_URL`.

`pelicanconf.py` is a program. It is never run: names with a literal value are read from its text.

Source:
    Pelican's documentation of settings and of metadata.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from newsletter.articles.post import FoundPosts
from newsletter.articles.sites.page import (
    SitePage,
    find_day,
    find_zone,
    list_pages,
    split_dated_name,
)
from newsletter.articles.sites.posts import GapError, gather_posts
from newsletter.articles.sites.urls import join_url, slugify
from newsletter.errors import UserError
from newsletter.issues.source import decode_source, load_content, show_path

#: What is for the public comes last and counts.
_FILES: Final = ("pelicanconf.py", "publishconf.py")
_PLACE: Final = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
#: `strftime` of a date in a URL; nothing else has a meaning there.
_DATE_FORMAT: Final = re.compile(r"(?:%[YmdHMSjyBbaAVGu]|[^%])*")


def read_pelican(folder: Path, timezone: tzinfo) -> FoundPosts | None:
    """Read the posts: articles that are published. None when this is no site of Pelican."""
    found = [folder / each for each in _FILES if (folder / each).is_file()]
    if not found:
        return None
    settings: dict[str, Any] = {}
    for path in found:
        settings |= _read_literals(path)
    zone = find_zone(_text(settings, "TIMEZONE", ""), timezone)
    content = folder / _text(settings, "PATH", "content")
    site = _Pelican(settings, show_path(found[-1]), content, zone)
    pages = [each for each in list_pages(content, site=folder) if site.is_article(each)]
    return gather_posts(pages, timezone=zone, settle=site.settle, build_url=site.build_url)


@dataclass(frozen=True, slots=True)
class _Pelican:
    settings: Mapping[str, Any]
    shown: str
    content: Path
    timezone: tzinfo

    def is_article(self, path: Path) -> bool:
        """Tell an article from a page."""
        parts = path.relative_to(self.content).parts
        listed = self.settings.get("PAGE_PATHS")
        pages = listed if isinstance(listed, list | tuple) else ["pages"]
        return parts[0] not in pages

    def settle(self, page: SitePage) -> SitePage | None:
        """Take the date of the name where the header has none."""
        day, _ = split_dated_name(page.path.stem)
        published_at = page.published_at or find_day(day, self.timezone)
        return replace(page, published_at=published_at) if published_at else None

    def build_url(self, page: SitePage) -> str:
        """Follow `url` of the header, else `ARTICLE_URL`."""
        base = _text(self.settings, "SITEURL", "")
        if not base:
            raise GapError(f"{self.shown} has no SITEURL that can be read; put the address in")
        language = page.language or _text(self.settings, "DEFAULT_LANG", "en")
        is_foreign = language != _text(self.settings, "DEFAULT_LANG", "en")
        name, default = (
            ("ARTICLE_LANG_URL", "{slug}-{lang}.html")
            if is_foreign
            else ("ARTICLE_URL", "{slug}.html")
        )
        if name in self.settings and not isinstance(self.settings[name], str):
            raise GapError(f"{name} of {self.shown} is computed; put the address in")
        pattern = page.text("url") or _text(self.settings, name, default)
        category = page.text("category") or self._find_folder(page)
        values = {
            "lang": language,
            "category": slugify(category),
            "author": slugify(page.authors[0]) if page.authors else "",
        }
        return join_url(base, _fill(pattern, values, page, self._find_slug(page)))

    def _find_slug(self, page: SitePage) -> str:
        if own := page.text("slug"):
            return own
        is_by_name = _text(self.settings, "SLUGIFY_SOURCE", "title") == "basename"
        source = page.path.stem if is_by_name or not page.title else page.title
        slug = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", source).strip().lower())
        if not slug.isascii():
            raise GapError(
                "Pelican would spell its slug in Latin letters; put slug or the address in"
            )
        return slug

    def _find_folder(self, page: SitePage) -> str:
        is_folder = self.settings.get("USE_FOLDER_AS_CATEGORY", True) is not False
        parts = page.path.relative_to(self.content).parent.parts
        return (
            parts[-1] if parts and is_folder else _text(self.settings, "DEFAULT_CATEGORY", "misc")
        )


def _fill(pattern: str, values: Mapping[str, str], page: SitePage, slug: str) -> str:
    """Fill the places of an URL; a format is for the date alone."""

    def put(place: re.Match[str]) -> str:
        name, form = place[1], place[2] or ""
        if name == "date" and page.published_at and _DATE_FORMAT.fullmatch(form):
            return _format(page.published_at, form)
        if name == "slug":
            return slug
        if name not in values or form:
            raise GapError(f"{place[0]} of ARTICLE_URL is not known here; put the address in")
        return values[name]

    return _PLACE.sub(put, pattern)


def _format(moment: datetime, form: str) -> str:
    return moment.strftime(form or "%Y-%m-%d")


def _read_literals(path: Path) -> dict[str, Any]:
    """Read the names that have a literal value; others are there with None."""
    source = decode_source(load_content(path), path)
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        column = getattr(error, "offset", None) or 1
        message = getattr(error, "msg", None) or "it cannot be read"
        raise UserError(f"{show_path(path)}:{line}:{column}: Python: {message}") from error
    found: dict[str, Any] = {}
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(statement, ast.Assign):
                found[target.id] = _read_literal(statement.value)
    return found


def _read_literal(value: ast.expr) -> object:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _text(settings: Mapping[str, Any], name: str, default: str) -> str:
    value = settings.get(name, default)
    return value if isinstance(value, str) else ""
