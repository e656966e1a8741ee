"""What the connections of one run share: the stream, the way to report, and how things go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from newsletter.errors import NextHopDownError, NextHopRefusesError
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate
from newsletter.sending.recipient_stream import RecipientStream
from newsletter.sending.transports.smtp.options import SmtpOptions
from newsletter.sending.transports.smtp.refusal import Meaning, Stage, explain_refusal
from newsletter.sending.transports.smtp.reply import Reply
from newsletter.sending.transports.transport import (
    Accepted,
    Deferred,
    InDoubt,
    Outcome,
    Rejected,
    Report,
)

#: A connection may break this often with the same message before it must wait for a later run.
_MOST_TRIES = 3
#: A refusal that is about us may be about one recipient after all: so many without an accepted
#: message between them are believed.
_BELIEVED_REFUSALS = 3


@dataclass(kw_only=True)
class SmtpRun:
    """One call of `deliver`; one event loop's tasks use it."""

    options: SmtpOptions
    template: MessageTemplate
    stream: RecipientStream
    report: Report
    #: 0 to 1, so that connections that broke together do not come back together.
    chance: Callable[[], float]
    #: Nobody is left to take, or the run has failed: rests end.
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    has_failed: bool = False
    #: Connections that are open and ready.
    open_sessions: int = 0
    #: Replies that settled a delivery: whether the server does anything at all.
    settled: int = 0
    _tries: dict[DeliveryId, int] = field(default_factory=dict)
    #: Whether the server has taken a message of this issue from us.
    _has_accepted: bool = False
    #: Refusals that are about us since a message was accepted.
    _refusals: int = 0
    _last_refusal: str = ""

    def settle(self, recipient: Recipient, outcome: Outcome) -> None:
        """Report what became of one message."""
        self.settled += 1
        if self._tries:
            self._tries.pop(recipient.delivery_id, None)
        self.report(recipient.delivery_id, outcome)

    def settle_accepted(self, recipient: Recipient, reply: Reply) -> None:
        """Report a message that the server has taken."""
        self._has_accepted = True
        self._refusals = 0
        self.settle(recipient, Accepted(reply.shown))

    def settle_refusal(self, recipient: Recipient, stage: Stage, reply: Reply) -> None:
        """Report what the server said to one message.

        Raises:
            NextHopRefusesError: It said before that something is wrong with us.
        """
        match explain_refusal(stage, reply):
            case Meaning.LATER:
                self.settle(recipient, Deferred(reply.shown))
            case Meaning.NEVER:
                self.settle(recipient, Rejected(reply.shown))
            case Meaning.TOO_BIG if self._has_accepted:
                self.settle(recipient, Rejected(reply.shown))
            case Meaning.TOO_BIG | Meaning.OURS:
                self.settle(recipient, Deferred(reply.shown, retry_after_seconds=0))
                self._refusals += 1
                self._last_refusal = f"refuses {stage.value}: {reply.shown}"
                if stage is Stage.MAIL or self._refusals >= _BELIEVED_REFUSALS:
                    raise self._refused()

    def settle_doubt(self, recipient: Recipient, why: str) -> None:
        """Report a message whose final dot was written, and which was never answered."""
        self.settle(recipient, InDoubt(f"{why} after the message was handed over"))

    def hand_on(self, recipient: Recipient, why: str) -> None:
        """Let another connection try, unless too many did."""
        tries = self._tries.get(recipient.delivery_id, 0) + 1
        if tries >= _MOST_TRIES:
            self.settle(recipient, Deferred(why))
        else:
            self._tries[recipient.delivery_id] = tries
            self.stream.put([recipient])

    def require_served(self) -> None:
        """Do not take it for recipients' trouble when nobody was accepted any more.

        Raises:
            NextHopRefusesError: The last replies said that something is wrong with us.
        """
        if self._refusals:
            raise self._refused()

    def down(self, why: str) -> NextHopDownError:
        """Make the error for a server that takes nothing."""
        return NextHopDownError(
            f"{why}. Nothing was lost: run the same command again later, and it goes on"
            " where it stopped."
        )

    def _refused(self) -> NextHopRefusesError:
        server = self.options.server
        return NextHopRefusesError(f"{server.host}:{server.port} {self._last_refusal}")
