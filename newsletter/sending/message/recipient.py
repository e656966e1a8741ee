"""Whom one message is built for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from subscribers.address import EmailAddress


class DeliveryId(NamedTuple):
    """One issue to one subscriber: the key of the ledger's row."""

    issue_id: int
    subscriber_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Address, fields and personal links that one message is built for."""

    delivery_id: DeliveryId
    address: EmailAddress
    #: Where bounces go, as SMTP spells it: the sender's address, or one that names the delivery.
    return_path: str
    #: Empty when the subscriber gave none.
    name: str = ""
    language: str = ""
    #: Custom fields of the subscriber.
    fields: Mapping[str, str]
    #: Tags of the subscriber; read only for an edition that asks for one.
    tags: frozenset[str] = frozenset()
    #: With angle brackets; the same for every attempt of this delivery.
    message_id: str
    #: Milliseconds since 1970, UTC, of the delivery's first intent; becomes the Date header.
    dated_at_ms: int
    #: Complete ``https:`` link that ends the subscription, by page and by one click (RFC 8058).
    unsubscribe_url: str
    #: The token in that link, for the mailto beside it.
    unsubscribe_token: str
    #: Complete link that a system message was sent for; empty in an issue.
    action_url: str = ""
    #: The message, when it was built ahead because that takes long; None leaves it to whoever
    #: hands it over.
    message: bytes | None = None
