"""A next hop that is this process: for tests, and to try a send without sending."""

from dataclasses import dataclass, field

from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import (
    Accepted,
    Rejected,
    Report,
    splice_or_reject,
)


@dataclass
class MemoryTransport:
    """Keeps the first messages, each under its recipient's address."""

    delivered: dict[str, bytes] = field(default_factory=dict)
    #: Memory must not grow with the audience: later messages are built and forgotten.
    most_kept: int = 1000
    #: Addresses that do not exist here.
    refuse: frozenset[str] = frozenset()

    async def deliver(
        self, template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Keep each message; reject the addresses listed in `refuse`."""
        while taken := await recipients.take(100):
            for recipient in taken:
                if recipient.address.text in self.refuse:
                    report(recipient.delivery_id, Rejected("550 5.1.1 no such mailbox"))
                elif message := splice_or_reject(template, recipient, report):
                    if len(self.delivered) < self.most_kept:
                        self.delivered[recipient.address.text] = message
                    report(recipient.delivery_id, Accepted("kept in memory"))
