"""What a reader may see and change of his own data, by a link that was mailed to him.

The link is good for 24 hours and for everything here. Whoever asks for one, or names a new
address, gets the same answer whatever is known: the worker decides later, by message.
"""

from dataclasses import dataclass

from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress

#: For how many days a reader may pause; 0 goes on at once.
PAUSE_DAYS = (0, 30, 90)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What the page shows to the owner of the address."""

    address: str
    name: str
    #: BCP 47; empty when the person never said.
    language: str
    tags: frozenset[str]
    #: Confirmed, and not gone meanwhile.
    is_subscribed: bool
    #: Milliseconds since 1970, UTC; 0 when not paused.
    paused_until_ms: int
    #: The token for ``/u/TOKEN``, to leave from here.
    unsubscribe_token: str


def request_preferences(
    installation: Installation, address: EmailAddress, *, language: str = "", network: str = ""
) -> None:
    """Write down that somebody asked for the link: one statement whatever is known.

    Args:
        installation: Where.
        address: Only a subscriber's gets a message.
        language: BCP 47, of the page; the subscriber's own goes before it.
        network: Of the asker, truncated; empty for unknown.
    """
    raise NotImplementedError


def find_preferences(installation: Installation, token: str) -> Preferences | None:
    """Find whose page a token opens; changes nothing. None: unknown, replaced, expired."""
    raise NotImplementedError


def change_preferences(
    installation: Installation,
    token: str,
    *,
    name: str,
    language: str,
    tags: frozenset[str],
    offered: frozenset[str],
) -> Preferences:
    """Change name, language and tags; made of parsed values only.

    Args:
        installation: Where.
        token: From the link.
        name: May be empty.
        language: BCP 47; may be empty.
        tags: Those of the offered ones that the reader wants.
        offered: Those that the page showed; a tag that it did not show stays as it is.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    raise NotImplementedError


def change_address(
    installation: Installation, token: str, new: EmailAddress, *, network: str = ""
) -> None:
    """Ask the owner of the new address to confirm it; until then nothing changes.

    The answer is the same when the new address is known or suppressed: nothing is sent then.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    raise NotImplementedError


def pause(installation: Installation, token: str, *, days: int) -> Preferences:
    """Send nothing for so many days from now, one of `PAUSE_DAYS`; 0 goes on.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
        InvalidValueError: Another number of days.
    """
    raise NotImplementedError


def collect_my_data(installation: Installation, token: str) -> dict[str, object]:
    """Collect everything that is kept of the person, fit for JSON.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    raise NotImplementedError


def erase_me(installation: Installation, token: str) -> None:
    """Erase the person for good; see `newsletter.usecases.erase`.

    Raises:
        InvalidTokenError: Unknown, replaced, or older than 24 hours.
    """
    raise NotImplementedError
