"""The report: what is learnt about a delivery after its message has left, by whatever road.

Whoever reads a road in (a provider's webhook, a mailbox of bounces) makes these; one use case takes
them, finds the delivery, and draws the consequences.
"""

from dataclasses import dataclass
from enum import StrEnum


class ReportKind(StrEnum):
    """What is reported."""

    #: A provider has the message, and has not handed it on yet.
    PROCESSED = "processed"
    #: The recipient's server took it.
    DELIVERED = "delivered"
    #: The recipient's server does not take it yet; whoever reports goes on trying.
    DELAYED = "delayed"
    #: It did not arrive, and nobody goes on trying.
    BOUNCE = "bounce"
    #: The recipient called it spam (RFC 5965).
    COMPLAINT = "complaint"
    #: The recipient wants no more: by mail, or by a provider's own link.
    UNSUBSCRIBE = "unsubscribe"
    #: Something nobody here understands, kept and without consequence.
    OTHER = "other"


class BounceClass(StrEnum):
    """Why a message did not arrive, which decides what follows."""

    #: There is no such address.
    HARD = "hard"
    #: The mailbox is full, or out of order for now.
    SOFT = "soft"
    #: Policy or reputation, and every refusal nobody knows: it says nothing about the address.
    BLOCK = "block"
    #: Our own set-up is wrong: login, SPF, DKIM, DMARC, TLS.
    AUTH = "auth"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One thing that was learnt; what it says of itself is not to be trusted before it is found."""

    #: The road it came by, such as ``sendgrid`` or ``mail``.
    source: str
    #: The same for each copy of the same report from this source: an event's id, or the hash of a
    #: message; at most 100 characters.
    source_id: str
    kind: ReportKind
    #: Of a bounce.
    bounce_class: BounceClass | None = None
    #: When it happened, milliseconds since 1970, UTC, as the reporter says.
    occurred_at_ms: int
    #: The token in the return path that the report came back to; empty for none.
    return_path_token: str = ""
    #: The token of the mailto beside the one-click link; empty for none.
    unsubscribe_token: str = ""
    #: The Message-ID of the message it is about, with angle brackets; empty when unknown.
    message_id: str = ""
    #: What a provider was told to give back with each event: our name for the delivery.
    delivery_argument: str = ""
    #: The address it is about, as it was written; empty when unknown.
    address: str = ""
    #: The enhanced status code (RFC 3463), such as ``5.1.1``; empty when there is none.
    status_code: str = ""
    #: The server's or the provider's own words, cut to 500 characters.
    words: str = ""
