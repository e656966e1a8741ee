"""One connection after the other, as long as there is somebody to take."""

import asyncio
from contextlib import suppress

from newsletter.sending.message.recipient import Recipient
from newsletter.sending.transports.smtp.conversation import Conversation
from newsletter.sending.transports.smtp.hands import Hands
from newsletter.sending.transports.smtp.run import SmtpRun
from newsletter.sending.transports.smtp.session import open_session
from newsletter.sending.transports.smtp.wire import BrokenConnectionError


class Lane:
    """Opens a connection when somebody is to be written to, and another when it breaks."""

    def __init__(self, run: SmtpRun) -> None:
        self._run = run
        self._hands = Hands(run)
        #: Connections in a row that were good for nothing.
        self._failures = 0
        #: What all lanes had settled when they began.
        self._settled_before = 0

    @property
    def is_idle(self) -> bool:
        """Whether it waits for recipients, and may be cancelled without harm."""
        return self._hands.is_idle

    async def work(self) -> None:
        """Hand over messages until nobody is left or the run has failed.

        Raises:
            TransportError: The next hop cannot be used. What was taken is reported or put back.
        """
        try:
            while (recipient := await self._hands.take()) is not None:
                await self._use_connection(recipient)
        except BaseException:
            self._hands.give_back("the run was stopped")
            raise
        self._run.is_over.set()

    async def _use_connection(self, recipient: Recipient) -> None:
        """Open a connection and use it as long as it lasts; rest if it was good for nothing."""
        run = self._run
        try:
            session = await open_session(run.options)
        except BrokenConnectionError as error:
            self._hands.give_back(str(error))
            await self._rest(str(error))
            return
        conversation = Conversation(run, session, self._hands)
        run.open_sessions += 1
        try:
            await conversation.carry(recipient)
        except BrokenConnectionError as error:
            self._hands.settle_broken(str(error))
            failure = "" if conversation.has_settled else str(error)
        else:
            failure = ""
        finally:
            run.open_sessions -= 1
            session.wire.abort()
        if failure:
            await self._rest(failure)
        else:
            self._failures = 0

    async def _rest(self, why: str) -> None:
        """Wait before the next try.

        Raises:
            NextHopDownError: There were enough, and no other connection gets anywhere either.
        """
        run, rests = self._run, self._run.options.patience.rests
        if not self._failures:
            self._settled_before = run.settled
        if self._failures == len(rests):
            if not run.open_sessions and run.settled == self._settled_before:
                raise run.down(why)
            self._failures -= 1
            self._settled_before = run.settled
        seconds = rests[self._failures] * (0.5 + run.chance())
        self._failures += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await run.is_over.wait()
                if run.stream.has_waiting and not run.has_failed:
                    # Somebody is left whom a connection has lost.
                    await asyncio.sleep(seconds)
