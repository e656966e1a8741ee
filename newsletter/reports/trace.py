"""What in a message shows which of our deliveries it is about: signed tokens, and the Message-ID."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from newsletter.reports.part import Part

#: As `subscribers.tokens` spells a token for a return path; hosts may have folded its case.
_RETURN_PATH: Final = re.compile(r"(?<![A-Za-z0-9])b\+([a-z2-7]{53})(?=@|=)", re.IGNORECASE)
_UNSUBSCRIBE: Final = re.compile(
    r"(?:/u/|unsubscribe(?:%20|\+| ))([A-Za-z0-9_-]{44})(?![A-Za-z0-9_-])", re.IGNORECASE
)
_MESSAGE_ID: Final = re.compile(r"<[^\s<>@]{1,200}@[^\s<>@]{1,255}>")
_QUOTED_MESSAGE_ID: Final = re.compile(
    r"^[> \t]{0,9}message-id:\s{1,9}(<[^\s<>@]{1,200}@[^\s<>@]{1,255}>)",
    re.IGNORECASE | re.MULTILINE,
)
#: Whom a message came to, as servers note it on its way; the nearest first.
_ENVELOPE: Final = (
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "apparently-to",
    "to",
    "cc",
    "received",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Tokens and Message-ID, not checked; empty where there is none."""

    return_path_token: str = ""
    unsubscribe_token: str = ""
    #: With angle brackets.
    message_id: str = ""


def find_trace(message: Part) -> Trace:
    """Look for what names a delivery: in the envelope, in the message returned, in the text."""
    returned = message.returned
    return Trace(
        return_path_token=_search(_RETURN_PATH, _list_return_paths(message)).lower(),
        unsubscribe_token=_search(_UNSUBSCRIBE, _list_unsubscribe_fields(returned)),
        message_id=_search(_MESSAGE_ID, _list_message_ids(message), group=0),
    )


def _search(pattern: re.Pattern[str], texts: Iterator[str], *, group: int = 1) -> str:
    for text in texts:
        if found := pattern.search(text):
            return found[group]
    return ""


def _list_return_paths(message: Part) -> Iterator[str]:
    for name in _ENVELOPE:
        yield from message.headers.each(name)
    if returned := message.returned:
        yield from returned.headers.each("return-path", "x-original-from", "received")
    for part in message.walk():
        if part.type.endswith(("-status", "feedback-report")) or part.type == "text/plain":
            yield part.text


def _list_unsubscribe_fields(returned: Part | None) -> Iterator[str]:
    if returned:
        yield from returned.headers.each("list-unsubscribe")


def _list_message_ids(message: Part) -> Iterator[str]:
    if returned := message.returned:
        yield from returned.headers.each("message-id")
    for part in message.walk():
        yield from _QUOTED_MESSAGE_ID.findall(part.text)
    headers = message.headers
    yield from headers.each("in-reply-to")
    yield from (
        value.rpartition("<")[1] + value.rpartition("<")[2] for value in headers.each("references")
    )
