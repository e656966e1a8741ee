"""A newsletter and issues of it, as the issues room would load them."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.issues.issue import Issue, Revision
from newsletter.settings import Mailbox, NewsletterSettings
from subscribers.address import EmailAddress

SEOUL = ZoneInfo("Asia/Seoul")

WEEKLY = NewsletterSettings(
    name="Small Tools Weekly",
    sender=Mailbox("Small Tools Weekly", EmailAddress.parse("news@example.org")),
    base_url="https://news.example.org",
    language="ko",
    postal_address="서울특별시 가상구 보기로 1\nSeoul, Korea",
    list_id="weekly.example.org",
    timezone=SEOUL,
)


def make_issue(markdown: str = "", **changes: Any) -> Issue:
    """Return an issue that differs from an ordinary one in the named attributes."""
    attributes: dict[str, Any] = {
        "slug": "small-tools-7",
        "path": Path("issues/small-tools-7.md"),
        "title": "작은 도구 7호: Small Tools",
        "subject": "작은 도구 7호",
        "published_at": datetime(2026, 3, 2, 8, 0, tzinfo=SEOUL),
        "language": "ko",
        "authors": ("이하나",),
        "series": ("Small Tools",),
        "markdown": markdown,
        "markdown_line": 1,
        "revision": Revision(commit=None, is_modified=False, content_sha256="0" * 64),
    }
    return Issue(**{**attributes, **changes})
