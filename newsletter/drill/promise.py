"""What is promised, and what of it was broken: the ledger's words against the next hop's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from newsletter.drill.next_hop import NextHop
from newsletter.sending.ledger.status import DeliveryStatus


class Fault(StrEnum):
    """A way to break the promise."""

    #: The ledger says what is not so, or nothing.
    LOST = "lost"
    #: The next hop has two.
    DOUBLED = "doubled"
    #: More deliveries are in doubt than intents were open.
    DOUBTED = "in doubt"
    #: Something ended neither before nor after.
    HALF_DONE = "half done"


@dataclass(frozen=True, slots=True)
class Breach:
    """One case in which the promise was broken; holds made-up addresses only."""

    fault: Fault
    #: What it is about: an address, an issue or a revision.
    subject: str
    words: str

    def __str__(self) -> str:
        return f"{self.subject} {self.words} ({self.fault})"


_ENDS = {DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.IN_DOUBT}


def find_breaches(ledger: Mapping[str, DeliveryStatus], next_hop: NextHop) -> Iterator[Breach]:
    """Find what must not be at any time, also while an issue is under way."""
    for address, status in ledger.items():
        if status is DeliveryStatus.SENT and address not in next_hop.accepted:
            yield Breach(Fault.LOST, address, "is called sent, and the next hop never said so")
        if status is DeliveryStatus.FAILED and address not in next_hop.refused:
            yield Breach(Fault.LOST, address, "is called failed, and was never refused")
    for address in next_hop.first_run:
        if (count := next_hop.accepted[address] + next_hop.unanswered[address]) > 1:
            yield Breach(Fault.DOUBLED, address, f"got the issue {count} times")


def find_last_breaches(
    ledger: Mapping[str, DeliveryStatus], next_hop: NextHop, *, recipients: int, open_intents: int
) -> Iterator[Breach]:
    """Find what must not be when nothing remains to be done.

    Args:
        ledger: Address → where its delivery stands.
        next_hop: The witness.
        recipients: How many were to be planned.
        open_intents: How many the kills left, all together.
    """
    if len(ledger) != recipients:
        words = f"has {len(ledger)} deliveries for {recipients} recipients"
        yield Breach(Fault.LOST, "the plan", words)
    for address, status in ledger.items():
        if status not in _ENDS:
            yield Breach(Fault.LOST, address, f"is still {status}, and nobody works on it")
    doubtful = sum(status is DeliveryStatus.IN_DOUBT for status in ledger.values())
    most = open_intents + next_hop.silences
    if doubtful > most:
        words = f"has {doubtful} in doubt, and {most} can be explained"
        yield Breach(Fault.DOUBTED, "the issue", words)
