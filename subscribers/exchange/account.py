"""What the operator says of the people in a file, and what became of each row."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from subscribers.errors import InvalidValueError
from subscribers.exchange.standing import MAILABILITY
from subscribers.subscription import State


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportTerms:
    """What the operator says of everyone in the file.

    Raises:
        InvalidValueError: Confirmed people come with the basis of their consent and its source.
    """

    #: The most that anybody gets: what the file says is believed where it is less.
    state: State
    #: What people agreed to, in the operator's words.
    basis: str = ""
    #: Where the file came from.
    source: str = ""
    #: Given to everyone beside the tags in the file.
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.state not in MAILABILITY:
            raise InvalidValueError(f"nobody can be imported as {self.state}")
        if self.state is State.CONFIRMED and not (self.basis.strip() and self.source.strip()):
            raise InvalidValueError(
                "confirmed people need the basis of their consent and its source"
            )


class Verdict(StrEnum):
    """What became of one row."""

    TAKEN = "taken"
    #: The address was known already, or occurred before in the file; nothing was changed.
    KNOWN = "known"
    #: Known by an import only, and let go because the file says no.
    ENDED = "ended"
    REFUSED = "refused"


class Line(NamedTuple):
    """The account of one row."""

    #: The line of the file on which the row begins, counted from 1.
    number: int
    verdict: Verdict
    #: Taken, known, ended: the person's state now. Refused: what is wrong, with the column; repeats
    #: no address.
    reason: str = ""
    #: Which file of an archive; empty for a file by itself.
    file: str = ""
