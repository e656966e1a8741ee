"""One message of a mailbox → what it is, and the reports that are in it. Any bytes give a reading."""

import hashlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from newsletter.reports.auto_reply import is_auto_reply, is_receipt
from newsletter.reports.dsn import read_dsn
from newsletter.reports.fallback import read_prose
from newsletter.reports.feedback import read_feedback
from newsletter.reports.mail_system import is_called_failure, is_from_mail_system
from newsletter.reports.part import MOST_BYTES, Part, parse_message
from newsletter.reports.report import Report, ReportKind
from newsletter.reports.server_words import mask_addresses
from newsletter.reports.statement import Statement
from newsletter.reports.trace import Trace, find_trace
from newsletter.reports.unsubscribe_mail import find_sender, find_wish

SOURCE: Final = "mail"
_MOST_WORDS: Final = 500
_MOST_STATEMENTS: Final = 100
_HASH_DIGITS: Final = 48


class Nature(StrEnum):
    """What a message is."""

    #: Says something of a delivery, or ends a subscription.
    REPORT = "report"
    #: A program answered for somebody: a vacation note, a challenge.
    AUTO_REPLY = "auto-reply"
    #: Says that a message was shown (RFC 8098).
    RECEIPT = "receipt"
    #: Not understood: somebody's letter, perhaps.
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a message is, and what it reports."""

    nature: Nature
    reports: tuple[Report, ...] = ()


def read_mail(raw: bytes, *, now_ms: int) -> Reading:
    """Read one message.

    Args:
        raw: The message as it was received, whatever it is; what is beyond `MOST_BYTES` is not
            looked at.
        now_ms: When it is read, milliseconds since 1970, UTC; nothing happened later.

    Returns:
        A reading. Repeated, also with other line ends, its reports are the same.
    """
    raw = raw[:MOST_BYTES]
    message = parse_message(raw)
    if (token := find_wish(message)) is not None:
        wish = Statement(kind=ReportKind.UNSUBSCRIBE, address=find_sender(message))
        return _report(message, raw, [wish], Trace(unsubscribe_token=token), now_ms)
    for read in (read_dsn, read_feedback):
        if found := read(message):
            return _report(message, raw, found, find_trace(message), now_ms)
    if is_receipt(message):
        return Reading(nature=Nature.RECEIPT)
    is_of_system = is_from_mail_system(message)
    if is_auto_reply(message) and not (is_of_system and is_called_failure(message)):
        return Reading(nature=Nature.AUTO_REPLY)
    if is_of_system and (found := read_prose(message, raw)):
        return _report(message, raw, found, find_trace(message), now_ms)
    return Reading(nature=Nature.OTHER)


def _report(
    message: Part, raw: bytes, statements: list[Statement], trace: Trace, now_ms: int
) -> Reading:
    digest = hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()[:_HASH_DIGITS]
    occurred_at_ms = _find_date(message, now_ms)
    reports = tuple(
        Report(
            source=SOURCE,
            source_id=f"{digest}-{number}",
            kind=statement.kind,
            bounce_class=statement.bounce_class,
            occurred_at_ms=occurred_at_ms,
            return_path_token=trace.return_path_token,
            unsubscribe_token=trace.unsubscribe_token,
            message_id=trace.message_id,
            address=statement.address,
            status_code=statement.status_code,
            words=mask_addresses(" ".join(statement.words.split()))[:_MOST_WORDS],
        )
        for number, statement in enumerate(statements[:_MOST_STATEMENTS], start=1)
    )
    return Reading(nature=Nature.REPORT, reports=reports)


def _find_date(message: Part, now_ms: int) -> int:
    """Find when it was written; now, when it does not say so or claims a time to come."""
    try:
        moment = parsedate_to_datetime(message.headers.find("date"))
        return max(0, min(now_ms, int(moment.timestamp() * 1000)))
    except (TypeError, ValueError, OverflowError, OSError, IndexError):
        return now_ms
