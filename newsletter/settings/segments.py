"""Section ``[segments]``: names that the operator chose, each with a rule that picks people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.settings.kinds import Kind, check_type

if TYPE_CHECKING:
    from collections.abc import Mapping

SEGMENTS_SECTION = "segments"
#: What a segment may ask of an issue: each with the slug of one, as in ``received:issue-30``.
HISTORY_KEYS = ("planned", "received", "failed", "bounced", "complained")


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenSegment:
    """A value of the section as newsletter.toml has it."""

    value: object
    #: Such as ``newsletter.toml:7``.
    origin: str
    #: Where in that line the text begins, or the value, if its text is not verbatim.
    column: int
    is_verbatim: bool

    def locate(self, column: int = 1) -> str:
        """Name the place of a column of its text, as far as there is one."""
        return f"{self.origin}:{self.column + (column - 1 if self.is_verbatim else 0)}"


def read_segments(found: Mapping[str, WrittenSegment], problems: list[str]) -> dict[str, str]:
    """Read what is saved; note what is wrong with a rule, a name or a circle of names.

    Returns:
        The rules by name, as they were written. Those that were read without a problem can be
        read again.
    """
    if not found:
        return {}
    from subscribers.errors import SegmentError
    from subscribers.segments.keys import parse_saved_name
    from subscribers.segments.saved import SavedSegments

    texts: dict[str, str] = {}
    for name, written in found.items():
        try:
            texts[parse_saved_name(name)] = str(check_type(written.value, Kind.TEXT))
        except ValueError as error:
            problems.append(f"[{SEGMENTS_SECTION}] {name}: {error} ({written.locate()})")
    saved = SavedSegments(texts, outside=HISTORY_KEYS)
    for name in texts:
        try:
            saved.get(name)
        except SegmentError as error:
            place = found[name].locate(error.column)
            problems.append(f"[{SEGMENTS_SECTION}] {name}: {error} ({place})")
    return texts
