"""The kills of a drill: which are asked for, in which order, and what came of them."""

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.drill.points import Kind, Point
from newsletter.drill.promise import Breach, Fault

#: A trap springs the n-th time, and n is drawn from one to so many.
_MOST_TIMES = {Kind.PLANNING: 1, Kind.SCHEDULE: 1, Kind.INTENT: 8, Kind.WIRE: 150, Kind.OUTCOME: 8}
_MOST_MESSAGES = 150
_MOST_STATEMENTS = 30
#: Of the recipients, how many a run may need to reach its point: the others are for later kills.
_PART = 8
_LEAVE_A_PLAN = {Point.PLAN_COMMITTED, Point.BEGINNING_COMMITTED, Point.SERVED}
#: Plans are killed so often before one issue's deliveries are.
_MOST_PLANNINGS = 3


@dataclass(slots=True)
class Wish:
    """A kill that is to happen."""

    point: Point
    #: The trap springs the n-th time; outside, after so many messages.
    countdown: int
    #: How often the sender ended before.
    misses: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Kill:
    """A kill that happened."""

    point: Point
    #: Intents it left open.
    open_intents: int = 0
    #: Messages of those that the next hop has.
    arrived: int = 0


@dataclass
class Score:
    """What the kills of one kind did."""

    kills: list[Kill] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Deliveries of which the ledger says what is not so, or nothing."""
        return self._count(Fault.LOST)

    @property
    def doubled(self) -> int:
        """Addresses that got an issue more than once."""
        return self._count(Fault.DOUBLED)

    @property
    def in_doubt(self) -> int:
        """Intents that were left open."""
        return sum(kill.open_intents for kill in self.kills)

    @property
    def arrived(self) -> int:
        """Messages of those that had arrived."""
        return sum(kill.arrived for kill in self.kills)

    @property
    def most_in_doubt(self) -> int:
        """The most that one kill left open."""
        return max((kill.open_intents for kill in self.kills), default=0)

    def _count(self, fault: Fault) -> int:
        return sum(breach.fault is fault for breach in self.breaches)


def draw_wishes(kills: int, recipients: int, chance: random.Random) -> list[Wish]:
    """Draw so many kills, of all kinds alike."""
    kinds = list(Kind)
    points = {kind: [point for point in Point if point.kind is kind] for kind in kinds}
    drawn = [chance.choice(points[kinds[number % len(kinds)]]) for number in range(kills)]
    chance.shuffle(drawn)
    return [Wish(point, _draw_countdown(point, recipients, chance)) for point in drawn]


def take_plannings(wishes: deque[Wish]) -> Iterator[Wish]:
    """Take the kills of one issue's planning: the last of them may be one that leaves a plan."""
    for _ in range(_MOST_PLANNINGS):
        if not wishes:
            return
        wish = wishes.popleft()
        yield wish
        if wish.point in _LEAVE_A_PLAN:
            return


def _draw_countdown(point: Point, recipients: int, chance: random.Random) -> int:
    match point:
        case Point.MIGRATING:
            return chance.randint(1, _MOST_STATEMENTS)
        case Point.MIGRATED | Point.MIGRATION_COMMITTED:
            return 1
        case Point.ANY:
            return chance.randint(0, min(_MOST_MESSAGES, recipients // _PART))
    return chance.randint(1, max(1, min(_MOST_TIMES[point.kind], recipients // _PART)))
