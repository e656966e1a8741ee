"""Feedback reports (RFC 5965): what a mailbox provider's users said about a message."""

import re
from typing import Final

from newsletter.reports.part import Part
from newsletter.reports.report import BounceClass, ReportKind
from newsletter.reports.report_fields import parse_blocks, parse_typed_address
from newsletter.reports.statement import Statement

#: ``auth-failure`` is RFC 6591's; ``opt-out`` is of the drafts, and some send it still. What is
#: not spam, and types nobody knows, are kept without consequence.
_KINDS: Final = {
    "abuse": ReportKind.COMPLAINT,
    "fraud": ReportKind.COMPLAINT,
    "opt-out": ReportKind.UNSUBSCRIBE,
    "opt-out-list": ReportKind.UNSUBSCRIBE,
    "auth-failure": ReportKind.BOUNCE,
}
_RECIPIENTS: Final = ("original-rcpt-to", "removal-recipient", "original-recipient")
#: Microsoft's programme for consumers has a form of its own.
_MICROSOFT_FIELD: Final = "x-hmxmroriginalrecipient"
_MICROSOFT_SUBJECT: Final = re.compile(r"complaint about message from", re.IGNORECASE)


def read_feedback(message: Part) -> list[Statement]:
    """Read a feedback report; nothing when it is none."""
    part = message.find_part("message/feedback-report")
    if part is None:
        return _read_microsoft(message)
    fields: dict[str, str] = {}
    for block in parse_blocks(part):
        fields = {**block, **fields}
    kind = fields.get("feedback-type", "").partition("(")[0].strip().lower()
    addresses = (parse_typed_address(fields.get(name, "")) for name in _RECIPIENTS)
    meaning = _KINDS.get(kind, ReportKind.OTHER)
    return [
        Statement(
            kind=meaning,
            bounce_class=BounceClass.AUTH if meaning is ReportKind.BOUNCE else None,
            address=next((each for each in addresses if each and "redacted" not in each), ""),
            words=f"feedback report: {kind}",
        )
    ]


def _read_microsoft(message: Part) -> list[Statement]:
    returned = message.returned
    if returned is None or not _MICROSOFT_SUBJECT.search(message.headers.subject):
        return []
    address = parse_typed_address(returned.headers.find(_MICROSOFT_FIELD))
    if not address:
        return []
    return [Statement(kind=ReportKind.COMPLAINT, address=address, words="junk mail report")]
