"""An issue file → an `Issue`: what the author wrote, checked and made plain."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.issues.entries import EntryReader
from newsletter.issues.front_matter import split_source
from newsletter.issues.heading import find_first_heading
from newsletter.issues.issue import Issue, Revision
from newsletter.issues.revision import read_revision
from newsletter.issues.slug import build_slug, find_name
from newsletter.issues.source import decode_source, load_content

if TYPE_CHECKING:
    from newsletter.settings import NewsletterSettings


def load_issue(path: Path, *, newsletter: "NewsletterSettings") -> Issue:
    """Load an issue and its git revision.

    Raises:
        NotFoundError: There is no such file.
        IssueError: It cannot be used; lists every problem, each with ``file:line:column``.
    """
    content = load_content(path)
    return parse_issue(
        content, path=path, newsletter=newsletter, revision=read_revision(path, content)
    )


def parse_issue(
    content: bytes, *, path: Path, newsletter: "NewsletterSettings", revision: Revision
) -> Issue:
    """Make an issue of the bytes of a file. The file system is not touched.

    Of several keys for one thing the first with a value counts: date, publishDate, pubDate;
    preheader, description, summary; authors, author; language, lang. An issue is a draft when
    it says `draft: true`, `status: draft` (Pelican) or `published: false` (Jekyll). What is not
    used stays in `Issue.extra`. Without a title, the first heading is it, or the file's name.

    Raises:
        IssueError: It cannot be used; lists every problem, each with ``file:line:column``.
    """
    source = decode_source(content, path)
    front_matter = split_source(source)
    reader = EntryReader(source, front_matter.entries)
    title = reader.read_text("title")
    subject = reader.read_text("subject")
    preheader = reader.read_text("preheader", "description", "summary")
    slug = _read_slug(reader, path)
    published_at = reader.read_time("date", "publishdate", "pubdate", timezone=newsletter.timezone)
    language = reader.read_language("language", "lang")
    authors = reader.read_names("authors", "author")
    tags = reader.read_names("tags")
    series = reader.read_names("series")
    is_draft = _read_draft(reader)
    has_link_headings = reader.has_value("references", "link-headings")
    reader.raise_problems()

    title = title or _find_title(front_matter.body, path)
    return Issue(
        slug=slug,
        path=path,
        title=title,
        subject=subject or title,
        preheader=preheader or "",
        published_at=published_at,
        language=language or newsletter.language,
        authors=authors,
        tags=tags,
        series=series,
        is_draft=is_draft,
        has_link_headings=has_link_headings,
        extra=reader.list_rest(),
        markdown=front_matter.body,
        markdown_line=front_matter.body_line,
        revision=revision,
    )


def load_slug(path: Path) -> str:
    """Load the slug of an issue file alone; nothing else in its front matter is judged.

    Raises:
        NotFoundError: There is no such file.
        IssueError: The file or its front matter cannot be read, or the slug is no text.
    """
    source = decode_source(load_content(path), path)
    reader = EntryReader(source, split_source(source).entries)
    slug = _read_slug(reader, path)
    reader.raise_problems()
    return slug


def _read_slug(reader: EntryReader, path: Path) -> str:
    written = reader.read_text("slug")
    if written and not any(character.isalnum() for character in written):
        reader.report("slug", "must have a letter or a digit")
    return build_slug(written or find_name(path))


def _read_draft(reader: EntryReader) -> bool:
    is_draft = reader.read_flag("draft") or False
    has_draft_status = any(reader.has_value("status", word) for word in ("draft", "Draft"))
    return is_draft or has_draft_status or reader.has_value("published", False)


def _find_title(markdown: str, path: Path) -> str:
    """Take the first heading for a title, or make the file's name readable."""
    name = re.sub(r"(?<!\d)[-_]+|[-_]+(?!\d)", " ", find_name(path))
    for title in (find_first_heading(markdown) or "", name):
        printable = "".join(each if each.isprintable() else " " for each in title)
        if words := " ".join(printable.split()):
            return words
    return build_slug(find_name(path))
