"""Bounces in prose, as servers wrote them before there was a standard, and as some still do.

flufl.bounce finds whom they are about; what it says of how lasting that is goes for nothing, for a
full mailbox and a policy are permanent to it. Codes and words decide.
"""

import email
import logging
import re
from email import policy
from typing import Final

from newsletter.reports import server_words
from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.mail_system import (
    is_called_failure,
    is_written_by_system,
    leave_out_quotes,
)
from newsletter.reports.part import Part
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.statement import Statement

#: Longer prose than this is somebody's letter, and costs the patterns too much.
_MOST_BYTES: Final = 65_536
_MOST_CHARACTERS: Final = 6000
_MOST_ADDRESSES: Final = 50
_ADDRESS: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}", re.IGNORECASE
)
#: Whom to ask, and our return path, is not whom it is about.
_OF_SYSTEM: Final = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|help)@|b\+[a-z2-7]{53}@")
#: Python's parser takes the longer the deeper parts are in each other.
_MOST_BOUNDARIES: Final = 16
#: Where the message that came back begins.
_ORIGINAL: Final = re.compile(
    r"^(?:[ \t]*[-=*_]{2,}.{0,60}?(?:cop(?:y|ie)|original|below|returned|header"
    r"|message (?:text )?follow|begin|unsent|원본|원문|元の|オリジナル|原始|原邮件|urspr)"
    r"|.{0,20}(?:original|ursprüngliche|원본) (?:message|nachricht|메시지|메일)"
    r"(?: headers)?[\s:=-]*$"
    r"|(?:this|included|below|here) is .{0,20}(?:text|copy) of (?:the|your) (?:message|mail)"
    r"|>(?!>| ?\S+@\S+$) ?\S|return-path:|received:[ \t]|dkim-signature:).*$",
    re.IGNORECASE | re.MULTILINE,
)


def read_prose(message: Part, raw: bytes) -> list[Statement]:
    """Read what a mail system says in words; nothing when they say nothing of a delivery.

    Args:
        message: From a mail system, and no report in a standard's form.
        raw: The same message as bytes.
    """
    is_of_system = is_written_by_system(message)
    if not is_of_system and not is_called_failure(message):
        return []
    text = message.own_text[: _MOST_CHARACTERS * 4]
    text = leave_out_quotes(_ORIGINAL.split(text, maxsplit=1)[0][:_MOST_CHARACTERS], message)
    # Of a message that was cut off, what followed may have said more than the prose does.
    is_certain = is_of_system and all(part.is_complete for part in message.parts)
    addresses = _find_addresses(raw) or _list_failed(message)
    if not addresses:
        is_failure = _tells_of_failure(message, text)
        address = _find_only_address(text)
        return [_judge(address, text, is_certain=is_certain)] if is_failure else []
    return [
        _judge(address, _cut_around(text, address, addresses), is_certain=is_certain)
        for address in addresses
    ]


def _judge(address: str, said: str, *, is_certain: bool) -> Statement:
    refusal = parse_refusal(said)
    is_tried = bool(server_words.STILL_TRYING.search(refusal.words))
    bounce_class = None if is_tried else classify(refusal)
    if bounce_class is BounceClass.HARD and not (is_certain and said.endswith("\n")):
        # It may be somebody's own letter, or is cut off in the middle of what is said.
        bounce_class = BounceClass.BLOCK
    return Statement(
        kind=ReportKind.DELAYED if is_tried else ReportKind.BOUNCE,
        bounce_class=bounce_class,
        address=address,
        status_code=refusal.shown_code,
        words=said.strip(),
    )


def _tells_of_failure(message: Part, text: str) -> bool:
    """Tell whether it is about something that did not arrive, though not about whom."""
    refusal = parse_refusal(text)
    is_success = "successfully delivered" in text.lower()
    return (
        bool(text.strip()) and not is_success and (is_called_failure(message) or refusal.has_code)
    )


def _cut_around(text: str, address: str, addresses: list[str]) -> str:
    """Cut out what is said of one address: up to the next one's line."""
    folded = text.lower()
    begin = max(folded.find(address.lower()), 0)
    behind = begin + len(address)
    others = (folded.find(other.lower(), behind) for other in addresses if other != address)
    end = min((place for place in others if place > begin), default=len(text))
    return text[begin:end]


def _list_failed(message: Part) -> list[str]:
    """List what Exim names in a field of its own."""
    failed = message.headers.find("x-failed-recipients")
    return [each.strip() for each in failed.split(",") if "@" in each][:_MOST_ADDRESSES]


def _find_only_address(text: str) -> str:
    """Find the one address that a text names, when flufl.bounce does not know its form."""
    found = {each.rstrip(".").lower() for each in _ADDRESS.findall(text)}
    named = [each for each in found if not _OF_SYSTEM.match(each)]
    return named[0] if len(named) == 1 else ""


def _find_addresses(raw: bytes) -> list[str]:
    """Ask flufl.bounce; it was written for whole messages and raises on some broken ones."""
    if len(raw) > _MOST_BYTES or raw.lower().count(b"boundary") > _MOST_BOUNDARIES:
        return []
    from flufl.bounce import all_failures

    # It writes the traceback of what it raises into the log, and with it what the message holds.
    logging.getLogger("flufl.bounce").disabled = True
    text = raw.decode("ascii", "replace")
    try:
        temporary, permanent = all_failures(email.message_from_string(text, policy=policy.compat32))
    except Exception:  # noqa: BLE001 - nobody lists what its detectors raise on hostile bytes
        return []
    found = {address.decode("utf-8", "replace").strip() for address in {*temporary, *permanent}}
    return sorted(each for each in found if "@" in each and len(each) <= 320)[:_MOST_ADDRESSES]
