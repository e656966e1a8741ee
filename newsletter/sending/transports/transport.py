"""The seam to the next hop: a compiled template and recipients in, outcomes out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream


@dataclass(frozen=True, slots=True)
class Accepted:
    """The next hop took responsibility for the message."""

    reply: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: another attempt is due. The message has certainly not been taken."""

    reply: str
    #: When the next hop said so, or it was our own trouble; None leaves it to the schedule.
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never: no further attempt. The message has certainly not been taken."""

    reply: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The message may or may not have been taken; nobody here can know."""

    reply: str


Outcome: TypeAlias = Accepted | Deferred | Rejected | InDoubt

#: Tells the outcome of one delivery as soon as it is known; cheap, callable from any thread.
Report: TypeAlias = Callable[[DeliveryId, Outcome], None]


def splice_or_reject(
    template: MessageTemplate, recipient: Recipient, report: Report
) -> bytes | None:
    """Build one message; one that cannot be built is rejected, and None returned.

    A name or a field that would break the header is this recipient's trouble and nobody else's.
    """
    try:
        return template.splice(recipient)
    except ValueError as error:
        report(recipient.delivery_id, Rejected(f"no message can be built: {error}"))
        return None


class Transport(Protocol):
    """Hands messages to the next hop.

    A transport takes as many recipients at a time as its next hop likes: SMTP pipelines, providers
    take many in one call. It reports once for each recipient it took, in any order.
    """

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Hand over one message for each recipient; return when the stream has ended.

        Raises:
            TransportError: The next hop cannot be used at all. Recipients that were taken and
                not reported are in doubt.
        """
        ...
