"""Recipients get their messages in threads, and nobody is lost on the way."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.prepared_stream import PreparedStream
from tests.unit.sample_messages import make_recipient

PEOPLE = [make_recipient(delivery_id=DeliveryId(30, number)) for number in range(1, 21)]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return two threads."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def build(recipient: Recipient) -> Recipient:
    """Give a recipient a message that names him."""
    return replace(recipient, message=b"%d" % recipient.delivery_id.subscriber_id)


def test_everyone_comes_out_once_with_a_message(threads: ThreadPoolExecutor) -> None:
    """The end waits for messages that are still being built."""

    async def steps() -> list[Recipient]:
        stream = PreparedStream(build, threads)
        stream.put(PEOPLE)
        stream.close()
        out: list[Recipient] = []
        while taken := await stream.take(3):
            out += taken
        return out

    out = asyncio.run(asyncio.wait_for(steps(), 5))

    assert sorted(each.delivery_id for each in out) == [each.delivery_id for each in PEOPLE]
    assert all(each == build(each) for each in out)


def test_whoever_is_withdrawn_does_not_come_out_later(threads: ThreadPoolExecutor) -> None:
    """His delivery is planned again: a message that left now would be a second one."""
    may_build = threading.Event()

    def build_slowly(recipient: Recipient) -> Recipient:
        may_build.wait(5)
        return build(recipient)

    async def steps() -> tuple[list[Recipient], list[Recipient]]:
        stream = PreparedStream(build_slowly, threads)
        stream.put(PEOPLE)
        withdrawn = stream.withdraw()
        may_build.set()
        stream.close()
        return withdrawn, await stream.take(100)

    withdrawn, taken = asyncio.run(asyncio.wait_for(steps(), 5))

    assert withdrawn == PEOPLE
    assert taken == []


def test_whoever_has_a_message_already_is_withdrawn_too(threads: ThreadPoolExecutor) -> None:
    """Built is not handed over."""

    async def steps() -> list[Recipient]:
        stream = PreparedStream(build, threads)
        stream.put(PEOPLE[:4])
        await stream.take()
        return stream.withdraw()

    left = asyncio.run(asyncio.wait_for(steps(), 5))

    assert [each.delivery_id for each in left] == [each.delivery_id for each in PEOPLE[1:4]]
