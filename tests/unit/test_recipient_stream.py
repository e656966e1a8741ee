import asyncio
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import TypeVar

from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.recipient_stream import RecipientStream
from tests.unit.sample_messages import make_recipient

ONE, TWO, THREE = (make_recipient(delivery_id=DeliveryId(30, number)) for number in (1, 2, 3))
Answer = TypeVar("Answer")


def run(steps: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run steps on an event loop; whatever waits for ever is an error."""

    async def within_seconds() -> Answer:
        async with asyncio.timeout(5):
            return await steps()

    return asyncio.run(within_seconds())


def test_recipients_are_taken_in_their_order() -> None:
    """As many as wanted, or as there are."""

    async def steps() -> list[list[Recipient]]:
        stream = RecipientStream([ONE, TWO, THREE])
        return [await stream.take(2), await stream.take(2)]

    assert run(steps) == [[ONE, TWO], [THREE]]


def test_whoever_takes_waits_for_another_thread() -> None:
    """The ledger's thread opens intents while the transport waits."""

    async def steps() -> list[Recipient]:
        stream = RecipientStream()
        taking = asyncio.create_task(stream.take())
        await asyncio.sleep(0)
        Thread(target=stream.put, args=([ONE],)).start()
        return await taking

    assert run(steps) == [ONE]


def test_the_end_is_told_to_everyone_who_waits() -> None:
    """A transport may have several tasks."""

    async def steps() -> list[list[Recipient]]:
        stream = RecipientStream()
        taking = asyncio.gather(stream.take(), stream.take())
        await asyncio.sleep(0)
        Thread(target=stream.close).start()
        return list(await taking)

    assert run(steps) == [[], []]


def test_whoever_is_here_at_the_end_is_still_taken() -> None:
    """His intent is open: if nobody took him, he would be in doubt."""

    async def steps() -> list[list[Recipient]]:
        stream = RecipientStream([ONE])
        stream.close()
        return [await stream.take(), await stream.take()]

    assert run(steps) == [[ONE], []]


class _EndsMeanwhile(RecipientStream):
    """Somebody is put, and the end told, just after whoever takes has looked and found nobody."""

    def take_nowait(self, most: int = 1) -> list[Recipient]:
        taken = super().take_nowait(most)
        if not self._is_closed:
            self.put([ONE])
            self.close()
        return taken


def test_whoever_is_put_just_before_the_end_is_taken() -> None:
    """The two threads may meet in any order; the end must not overtake him."""

    async def steps() -> list[list[Recipient]]:
        stream = _EndsMeanwhile()
        return [await stream.take(), await stream.take()]

    assert run(steps) == [[ONE], []]


def test_taking_without_waiting_takes_who_is_here() -> None:
    """To fill a batch that has begun."""

    async def steps() -> list[list[Recipient]]:
        stream = RecipientStream([ONE, TWO])
        return [stream.take_nowait(5), stream.take_nowait(5)]

    assert run(steps) == [[ONE, TWO], []]


def test_only_who_was_not_taken_is_withdrawn() -> None:
    """What a transport has taken may have left."""

    async def steps() -> tuple[list[Recipient], list[Recipient], list[Recipient]]:
        stream = RecipientStream([ONE, TWO, THREE])
        await stream.take()
        withdrawn = stream.withdraw()
        return withdrawn, stream.withdraw(), stream.take_nowait()

    assert run(steps) == ([TWO, THREE], [], [])


def test_nobody_is_taken_twice_or_lost_between_threads() -> None:
    """Two tasks take while a thread fills and another withdraws."""

    async def steps() -> tuple[list[int], list[int]]:
        stream = RecipientStream()
        taken: list[Recipient] = []
        everybody = [make_recipient(delivery_id=DeliveryId(30, number)) for number in range(2000)]
        withdrawn: list[Recipient] = []

        def fill() -> None:
            for recipient in everybody:
                stream.put([recipient])
            stream.close()

        def withdraw() -> None:
            for _ in range(200):
                withdrawn.extend(stream.withdraw())

        async def take() -> None:
            while some := await stream.take(3):
                taken.extend(some)

        threads = [Thread(target=fill), Thread(target=withdraw)]
        for thread in threads:
            thread.start()
        await asyncio.gather(take(), take())
        for thread in threads:
            thread.join()
        numbers = sorted(each.delivery_id.subscriber_id for each in taken + withdrawn)
        return numbers, list(range(2000))

    numbers, expected = run(steps)

    assert numbers == expected


def test_whoever_is_put_back_is_taken_after_the_end() -> None:
    """A connection that breaks gives back whom it had not begun with."""

    async def steps() -> list[bool | list[Recipient]]:
        stream = RecipientStream([ONE], is_closed=True)
        taken = await stream.take()
        seen: list[bool | list[Recipient]] = [stream.has_waiting]
        stream.put(taken)
        return [*seen, stream.has_waiting, await stream.take(), await stream.take()]

    assert run(steps) == [False, True, [ONE], []]
