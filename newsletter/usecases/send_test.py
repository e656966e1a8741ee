"""Send an edition to named addresses, marked, outside the ledger, its unsubscribe links inert."""

from collections.abc import Sequence

from newsletter.rendering.edition import Edition
from newsletter.sending.message.recipient import DeliveryId
from newsletter.sending.message.template import compile_message
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import Outcome
from newsletter.usecases.event_loop import run_async
from newsletter.usecases.installation import Installation
from newsletter.usecases.sample_recipient import sample_recipient
from subscribers.address import EmailAddress


def send_test(
    installation: Installation, edition: Edition, addresses: Sequence[EmailAddress]
) -> dict[EmailAddress, Outcome]:
    """Hand over one marked message for each address; return what became of each.

    Raises:
        TransportError: The next hop cannot be used.
    """
    template = compile_message(
        edition,
        installation.settings.newsletter,
        is_test=True,
        signing_keys=installation.signing_keys,
    )
    recipients = [
        sample_recipient(installation, address, delivery_id=DeliveryId(0, number))
        for number, address in enumerate(addresses)
    ]
    outcomes: dict[DeliveryId, Outcome] = {}

    async def deliver() -> None:
        stream = RecipientStream(recipients, is_closed=True)
        await installation.transport.deliver(template, stream, outcomes.__setitem__)

    run_async(deliver())
    return {each.address: outcomes[each.delivery_id] for each in recipients}
