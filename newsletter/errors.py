"""Every error a caller of the newsletter can meet.

    NewsletterError
    ├── UserError                 the message is the whole story; nothing was changed
    │   ├── SettingsError         every problem in the settings, listed at once
    │   ├── IssueError            an issue file cannot be used; names path, line and column
    │   ├── NotFoundError         no such issue, file or subscriber
    │   ├── ChecksError           the checks found errors in an issue that is to be sent
    │   └── RefusedError          a safety rule says no; names what would allow it
    ├── RenderError               a template failed; names template and line
    ├── TemporaryError            someone else holds it just now: try again
    ├── DatabaseError             the database cannot be used: read-only, full, not ours
    └── TransportError            the run cannot go on; the ledger knows what happened
        ├── NextHopDownError      nobody answers: temporary, try again
        └── NextHopRefusesError   authentication, TLS or policy: nothing passes until it is mended

What goes wrong with one delivery is no error but an outcome, a value that the ledger keeps.
The package `subscribers` draws its own small tree in `subscribers.errors`.
Add an error only when a caller has to act differently on it.
"""

from collections.abc import Sequence


class NewsletterError(Exception):
    """The root of the tree."""


class UserError(NewsletterError, ValueError):
    """The user can mend this; shown without a traceback.

    Attributes:
        summary: What is wrong, where, and what to do.
        problems: One line each, when there are several.
    """

    def __init__(self, summary: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(summary)
        self.summary = summary
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  - {line}" for line in self.problems)])


class SettingsError(UserError):
    """The settings cannot be used; every problem is listed, each with its ``[section] key``."""


class IssueError(UserError):
    """An issue file cannot be used; each problem begins with ``file:line:column``."""


class NotFoundError(UserError, LookupError):
    """What the user named does not exist."""


class ChecksError(UserError):
    """The checks found errors; each problem begins with ``file:line:column``."""


class RefusedError(UserError):
    """A safety rule stands against it."""


class RenderError(NewsletterError):
    """A template or the page made from it cannot be used."""


class TemporaryError(NewsletterError):
    """The same command may succeed in a moment."""


class DatabaseError(NewsletterError):
    """The database cannot be read or written; nothing was changed."""


class TransportError(NewsletterError):
    """The next hop cannot be used at all; the ledger tells what became of each message."""


class NextHopDownError(TransportError):
    """Nobody answers, or nobody who takes a message; it may pass by itself."""


class NextHopRefusesError(TransportError):
    """The next hop does not serve us as we are set up: each further message would fail alike."""
