"""A document of the archive: its bytes, what they are, and when they last changed.

The server answers with it and the static archive writes it down, so both say the same.
"""

import hashlib
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

#: How long a cache may answer for us, in seconds: a correction is seen soon.
MAX_AGE_SECONDS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """Something to read that is the same for everyone."""

    content: bytes
    media_type: str
    #: Milliseconds since 1970, UTC.
    changed_at_ms: int
    #: Search engines are asked to leave it out.
    is_hidden: bool = False

    @property
    def etag(self) -> str:
        """The strong validator: any other byte gives another one (RFC 9110 section 8.8.3)."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


def answer(request: Request, document: Document) -> Response:
    """Answer 200 with the document, or 304 to whoever has it already."""
    headers = {
        "ETag": document.etag,
        "Last-Modified": formatdate(document.changed_at_ms // 1000, usegmt=True),
        "Cache-Control": f"public, max-age={MAX_AGE_SECONDS}",
    }
    if document.is_hidden:
        headers["X-Robots-Tag"] = "noindex"
    if _is_known(request, document):
        return Response(status_code=304, headers=headers)
    return Response(document.content, headers=headers, media_type=document.media_type)


def _is_known(request: Request, document: Document) -> bool:
    """Tell whether the asker's copy is this one; the tag decides when there is one.

    Source:
        RFC 9110 sections 13.1.2 and 13.1.3.
    """
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in known or document.etag in known
    return _has_not_changed_since(request.headers.get("if-modified-since", ""), document)


def _has_not_changed_since(header: str, document: Document) -> bool:
    try:
        since = parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return False
    return document.changed_at_ms // 1000 <= since
