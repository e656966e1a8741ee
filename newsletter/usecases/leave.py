"""Leave by a link in an issue: it never expires, and nobody who follows it is turned away."""

from dataclasses import dataclass

from newsletter.usecases.installation import Installation

#: How long whoever left may take it back on the page that told of it.
UNDO_SECONDS = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaver:
    """Whom an unsubscribe link names, as far as a forwarded message may tell."""

    #: ``k•••@example.org``; empty when the person is gone.
    masked_address: str
    #: BCP 47; empty when the person never said, or is gone.
    language: str
    #: Whether there is a subscription to end.
    is_subscribed: bool
    #: Whether `come_back` would undo it.
    can_return: bool


def find_leaver(installation: Installation, token: str) -> Leaver:
    """Find whom a token names; changes nothing.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    raise NotImplementedError


def leave(installation: Installation, token: str, *, source: str) -> Leaver:
    """End the subscription; for whoever is gone already it is done.

    Args:
        installation: Where.
        token: From the link.
        source: For the evidence: ``one click`` or ``page``.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    raise NotImplementedError


def come_back(installation: Installation, token: str) -> Leaver:
    """Undo `leave` within an hour; later, or after anything else happened, nothing changes.

    Raises:
        InvalidTokenError: This installation did not make the token.
    """
    raise NotImplementedError
