"""What follows from a report for the person it is about: decided here, carried out elsewhere.

Each decision depends on what is known, never on the order in which it came: reports may come late,
twice and in any order, and end the same.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from newsletter.reports.report import BounceClass, Report, ReportKind

#: The road of what our own next hop refused when a message was handed over: it never left.
SEND_TIME: Final = "smtp"
#: A mailbox that was full for so many issues in a row, and for so long, is given up.
SOFT_ISSUES: Final = 5
SOFT_DAYS: Final = 14
_DAY_MS: Final = 86_400_000


class Consequence(StrEnum):
    """What follows from a report."""

    #: Nothing arrives there: the subscriber is bounced, the address suppressed.
    BOUNCED = "bounced"
    #: The subscriber is complained, the address suppressed.
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    #: The operator hears of it; the subscriber stays as he is.
    NOTED = "noted"
    #: It tells where the delivery stands, and is counted there.
    COUNTED = "counted"
    #: Repeated, or about nobody we know, or about nothing we know.
    NONE = "none"


class SoftBounces(NamedTuple):
    """When one issue bounced softly for a person, milliseconds since 1970, UTC."""

    first_at_ms: int
    last_at_ms: int


def says_it_left(report: Report) -> bool:
    """Tell whether a report proves that the next hop took the message into its care."""
    return report.kind is not ReportKind.OTHER and report.source != SEND_TIME


def find_consequence(report: Report, *, is_outdated: bool, is_given_up: bool) -> Consequence:
    """Tell what follows from a report about a delivery that was found.

    Args:
        report: What is reported, for the first time.
        is_outdated: The person has confirmed anew since: it no longer says anything about him.
        is_given_up: What `has_failed_for_long` tells of his soft bounces, this one among them.
    """
    if report.kind is ReportKind.BOUNCE:
        bounce_class = report.bounce_class or BounceClass.BLOCK
        if bounce_class in {BounceClass.BLOCK, BounceClass.AUTH}:
            return Consequence.NOTED
        is_final = bounce_class is BounceClass.HARD or is_given_up
        return Consequence.BOUNCED if is_final and not is_outdated else Consequence.COUNTED
    if report.kind is ReportKind.OTHER:
        return Consequence.NONE
    wish = _WISHES.get(report.kind)
    return Consequence.COUNTED if wish is None or is_outdated else wish


_WISHES: Final = {
    ReportKind.COMPLAINT: Consequence.COMPLAINED,
    ReportKind.UNSUBSCRIBE: Consequence.UNSUBSCRIBED,
}


def has_failed_for_long(issues: Iterable[SoftBounces | None]) -> bool:
    """Tell whether a mailbox has been out of order for too many issues in a row, for too long.

    Args:
        issues: Each that left for the person since his newest confirmation, in the order in which
            they left: its soft bounces, or None if it had none. One that arrived begins the
            count anew.
    """
    run: list[SoftBounces] = []
    for each in issues:
        if each is None:
            run = []
            continue
        run.append(each)
        span_ms = max(one.last_at_ms for one in run) - min(one.first_at_ms for one in run)
        if len(run) >= SOFT_ISSUES and span_ms >= SOFT_DAYS * _DAY_MS:
            return True
    return False
