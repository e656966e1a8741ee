"""What one message says about one recipient, before it is known whose delivery that is."""

from dataclasses import dataclass

from newsletter.reports.report import BounceClass, ReportKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One group of a delivery status notification, one complaint, one wish to leave."""

    kind: ReportKind
    #: Of a bounce.
    bounce_class: BounceClass | None = None
    #: As it was written; empty when it is not told.
    address: str = ""
    #: Such as ``5.1.1``; empty for none.
    status_code: str = ""
    #: The server's own words.
    words: str = ""
