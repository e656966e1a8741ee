"""Delivery status notifications (RFC 3464, RFC 6533): what became of a message, for each recipient.

Read as servers write them: without blank lines, in base64, as plain text, or cut off.
"""

import re
from dataclasses import replace
from typing import Final

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.mail_system import is_written_by_system, leave_out_quotes
from newsletter.reports.part import Part
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.report_fields import Fields, parse_blocks, parse_typed_address
from newsletter.reports.statement import Statement

_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
_RECIPIENTS: Final = ("original-recipient", "final-recipient", "x-actual-recipient")
_LOOKS_LIKE_ONE: Final = re.compile(
    r"^(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE
)
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
_MOST_PROSE: Final = 1500


def read_dsn(message: Part) -> list[Statement]:
    """Read what is said of each recipient; nothing when it is no such notification."""
    part = _find_status(message)
    if part is None:
        return []
    blocks = parse_blocks(part)
    groups = [group for group in blocks if any(name in group for name in _RECIPIENTS)]
    if not groups:
        # Whom it is about may be left out; the first block is then the only one.
        groups = [group for group in blocks if "action" in group or "status" in group][:1]
    prose = _find_prose(message, part) if len(groups) == 1 else ""
    found = [statement for group in groups if (statement := _read_group(group, prose))]
    if not part.is_complete:
        # What would have followed may have said why it is not for good.
        found = [_soften(statement, BounceClass.BLOCK) for statement in found]
    return _soften_expanded(found)


def _find_status(message: Part) -> Part | None:
    part = message.find_part(*_TYPES)
    if part is None and is_written_by_system(message):
        texts = (each for each in message.walk() if each.type.startswith("text/"))
        part = next((each for each in texts if _LOOKS_LIKE_ONE.search(each.text)), None)
    return part


def _find_prose(message: Part, status: Part) -> str:
    """Find what is said to people, for notifications whose fields say too little."""
    texts = (each for each in message.walk() if each.type == "text/plain" and each is not status)
    text = next((each.text for each in texts if each.text.strip()), "")
    return leave_out_quotes(text, message)[:_MOST_PROSE]


def _read_group(group: Fields, prose: str) -> Statement | None:
    status = group.get("status", "")
    said = group.get("diagnostic-code", "").partition(";")
    words = (said[2] if said[1] else said[0]).strip()
    refusal = parse_refusal(words or prose, status=status)
    kind = _find_kind(group, refusal.shown_code)
    if kind is None:
        return None
    addresses = (parse_typed_address(group.get(name, "")) for name in _RECIPIENTS)
    statement = Statement(
        kind=kind,
        bounce_class=classify(refusal) if kind is ReportKind.BOUNCE else None,
        address=next(filter(None, addresses), ""),
        status_code=refusal.shown_code,
        words=words,
    )
    return _soften(statement, BounceClass.SOFT) if _is_forwarded(group) else statement


def _is_forwarded(group: Fields) -> bool:
    """Tell whether it failed where the address is forwarded to, in somebody else's domain.

    The address itself is there, and may lead to others beside the one that is gone.
    """
    original, final = (
        parse_typed_address(group.get(name, "")).rpartition("@")[2].lower()
        for name in ("original-recipient", "final-recipient")
    )
    # A server's name for itself is of the same domain; one spelled in Unicode may be.
    is_known = bool(original and final) and (original + final).isascii() and "xn--" not in final
    return is_known and not f".{final}".endswith(f".{original}")


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
