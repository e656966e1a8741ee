"""The drill's next hop: fast, slow or hostile, and the only witness of who got what."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.drill.smtp_server import Act, Said, Script, SmtpServer, Taken, behave

#: How long the slow one thinks about each message.
SLOW_SECONDS = 0.02
#: How long the hostile one now and then does.
STALL_SECONDS = 2.0
#: Parts of all messages, and of all connections, that meet each trouble.
LATER, NEVER, DROPPED, STALLED = 0.05, 0.01, 0.01, 0.01

_LATER = b"451 4.3.0 try later\r\n"
_NO_MAILBOX = b"550 5.1.1 no such mailbox\r\n"
_NOT_TAKEN = b"554 5.6.0 this message cannot be taken\r\n"
_STAGES = ("MAIL", "RCPT", "DATA", "CONTENT")


class Temper(StrEnum):
    """How a next hop behaves."""

    FAST = "fast"
    SLOW = "slow"
    HOSTILE = "hostile"


@dataclass
class NextHop(SmtpServer):
    """Counts, for the issue that is being sent, what it took, and whether it said so."""

    #: Which run of the sender is on; set by the drill.
    run: int = 0
    #: Messages that came whole, in this run; to know how far the sender is.
    received: int = 0
    #: Address → how often it was answered with 250 after the final dot.
    accepted: Counter[str] = field(default_factory=Counter)
    #: Addresses whose message came whole, and was taken without an answer.
    unanswered: Counter[str] = field(default_factory=Counter)
    #: Addresses that were refused for good.
    refused: set[str] = field(default_factory=set)
    #: Messages that came whole and were not answered, taken or not.
    silences: int = 0
    #: Address → the run in which its first message came.
    first_run: dict[str, int] = field(default_factory=dict)

    def begin_issue(self) -> None:
        """Forget the issue before."""
        for counts in (self.accepted, self.unanswered, self.refused, self.first_run):
            counts.clear()
        self.silences = 0

    def begin_run(self) -> int:
        """Say that a sender is about to be started; return the number of its run."""
        self.run += 1
        self.received = 0
        return self.run

    def has_taken(self, address: str) -> bool:
        """Tell whether an address's message is here, whatever its sender heard of it."""
        return address in self.accepted or address in self.unanswered

    def note_said(self, said: Said) -> None:
        """Count a message as unanswered until it is answered."""
        self.silences += said.verb == "CONTENT"

    def note_refused(self, said: Said, recipients: list[str], reply: bytes) -> None:
        """Keep who was refused for good."""
        self.silences -= said.verb == "CONTENT"
        if reply.startswith(b"5"):
            self.refused.update(recipients)

    def note_taken(self, taken: Taken) -> None:
        """Count a message."""
        self.received += 1
        self.silences -= taken.is_answered
        (self.accepted if taken.is_answered else self.unanswered).update(taken.recipients)
        for address in taken.recipients:
            self.first_run.setdefault(address, self.run)


def make_next_hop(temper: Temper, seed: int) -> NextHop:
    """Make a next hop of a temper; its troubles are drawn from the seed."""
    return NextHop(script=_SCRIPTS[temper](random.Random(seed)))  # noqa: S311 - repeatable chance


def _be_fast(_: random.Random) -> Script:
    return behave


def _be_slow(_: random.Random) -> Script:
    async def think(said: Said) -> None:
        if said.verb == "CONTENT":
            await asyncio.sleep(SLOW_SECONDS)

    return think


def _be_hostile(chance: random.Random) -> Script:
    #: Connection → the one command of its present message that meets trouble, and the trouble.
    fates: dict[int, tuple[str, bytes | Act | float] | None] = {}

    async def trouble(said: Said) -> bytes | Act | None:
        if said.verb in {"CONNECT", "EHLO"}:
            return Act.DROP if chance.random() < DROPPED else None
        if said.verb == "MAIL":
            fates[said.connection] = _draw_fate(chance)
        fate = fates.get(said.connection)
        if fate is None or fate[0] != said.verb:
            return None
        if isinstance(fate[1], float):
            await asyncio.sleep(fate[1])
            return None
        return fate[1]

    return trouble


def _draw_fate(chance: random.Random) -> tuple[str, bytes | Act | float] | None:
    """Draw at which command which trouble begins; None for a message that meets none."""
    luck = chance.random()
    for part, fate in (
        (LATER, (chance.choice(_STAGES), _LATER)),
        (NEVER, chance.choice((("RCPT", _NO_MAILBOX), ("CONTENT", _NOT_TAKEN)))),
        (DROPPED, (chance.choice(_STAGES), chance.choice((Act.DROP, Act.DO_AND_DROP)))),
        (STALLED, ("CONTENT", STALL_SECONDS)),
    ):
        luck -= part
        if luck < 0:
            return fate
    return None


_SCRIPTS = {Temper.FAST: _be_fast, Temper.SLOW: _be_slow, Temper.HOSTILE: _be_hostile}
