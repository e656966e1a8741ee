"""Transports that do what a test says, as a next hop might at its worst."""

import asyncio
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.transport import Accepted, Outcome, Report

#: What becomes of one message; None when nobody ever tells. It may raise, too.
Script = Callable[[Recipient], Outcome | None]


def accept(_: Recipient) -> Outcome:
    """Take responsibility for the message."""
    return Accepted("250 ok")


@dataclass
class ScriptedTransport:
    """Takes one recipient at a time and does with his message what the script says."""

    script: Script = accept
    #: How many messages arrived, by the subscriber's number.
    arrived: Counter[int] = field(default_factory=Counter)

    async def deliver(
        self, _template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Follow the script for each message, one after the other."""
        while taken := await recipients.take():
            for recipient in taken:
                self.arrived[recipient.delivery_id.subscriber_id] += 1
                if outcome := self.script(recipient):
                    report(recipient.delivery_id, outcome)


@dataclass
class HoardingTransport:
    """Answers only when it holds so many messages, the newest first; the rest at the end."""

    most_held: int
    #: Called whenever it holds as many as it may.
    on_full: Callable[[], None] = lambda: None
    outcome: Outcome = field(default_factory=lambda: Accepted("250 ok"))
    arrived: Counter[int] = field(default_factory=Counter)

    async def deliver(
        self, _template: MessageTemplate, recipients: RecipientStream, report: Report
    ) -> None:
        """Keep the first recipient waiting for as long as there are others."""
        held: deque[Recipient] = deque()
        while taken := await recipients.take():
            held += taken
            if len(held) == self.most_held:
                self.on_full()
                self._answer(held.pop(), report)
        while held:
            self._answer(held.pop(), report)

    def _answer(self, recipient: Recipient, report: Report) -> None:
        self.arrived[recipient.delivery_id.subscriber_id] += 1
        report(recipient.delivery_id, self.outcome)


def at_message(number: int, act: Callable[[], object]) -> Callable[[Recipient], Outcome]:
    """Make a script that does something while it holds the message of that number, from 1 on."""
    seen: list[Recipient] = []

    def script(recipient: Recipient) -> Outcome:
        seen.append(recipient)
        if len(seen) == number:
            act()
        return Accepted("250 ok")

    return script


def answer_in_turn(*outcomes: Outcome | Exception | None) -> Callable[[Recipient], Outcome | None]:
    """Make a script that answers with these, one after the other, and raises the exceptions."""
    waiting = iter(outcomes)

    def script(_: Recipient) -> Outcome | None:
        outcome = next(waiting)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return script


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for a few seconds at most."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


@dataclass
class SilentTransport:
    """Takes everybody and never answers."""

    taken: int = 0

    async def deliver(
        self, _template: object, recipients: RecipientStream, _report: object
    ) -> None:
        """Take until nobody is left, then wait."""
        while found := await recipients.take():
            self.taken += len(found)
        await asyncio.Event().wait()


@dataclass
class InterruptedOnce:
    """Takes two recipients, sees its process interrupted, and answers when the ledger is ready."""

    until: Callable[[], bool]

    async def deliver(self, _template: object, recipients: RecipientStream, report: Report) -> None:
        """Go on to the end of the stream, which is near."""
        taken = [*await recipients.take(), *await recipients.take()]
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.to_thread(wait_until, self.until)
        for recipient in taken:
            report(recipient.delivery_id, Accepted())
        assert await recipients.take() == []


class InterruptedTwice:
    """Takes two recipients, sees its process interrupted twice, and never answers."""

    async def deliver(
        self, _template: object, recipients: RecipientStream, _report: object
    ) -> None:
        """Wait for ever."""
        assert await recipients.take()
        assert await recipients.take()
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
        await asyncio.Event().wait()


class ReturningTransport:
    """Returns at once, though the stream has not ended."""

    async def deliver(self, _template: object, _recipients: object, _report: object) -> None:
        """Do nothing."""
