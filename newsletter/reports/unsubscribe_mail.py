"""Mail by which a reader leaves: what the mailto link of List-Unsubscribe makes (RFC 2369)."""

import re
from email.utils import parseaddr
from typing import Final

from newsletter.reports.part import Part

#: The word of `newsletter.sending.message.list_headers`, and the token behind it. Some programs
#: leave the encoding of the link's space, and some filters put a mark before it.
_WISH: Final = re.compile(
    r"(?:\[[^\]]{1,20}\] ?|\*{2,5}spam\*{2,5} ?)?"
    r"(?:(?:re|fwd?|aw|wg): ?)?unsubscribe(?:[ +]|%20)+([A-Za-z0-9_-]{44})",
    re.IGNORECASE,
)
_BARE_WISH: Final = re.compile(r"(?:(?:re|aw): ?)?unsubscribe[.!]?", re.IGNORECASE)
_MOST_LINES: Final = 5


def find_wish(message: Part) -> str | None:
    """Find the token of whoever wants to leave.

    Returns:
        The token, not checked; empty when somebody asks without one; None when nobody asks. A
        link to leave somewhere in a text is none: an answer may quote the issue it answers.
    """
    subject = message.headers.subject.strip()
    if found := _WISH.fullmatch(subject):
        return found[1]
    if _BARE_WISH.fullmatch(subject) or not subject:
        lines = [line.strip() for line in message.own_text.split("\n") if line.strip()]
        for line in lines[:_MOST_LINES]:
            if found := _WISH.fullmatch(line):
                return found[1]
    return "" if _BARE_WISH.fullmatch(subject) else None


def find_sender(message: Part) -> str:
    """Find the address it says it is from; empty for none."""
    return parseaddr(message.headers.find("from"))[1]
