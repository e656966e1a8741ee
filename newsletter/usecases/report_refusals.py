"""What an SMTP server refused for good while it was handed over, taken like what comes back."""

import re
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.consequence import SEND_TIME
from newsletter.reports.report import Report, ReportKind
from newsletter.sending.ledger.deliveries import EVERYONE, Span
from newsletter.sending.ledger.reasons import Reason, list_reasons
from newsletter.sending.ledger.status import DeliveryStatus
from newsletter.usecases.installation import Installation
from newsletter.usecases.take_reports import take_reports
from subscribers.store.standings import find_public_ids
from subscribers.tokens import make_token

_BATCH: Final = 500
#: As `Reply.shown` writes one; what we say ourselves of a message has no code.
_REPLY: Final = re.compile(r"5\d\d(?: |$)")


def report_refusals(installation: Installation, issue_id: int, *, within: Span = EVERYONE) -> int:
    """Take a report for each delivery of an issue that a server refused for good.

    Safe to repeat: an attempt is reported once. What was accepted costs nothing.

    Returns:
        How many were reported for the first time.
    """
    after_id, count = within.after_id, 0
    while True:
        with installation.database.read() as connection:
            reasons = list_reasons(
                connection, issue_id, DeliveryStatus.FAILED, after_id=after_id, limit=_BATCH
            )
            reasons = [each for each in reasons if each.subscriber_id <= within.until_id]
            reports = list(_build_reports(installation, connection, issue_id, reasons))
        count += sum(each.is_new for each in take_reports(installation, reports))
        if len(reasons) < _BATCH:
            return count
        after_id = reasons[-1].subscriber_id


def _build_reports(
    installation: Installation, connection: sa.Connection, issue_id: int, reasons: list[Reason]
) -> Iterator[Report]:
    refused = [each for each in reasons if _REPLY.match(each.words)]
    people = find_public_ids(connection, [each.subscriber_id for each in refused])
    for each in refused:
        if (public_id := people.get(each.subscriber_id)) is None:
            continue
        refusal = parse_refusal(each.words)
        yield Report(
            source=SEND_TIME,
            source_id=f"{issue_id}.{each.subscriber_id}.{each.attempts}",
            kind=ReportKind.BOUNCE,
            bounce_class=classify(refusal),
            occurred_at_ms=installation.now_ms(),
            message_id=f"<{make_token(installation.keys, 'message', public_id, issue_id)}@>",
            status_code=refusal.shown_code,
            words=each.words,
        )
