"""An issue: one authored text at one revision. Knows no HTML and no addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """What exactly was read: the git commit, if there is one, and the hash of the bytes."""

    #: Commit checked out when the file was read, 40 hex digits; None outside a repository.
    commit: str | None
    #: The file differs from that commit, or git does not know it.
    is_modified: bool
    #: SHA-256 of the file's bytes, 64 hex digits.
    content_sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One authored text, named by its slug."""

    #: Name in URLs and in the ledger: lower-case ASCII letters, digits and hyphens where possible.
    slug: str
    path: Path
    title: str
    #: The line mail clients show; the title unless the front matter says otherwise.
    #: May hold personal fields.
    subject: str
    #: The line mail clients show after the subject; empty when the author gave none.
    preheader: str = ""
    #: Aware. A date alone means midnight, a naive time local time, in the newsletter's time zone.
    published_at: datetime | None = None
    #: BCP 47, such as ``ko``.
    language: str
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    is_draft: bool = False
    #: Headings become the links that stand in one list at the end.
    has_link_headings: bool = False
    #: Front matter this program does not use, as it was read.
    extra: Mapping[str, object] = field(default_factory=dict)
    markdown: str
    #: Line of the file on which `markdown` begins, counted from 1, for messages about it.
    markdown_line: int
    revision: Revision
