"""What one lane has taken from the stream, and how far each message of it is."""

from newsletter.sending.message.recipient import Recipient
from newsletter.sending.transports.smtp.run import SmtpRun


class Hands:
    """Holds at most two recipients: one whose message is on its way, and the one after him."""

    def __init__(self, run: SmtpRun) -> None:
        self._run = run
        #: Taken, and certainly not handed over; in the order in which they are asked for.
        self._held: list[Recipient] = []
        #: His final dot was written, and no reply has come.
        self._doubtful: Recipient | None = None
        #: Waiting for somebody to take: may be cancelled without harm.
        self.is_idle = False

    async def take(self) -> Recipient | None:
        """Wait for the next recipient; None when nobody is left or the run has failed."""
        if self._held:
            return self._held[0]
        if found := self.take_nowait():
            return found
        if self._run.has_failed:
            return None
        self.is_idle = True
        try:
            self._held += await self._run.stream.take()
        finally:
            self.is_idle = False
        return self._held[0] if self._held else None

    def take_nowait(self) -> Recipient | None:
        """Take another recipient if there is one already and the run goes on."""
        if self._run.has_failed:
            return None
        taken = self._run.stream.take_nowait()
        self._held += taken
        return taken[0] if taken else None

    def release(self) -> Recipient:
        """Let go of the first who was held: his message is settled without the final dot."""
        return self._held.pop(0)

    def release_last(self) -> Recipient:
        """Let go of the one who was taken last: no message for him can be built."""
        return self._held.pop()

    def pass_dot(self) -> None:
        """Note that the first one's final dot was written."""
        self._doubtful = self._held.pop(0)

    def answered(self) -> Recipient:
        """Return the one whose final dot was answered."""
        recipient, self._doubtful = self._doubtful, None
        if recipient is None:
            raise AssertionError("no message is on its way")
        return recipient

    def settle_broken(self, why: str) -> None:
        """Settle what a broken connection leaves: one in doubt, or one who had his try."""
        if not self._doubtful and self._held:
            self._run.hand_on(self.release(), why)
        self.give_back(why)

    def give_back(self, why: str) -> None:
        """Put back whoever is held, as if he had never been taken."""
        self._settle_doubtful(why)
        self._run.stream.put(self._held)
        self._held.clear()

    def _settle_doubtful(self, why: str) -> None:
        if self._doubtful:
            self._run.settle_doubt(self._doubtful, why)
            self._doubtful = None
