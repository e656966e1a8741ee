"""One file of a site → what every generator reads of it alike."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from newsletter.articles.html_summary import summarise_text
from newsletter.errors import UserError
from newsletter.issues.entries import EntryReader
from newsletter.issues.front_matter import split_source
from newsletter.issues.heading import find_first_heading, read_words
from newsletter.issues.slug import ISSUE_SUFFIXES
from newsletter.issues.source import decode_source, load_content, show_path

_MORE: Final = re.compile(r"<!--\s*more\s*-->|\{%\s*more\s*%\}", re.IGNORECASE)
_DATED_NAME: Final = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_]?(.*)")
#: Shortcodes and tags, comments, and what kramdown puts into braces.
_TAGS: Final = re.compile(
    r"\{\{[<%].*?[%>]\}\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|\{[:#.][^{}\n]*\}", re.DOTALL
)
#: A paragraph that begins so is none: a heading, code, a list of links, a picture, a box.
_NO_PARAGRAPH: Final = re.compile(
    r"\s*(?:#{1,6}\s|```|~~~|!\[|\||\[\^?[^\]]+\]:|!!!|\?\?\?|:::|<\w)"
)
_UNDERLINED: Final = re.compile(r"\n\s*(?:=+|-+)\s*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class SitePage:
    """A page of a site, before its generator's rules say whether it is a post and where."""

    path: Path
    #: ``file:line`` of its front matter's first line, for messages.
    place: str
    title: str
    #: As Markdown, made of words alone.
    summary: str
    published_at: datetime | None
    #: From when and until when it is shown, where its date does not say so: Hugo has keys for it.
    shown_from: datetime | None
    shown_until: datetime | None
    is_draft: bool
    authors: tuple[str, ...]
    #: As written, in its own front matter; empty for none.
    language: str
    #: Everything in the front matter, by key in lower case.
    values: dict[str, Any]

    def text(self, *keys: str) -> str:
        """Take the first text, number or date that is there; empty for none."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
        return ""

    def names(self, *keys: str) -> list[str]:
        """Take the first list of words that is there; text is taken apart at commas."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str) and value.strip():
                return [each.strip() for each in value.split(",") if each.strip()]
            if isinstance(value, list) and value:
                return [str(each) for each in value]
        return []


def list_pages(folder: Path, *, site: Path) -> Iterator[Path]:
    """List the Markdown files below a folder, sorted; no link leads out of it.

    Args:
        folder: Where the pages are, as the settings of the site say.
        site: Where the settings are.

    Raises:
        UserError: The folder itself is a link that leads out of the site.
    """
    inner = [
        each for each in (folder, *folder.parents) if each != site and each.is_relative_to(site)
    ]
    for each in inner:
        if each.is_symlink() and not each.resolve().is_relative_to(site.resolve()):
            raise UserError(
                f"{show_path(each)}: this link leads out of the site, and is not followed. If what"
                " it leads to is yours, write its path into the settings of the site"
            )
    for name, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for file in sorted(files):
            path = Path(name, file)
            if path.suffix.lower() in ISSUE_SUFFIXES and not path.is_symlink():
                yield path


def load_page(path: Path, *, timezone: tzinfo) -> SitePage:
    """Load a page.

    Raises:
        IssueError: It cannot be read; each problem has ``file:line:column``.
        NotFoundError: It is gone.
    """
    source = decode_source(load_content(path), path)
    split = split_source(source)
    reader = EntryReader(source, split.entries)
    values = {key.lower(): entry.value for key, entry in split.entries.items()}
    zone = timezone if isinstance(timezone, ZoneInfo) else ZoneInfo("UTC")
    # MkDocs has a table of dates.
    dates = values.get("date")
    created = dates.get("created") if isinstance(dates, dict) else None
    published_at = (
        _as_time(created, zone)
        if isinstance(dates, dict)
        else reader.read_time("date", "publishdate", "pubdate", timezone=zone)
    )
    shown_from = reader.read_time("publishdate", "pubdate", timezone=zone)
    shown_until = reader.read_time("expirydate", "unpublishdate", timezone=zone)
    title = reader.read_text("title") or find_first_heading(split.body) or ""
    described = reader.read_text("description", "summary", "excerpt")
    is_draft = reader.read_flag("draft") or False
    is_draft = is_draft or str(values.get("status", "")).lower() in {"draft", "hidden", "skip"}
    authors = reader.read_names("authors", "author")
    language = reader.read_language("language", "lang") or ""
    reader.raise_problems()
    return SitePage(
        path=path,
        place=f"{show_path(path)}:1",
        title=title,
        summary=summarise_text(read_words(described) if described else _find_beginning(split.body)),
        published_at=published_at,
        shown_from=shown_from,
        shown_until=shown_until,
        is_draft=is_draft or values.get("published") is False,
        authors=authors,
        language=language,
        values=values,
    )


def split_dated_name(name: str) -> tuple[str, str]:
    """Take a file's name apart: ``2026-01-05-spring`` → its day and the rest."""
    found = _DATED_NAME.fullmatch(name)
    return (found[1], found[2]) if found else ("", name)


def find_zone(name: str, fallback: tzinfo) -> tzinfo:
    """Find a time zone by its IANA name; the other one where there is none of that name."""
    try:
        return ZoneInfo(name) if name else fallback
    except (ValueError, LookupError, OSError):  # no zone, or a path that is none
        return fallback


def find_day(text: str, zone: tzinfo) -> datetime | None:
    """Read a day as `2026-1-5`; None for what is no day."""
    try:
        year, month, day = (int(each) for each in text.split("-"))
        return datetime(year, month, day, tzinfo=zone)
    except ValueError:
        return None


def _as_time(value: object, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return find_day(str(value), zone)


def _find_beginning(body: str) -> str:
    """Find what comes before the mark of its author, else the first paragraph; as words."""
    cut = _MORE.search(body)
    paragraphs = re.split(r"\n[ \t]*\n", _TAGS.sub(" ", body[: cut.start()] if cut else body))
    words = [
        read_words(" ".join(each.split()))
        for each in paragraphs
        if each.strip() and not _NO_PARAGRAPH.match(each) and not _UNDERLINED.search(each)
    ]
    words = [each for each in words if each]
    return "\n\n".join(words if cut else words[:1])
