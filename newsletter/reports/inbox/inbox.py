"""The seam to a place where mail comes in: messages out, and a mark on those that were taken."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxMessage:
    """One message as it lies there."""

    #: Shows it to people, and names it for `Inbox.mark`; the same until it is marked.
    name: str
    #: Its first `part.MOST_BYTES` bytes.
    raw: bytes


class Inbox(Protocol):
    """A place where mail comes in. Nothing is ever removed from it."""

    def each(self, *, again: bool, but: Collection[str]) -> Iterator[InboxMessage]:
        """Yield messages one by one, the oldest first where that is known.

        Args:
            again: Those that are marked as read, too.
            but: Names that are passed over unread.
        """

    def mark(self, names: Sequence[str]) -> None:
        """Mark messages as read; one that is gone meanwhile is passed over."""
