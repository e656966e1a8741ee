"""What every transport promises, whatever its next hop is.

A new transport is a subclass of `TransportContract` with a fixture `next_hop`.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from newsletter.errors import TransportError
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import Accepted, Outcome, Rejected, Transport
from tests.contracts.sends import TEMPLATE
from tests.unit.sample_messages import decode_parts, make_recipient, parse_strictly

#: Longer than anything on loopback takes.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class NextHop:
    """A transport under test, and what its next hop got from it."""

    transport: Transport
    #: Whom it refuses for good.
    refused: Recipient
    #: Lists the messages it took, in any order.
    list_messages: Callable[[], Sequence[bytes]]


def make_recipients(count: int) -> list[Recipient]:
    """Make recipients that differ in everything that is theirs."""
    return [
        make_recipient(
            f"reader{number}@example.com",
            delivery_id=DeliveryId(30, number),
            name=f"Reader {number}",
            message_id=f"<30.{number}@example.org>",
            unsubscribe_url=f"https://news.example.org/u/token-{number}",
            unsubscribe_token=f"token-{number}",
        )
        for number in range(1, count + 1)
    ]


def deliver(
    transport: Transport,
    recipients: Sequence[Recipient],
    template: MessageTemplate = TEMPLATE,
) -> list[tuple[DeliveryId, Outcome]]:
    """Hand everybody over and list what was reported, in the order of the reports."""
    reports: list[tuple[DeliveryId, Outcome]] = []

    async def run() -> None:
        stream = RecipientStream(recipients, is_closed=True)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await transport.deliver(template, stream, lambda *report: reports.append(report))

    asyncio.run(run())
    return reports


def deliver_until_failure(
    transport: Transport, recipients: Sequence[Recipient]
) -> tuple[TransportError, list[tuple[DeliveryId, Outcome]], list[Recipient]]:
    """Hand over to a next hop that fails; tell how, what was reported, and who was never taken."""
    reports: list[tuple[DeliveryId, Outcome]] = []
    left: list[Recipient] = []

    async def run() -> None:
        stream = RecipientStream(recipients, is_closed=True)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await transport.deliver(TEMPLATE, stream, lambda *report: reports.append(report))
        finally:
            left.extend(stream.withdraw())

    with pytest.raises(TransportError) as caught:
        asyncio.run(run())
    return caught.value, reports, left


def list_tokens(message: EmailMessage) -> set[str]:
    """List the tokens in a message's header and bodies: whose links are they?"""
    texts = [message["List-Unsubscribe"], *decode_parts(message).values()]
    return {token for text in texts for token in re.findall(r"token-\d+", text)}


class TransportContract:
    """Subclasses provide a fixture `next_hop` of type `NextHop`."""

    def test_everyone_has_exactly_one_outcome(self, next_hop: NextHop) -> None:
        """None would leave him in doubt; the order is the transport's affair."""
        recipients = make_recipients(150)

        reports = deliver(next_hop.transport, recipients)

        assert Counter(number for number, _ in reports) == Counter(
            each.delivery_id for each in recipients
        )
        assert {type(outcome) for _, outcome in reports} == {Accepted}

    def test_everyone_gets_the_message_made_for_him(self, next_hop: NextHop) -> None:
        """With his own links, addressed to him alone."""
        recipients = make_recipients(40)

        deliver(next_hop.transport, recipients)

        messages = [parse_strictly(message) for message in next_hop.list_messages()]
        assert len(messages) == 40
        assert {message["To"]: list_tokens(message) for message in messages} == {
            f"{each.name} <{each.address}>": {each.unsubscribe_token} for each in recipients
        }

    def test_a_refusal_concerns_one_recipient_only(self, next_hop: NextHop) -> None:
        """The others go on, before him and after him."""
        first, last = make_recipients(2)

        reports = dict(deliver(next_hop.transport, [first, next_hop.refused, last]))

        assert isinstance(reports[next_hop.refused.delivery_id], Rejected)
        assert isinstance(reports[first.delivery_id], Accepted)
        assert isinstance(reports[last.delivery_id], Accepted)
        assert len(next_hop.list_messages()) == 2

    def test_the_end_of_the_stream_ends_it(self, next_hop: NextHop) -> None:
        """Also when nobody was in it."""
        assert deliver(next_hop.transport, []) == []
        assert next_hop.list_messages() == []

    def test_recipients_may_come_late_and_outcomes_come_at_once(self, next_hop: NextHop) -> None:
        """An outcome makes room for the next intent: to wait for more would stop the window."""
        early, late = make_recipients(2)
        reports: list[DeliveryId] = []

        async def run() -> None:
            stream = RecipientStream()
            reported = asyncio.Queue[DeliveryId]()
            loop = asyncio.get_running_loop()

            def report(number: DeliveryId, _: Outcome) -> None:
                loop.call_soon_threadsafe(reported.put_nowait, number)

            delivering = asyncio.create_task(next_hop.transport.deliver(TEMPLATE, stream, report))
            for recipient in (early, late):
                stream.put([recipient])
                reports.append(await reported.get())
            stream.close()
            await delivering

        asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))

        assert reports == [early.delivery_id, late.delivery_id]

    def test_nothing_leaves_for_whoever_was_withdrawn(self, next_hop: NextHop) -> None:
        """His delivery is planned again, so that a message now would be the first of two."""
        withdrawn, other = make_recipients(2)
        reports: list[DeliveryId] = []

        async def run() -> None:
            stream = RecipientStream([withdrawn])
            assert stream.withdraw() == [withdrawn]
            stream.put([other])
            stream.close()
            await next_hop.transport.deliver(
                TEMPLATE, stream, lambda number, _: reports.append(number)
            )

        asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))

        assert reports == [other.delivery_id]
        assert len(next_hop.list_messages()) == 1
