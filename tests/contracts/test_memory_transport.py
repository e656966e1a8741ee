from dataclasses import replace

import pytest

from newsletter.sending.transports.memory import MemoryTransport
from newsletter.sending.transports.transport import Accepted, Rejected
from tests.contracts.transport_contract import NextHop, TransportContract, deliver, make_recipients
from tests.unit.sample_messages import make_recipient


class TestMemoryTransport(TransportContract):
    """The transport whose next hop is this process."""

    @pytest.fixture
    def next_hop(self) -> NextHop:
        """Return one that knows of a missing mailbox."""
        transport = MemoryTransport(refuse=frozenset({"nobody@example.org"}))
        return NextHop(
            transport,
            refused=make_recipient("nobody@example.org"),
            list_messages=lambda: list(transport.delivered.values()),
        )

    def test_messages_are_found_under_the_address(self) -> None:
        """Tests ask for them so."""
        transport = MemoryTransport()
        [recipient] = make_recipients(1)

        deliver(transport, [recipient])

        assert list(transport.delivered) == ["reader1@example.com"]

    def test_only_the_first_messages_are_kept(self) -> None:
        """A trial run of any size fits into memory; everybody is accepted all the same."""
        transport = MemoryTransport(most_kept=2)

        reports = deliver(transport, make_recipients(5))

        assert len(reports) == 5
        assert list(transport.delivered) == ["reader1@example.com", "reader2@example.com"]

    def test_a_message_that_cannot_be_built_is_rejected(self) -> None:
        """One broken row must not stop an issue; the others get theirs."""
        first, last = make_recipients(2)
        broken = replace(first, message_id="no brackets\r\n")

        (_, refused), (_, accepted) = deliver(MemoryTransport(), [broken, last])

        assert isinstance(refused, Rejected)
        assert "Message-ID" in refused.reply
        assert isinstance(accepted, Accepted)
