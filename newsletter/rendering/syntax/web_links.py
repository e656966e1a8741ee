"""Bare URLs in the text: which are links, and where each ends."""

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from linkify_it import LinkifyIt

#: Full-width punctuation, which follows a URL without a space in Chinese and Japanese, and which
#: addresses hold percent-encoded if at all.
_AFTER_URL: Final = re.compile(
    "[\u3000-\u3003\u3008-\u3011\u3014-\u301b\uff01-\uff0f\uff1a-\uff1f]"
)


def build_linkifier() -> "LinkifyIt":
    """Build what finds URLs with a scheme, ``www.`` hosts and mail addresses."""
    from linkify_it import LinkifyIt

    class WebLinkifier(LinkifyIt):  # type: ignore[misc]  # the package ships no types
        """Finds what is meant as a link."""

        def match(self, text: str) -> Any:
            """List links; ``setup.py`` and ``README.md`` are names of files far more often."""
            return [
                match
                for match in super().match(text) or ()
                if match.schema or match.raw.lower().startswith("www.")
            ]

        def test_schema_at(self, text: str, name: str, position: int) -> int:
            """Measure what follows a scheme; what stands behind full-width punctuation does not."""
            end = _AFTER_URL.search(text, position)
            before = text[: end.start()] if end else text
            measured: int = super().test_schema_at(before, name, position)
            return measured

        def normalize(self, match: Any) -> None:
            """Take https where the author named no scheme."""
            super().normalize(match)
            if not match.schema:
                match.url = f"https://{match.raw}"

    linkifier = WebLinkifier()
    linkifier.tlds(["[a-z]{2,63}"])  # its own list ends with the domains of 2005
    return linkifier
