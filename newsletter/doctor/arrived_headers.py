"""The header of a message that arrived: what mail services and mail clients look for in it."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from newsletter.doctor.arrived_message import ArrivedMessage
from newsletter.doctor.examination import Examination
from newsletter.doctor.rules import message as rules
from newsletter.rendering.finding import Finding, build_finding

_MOST_BYTES = 10_000_000
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_HTTPS_LINK = re.compile(r"<\s*https://[^\s<>]+\s*>", re.IGNORECASE)
_ONE_CLICK = "List-Unsubscribe=One-Click"
_FAILED = re.compile(
    r"\b(spf|dkim|dmarc)\s*=\s*(fail|softfail|permerror|temperror|policy)\b", re.IGNORECASE
)


def examine_header(message: ArrivedMessage) -> Examination:
    """Look at the fields that each message of its kind has once."""
    return Examination(
        subject="header",
        seen=f"from {message.from_domain}, {len(message.content):,} bytes",
        findings=tuple(_judge_header(message)),
    )


def examine_unsubscribing(message: ArrivedMessage) -> Examination:
    """Look for both fields of RFC 8058 section 3.1; whether they are signed is told elsewhere."""
    return Examination(
        subject="one-click fields",
        seen="an https link, and List-Unsubscribe-Post",
        findings=tuple(_judge_unsubscribing(message)),
    )


def examine_receivers_words(message: ArrivedMessage) -> Examination:
    """Show what the receiver wrote, which is to be believed of one's own receiver only."""
    words = message.list_values("authentication-results")
    failed = sorted({f"{method}={result}".lower() for method, result in _list_failures(words)})
    findings = (
        ()
        if not failed
        else (build_finding(rules.RECEIVER, f"the receiver wrote {', '.join(failed)}"),)
    )
    return Examination(
        subject="Authentication-Results (not proven)",
        seen="; ".join(words) or "none",
        findings=findings,
    )


def _list_failures(words: list[str]) -> Iterator[tuple[str, str]]:
    for value in words:
        yield from _FAILED.findall(value)


def _judge_header(message: ArrivedMessage) -> Iterator[Finding]:
    if not message.fields:
        yield build_finding(rules.UNREADABLE, "there is no header field in the file")
        return
    senders = message.list_addresses("from")
    if len(message.list_values("from")) != 1 or len(senders) != 1:
        yield build_finding(
            rules.FROM,
            f"there are {len(message.list_values('from'))} From fields with"
            f" {len(senders)} addresses",
        )
    if (readers := len(message.list_addresses("to"))) != 1:
        yield build_finding(rules.TO, f"To names {readers} addresses")
    dates = message.list_values("date")
    if len(dates) != 1 or not _is_date(dates[0]):
        yield build_finding(rules.DATE, f"there are {len(dates)} Date fields, expected a good one")
    ids = message.list_values("message-id")
    if len(ids) != 1 or not _MESSAGE_ID.fullmatch(ids[0]):
        yield build_finding(rules.MESSAGE_ID, f"Message-ID is {', '.join(ids) or 'missing'}")
    if not message.list_values("list-id"):
        yield build_finding(rules.LIST_ID, "there is no List-Id")
    if (size := len(message.content)) > _MOST_BYTES:
        yield build_finding(rules.SIZE, f"the message has {size:,} bytes")


def _judge_unsubscribing(message: ArrivedMessage) -> Iterator[Finding]:
    ways = message.list_values("list-unsubscribe")
    if not any(_HTTPS_LINK.search(way) for way in ways):
        what = "has no https link" if ways else "is missing"
        yield build_finding(rules.UNSUBSCRIBE, f"List-Unsubscribe {what}")
    posts = message.list_values("list-unsubscribe-post")
    if posts != [_ONE_CLICK]:
        what = f"says “{posts[0]}”" if posts else "is missing"
        yield build_finding(rules.ONE_CLICK, f"List-Unsubscribe-Post {what}")


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return False
    return True
