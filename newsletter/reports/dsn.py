"""Delivery status notifications (RFC 3464, RFC 6533): what became of a message, for each recipient.

Read as servers write them: without blank lines, in base64, as plain text, or cut off.
"""

import re
from dataclasses import replace
from typing import Final

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.mail_system import is_from_mail_system
from newsletter.reports.part import Part
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.report_fields import Fields, parse_blocks, parse_typed_address
from newsletter.reports.statement import Statement

_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
_RECIPIENTS: Final = ("original-recipient", "final-recipient", "x-actual-recipient")
_LOOKS_LIKE_ONE: Final = re.compile(r"^(?:final|original)-recipient[ \t]*:", re.I | re.M)
#: RFC 3464 section 2.3.3.
_KINDS: Final = {
    "failed": ReportKind.BOUNCE,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
#: What the first digit of Status says when Action says nothing.
_KINDS_BY_CLASS: Final = {
    "2": ReportKind.DELIVERED,
    "4": ReportKind.DELAYED,
    "5": ReportKind.BOUNCE,
}
#: Lines of a text for people that quote the message, whose words are not the server's.
_QUOTED_HEADER: Final = re.compile(
    r"^[> \t]*(?:subject|from|to|date|betreff|제목|件名)\s*:.*$", re.I | re.M
)
_MOST_PROSE: Final = 1500


def read_dsn(message: Part) -> list[Statement]:
    """Read what is said of each recipient; nothing when it is no such notification."""
    part = _find_status(message)
    if part is None:
        return []
    groups = [
        group
        for group in parse_blocks(part)
        if any(name in group for name in (*_RECIPIENTS, "action", "status"))
        and "reporting-mta" not in group
        or _has_recipient(group)
    ]
    prose = _find_prose(message, part) if len(groups) == 1 else ""
    found = [statement for group in groups if (statement := _read_group(group, prose))]
    if not part.is_complete:
        # What would have followed may have said why it is not for good.
        found = [_soften(statement, BounceClass.BLOCK) for statement in found]
    return _soften_expanded(found)


def _find_status(message: Part) -> Part | None:
    part = message.find_part(*_TYPES)
    if part is None and is_from_mail_system(message):
        texts = (each for each in message.walk() if each.type.startswith("text/"))
        part = next((each for each in texts if _LOOKS_LIKE_ONE.search(each.text)), None)
    return part


def _has_recipient(group: Fields) -> bool:
    return any(name in group for name in _RECIPIENTS)


def _find_prose(message: Part, status: Part) -> str:
    """Find what is said to people, for notifications whose fields say too little."""
    texts = (each for each in message.walk() if each.type == "text/plain" and each is not status)
    text = next((each.text for each in texts if each.text.strip()), "")
    return _QUOTED_HEADER.sub("", text)[:_MOST_PROSE]


def _read_group(group: Fields, prose: str) -> Statement | None:
    status = group.get("status", "")
    said = group.get("diagnostic-code", "").partition(";")
    words = (said[2] if said[1] else said[0]).strip()
    refusal = parse_refusal(words or prose, status=status)
    kind = _find_kind(group, refusal.shown_code)
    if kind is None:
        return None
    addresses = (parse_typed_address(group.get(name, "")) for name in _RECIPIENTS)
    return Statement(
        kind=kind,
        bounce_class=classify(refusal) if kind is ReportKind.BOUNCE else None,
        address=next(filter(None, addresses), ""),
        status_code=refusal.shown_code,
        words=words,
    )


def _find_kind(group: Fields, code: str) -> ReportKind | None:
    """Tell what became of it; None when nothing says so."""
    action = group.get("action", "").partition("(")[0].strip().lower()
    return _KINDS.get(action) or _KINDS_BY_CLASS.get(code[:1])


def _soften(statement: Statement, softer: BounceClass) -> Statement:
    is_hard = statement.bounce_class is BounceClass.HARD
    return replace(statement, bounce_class=softer) if is_hard else statement


def _soften_expanded(found: list[Statement]) -> list[Statement]:
    """Do not take an alias for gone of which one member is: each message of ours has one recipient.

    So several groups are what his address was expanded to on the way.
    """
    are_all_hard = all(each.bounce_class is BounceClass.HARD for each in found)
    return found if are_all_hard else [_soften(each, BounceClass.SOFT) for each in found]
