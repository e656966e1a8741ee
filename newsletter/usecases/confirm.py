"""Confirm a subscription or a new address: the owner of the address pressed the button."""

from dataclasses import dataclass
from typing import Literal

from newsletter.usecases.installation import Installation


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What a link in a message asks its reader to confirm."""

    #: ``k•••@example.org``: enough to know one's own.
    masked_address: str
    purpose: Literal["sign_up", "change_address"]
    #: BCP 47: of the message that held the link.
    language: str


def find_confirmation(installation: Installation, token: str) -> Confirmation | None:
    """Find what a token would confirm; changes nothing. None: unknown, replaced, expired."""
    raise NotImplementedError


def confirm(installation: Installation, token: str, *, network: str = "") -> Confirmation:
    """Confirm; doing it again with the same token is harmless.

    Args:
        installation: Where.
        token: From the link.
        network: Of the asker, truncated; empty for unknown. Goes into the evidence.

    Raises:
        InvalidTokenError: Unknown, replaced by a newer request, expired, or used and overtaken:
            whoever unsubscribed after it has to sign up anew.
    """
    raise NotImplementedError


def disown(installation: Installation, token: str) -> None:
    """Hear "this was not me": no message goes to this address until an operator allows it.

    What was typed in is erased. For somebody who had confirmed it ends the subscription and
    blocks nothing: mail clients show this link as their unsubscribe button. Answers the one-click
    POST of RFC 8058 at ``/confirm/TOKEN/not-me`` as well as the page's button.

    Raises:
        InvalidTokenError: Unknown, replaced by a newer request, or expired.
    """
    raise NotImplementedError
