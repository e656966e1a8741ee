"""Bounces in prose, as servers wrote them before there was a standard, and as some write them still.

flufl.bounce finds whom they are about; what it says of how lasting that is goes for nothing, for a
full mailbox and a policy are permanent to it. Codes and words decide.
"""

import email
import re
from email import policy
from typing import Final

from newsletter.reports import server_words
from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.mail_system import is_called_failure
from newsletter.reports.part import Part
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.statement import Statement

#: Longer prose than this is somebody's letter, and costs the patterns too much.
_MOST_BYTES: Final = 65_536
_MOST_CHARACTERS: Final = 6000
_MOST_ADDRESSES: Final = 50
#: Where the message that came back begins.
_ORIGINAL: Final = re.compile(
    r"^(?:[ \t]*[-=*_]{2,}.{0,60}?(?:cop(?:y|ie)|original|below|returned|header|message (?:text )?follow"
    r"|begin|unsent|원본|원문|元の|オリジナル|原始|原邮件|urspr)"
    r"|.{0,20}(?:original|ursprüngliche|원본) (?:message|nachricht|메시지|메일)"
    r"|.{0,40}(?:text of|copy of) (?:the|your) (?:message|mail)"
    r"|> ?\S|return-path:|received:[ \t]|dkim-signature:).*$",
    re.IGNORECASE | re.MULTILINE,
)


def read_prose(message: Part, raw: bytes) -> list[Statement]:
    """Read what a mail system says in words; nothing when they say nothing of a delivery.

    Args:
        message: From a mail system, and no report in a standard's form.
        raw: The same message as bytes.
    """
    text = message.own_text[: _MOST_CHARACTERS * 4]
    text = _ORIGINAL.split(text, maxsplit=1)[0][:_MOST_CHARACTERS]
    addresses = _find_addresses(raw) or _list_failed(message)
    if not addresses:
        return [_judge("", text)] if _tells_of_failure(message, text) else []
    return [_judge(address, _cut_around(text, address, addresses)) for address in addresses]


def _judge(address: str, said: str) -> Statement:
    refusal = parse_refusal(said)
    is_tried = bool(server_words.STILL_TRYING.search(refusal.words))
    bounce_class = None if is_tried else classify(refusal)
    if bounce_class is BounceClass.HARD and not said.endswith("\n"):
        # Cut off in the middle of what is said.
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
    return bool(text.strip()) and (is_called_failure(message) or refusal.has_code)


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


def _find_addresses(raw: bytes) -> list[str]:
    """Ask flufl.bounce; it was written for whole messages and raises on some broken ones."""
    if len(raw) > _MOST_BYTES:
        return []
    from flufl.bounce import all_failures

    try:
        temporary, permanent = all_failures(email.message_from_bytes(raw, policy=policy.compat32))
    except Exception:  # noqa: BLE001 - nobody lists what its detectors raise on hostile bytes
        return []
    found = {address.decode("utf-8", "replace").strip() for address in {*temporary, *permanent}}
    return sorted(each for each in found if "@" in each and len(each) <= 320)[:_MOST_ADDRESSES]
