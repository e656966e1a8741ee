"""Kill our own sender as often as asked, and tell whether the promise held."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from newsletter.drill.kills import Kill, Score, Wish, draw_wishes, take_plannings
from newsletter.drill.next_hop import NextHop, Temper, make_next_hop
from newsletter.drill.points import Kind
from newsletter.drill.promise import Breach
from newsletter.drill.scratch import DrillError, Scratch
from newsletter.drill.sending import IssueDrill
from newsletter.drill.upgrading import UpgradeDrill

#: As many as `send` would open for eight connections, unless there are few people.
_MOST_IN_FLIGHT = 64
_LEAST_IN_FLIGHT = 8
#: Of the recipients, how many may be in flight: an issue is to be killed several times.
_PART_IN_FLIGHT = 20
#: What can be killed only while nobody is planned.
_BEFORE_SENDING = {Kind.PLANNING, Kind.SCHEDULE}
#: A trap that is missed so often is one that the sender never comes to.
_MOST_MISSES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillRequest:
    """What is to be tried."""

    kills: int
    recipients: int
    temper: Temper
    #: The same seed draws the same kills and troubles; the machine's own timing is not repeated.
    seed: int

    @property
    def max_in_flight(self) -> int:
        """Intents that may be open at once, and so in doubt after one kill."""
        return max(_LEAST_IN_FLIGHT, min(_MOST_IN_FLIGHT, self.recipients // _PART_IN_FLIGHT))


@dataclass
class DrillReport:
    """What came of it."""

    scores: dict[Kind, Score] = field(default_factory=lambda: {kind: Score() for kind in Kind})
    issues: int = 0
    #: Messages that the next hop took and answered.
    accepted: int = 0
    #: Deliveries in doubt since the next hop never answered: no kill's doing.
    doubted_by_next_hop: int = 0

    @property
    def kills(self) -> int:
        """Kills that happened."""
        return sum(len(score.kills) for score in self.scores.values())

    @property
    def breaches(self) -> list[Breach]:
        """Every case in which the promise was broken."""
        return [breach for score in self.scores.values() for breach in score.breaches]


def run_drill(
    request: DrillRequest, folder: Path, *, on_kill: Callable[[int], None] = lambda _: None
) -> DrillReport:
    """Send made-up issues to a server of our own, and kill the sender again and again.

    Args:
        request: How often, to how many, and what kind of next hop.
        folder: Empty; nothing outside it is written, and nothing leaves this machine.
        on_kill: Told after each kill how many there were.

    Raises:
        DrillError: A command ended as none should, or a point was never come to.
    """
    with make_next_hop(request.temper, request.seed).serving() as next_hop:
        drill = _Drill(request, folder, next_hop, on_kill)
        drill.kill_upgrades()
        drill.kill_sends()
        return drill.report


class _Drill:
    """One drill that is under way."""

    def __init__(
        self,
        request: DrillRequest,
        folder: Path,
        next_hop: NextHop,
        on_kill: Callable[[int], None],
    ) -> None:
        self.report = DrillReport()
        self._request = request
        self._next_hop = next_hop
        self._on_kill = on_kill
        self._chance = random.Random(request.seed)  # noqa: S311 - repeatable chance
        self._scratch = Scratch(folder / "newsletter", next_hop.url, request.max_in_flight)
        self._scratch.folder.mkdir()
        wishes = draw_wishes(request.kills, request.recipients, self._chance)
        self._upgrades = deque(each for each in wishes if each.point.kind is Kind.MIGRATION)
        self._plannings = deque(each for each in wishes if each.point.kind in _BEFORE_SENDING)
        self._others = deque(
            each for each in wishes if each.point.kind not in {Kind.MIGRATION, *_BEFORE_SENDING}
        )

    def kill_upgrades(self) -> None:
        """Do the kills of migrations, on a database of their own."""
        if not self._upgrades:
            return
        folder = self._scratch.folder.with_name("upgraded")
        folder.mkdir()
        drill = UpgradeDrill(replace(self._scratch, folder=folder))
        while self._upgrades:
            wish = self._upgrades.popleft()
            killed = drill.kill(wish.point, wish.countdown)
            if killed is None:
                self._ask_again(wish, self._upgrades)
                continue
            self._count(Kill(point=wish.point))
            for breach in killed.breaches:
                self._note(Kind.MIGRATION, breach)

    def kill_sends(self) -> None:
        """Do all other kills, on as many issues as they take."""
        if not (self._plannings or self._others):
            return
        self._scratch.begin()
        self._scratch.add_people(self._request.recipients)
        if self._scratch.count_people() != self._request.recipients:
            raise DrillError("not everybody was imported")
        while self._plannings or self._others:
            self._drill_issue(self._begin_issue())

    def _begin_issue(self) -> IssueDrill:
        self.report.issues += 1
        return IssueDrill(
            self._scratch,
            self._next_hop,
            f"issue-{self.report.issues}",
            recipients=self._scratch.count_people(),
            chance=self._chance,
            on_breach=self._note,
        )

    def _drill_issue(self, issue: IssueDrill) -> None:
        """Kill one issue as often as it lasts, then let it be finished."""
        for wish in take_plannings(self._plannings):
            self._kill(issue, wish, self._plannings)
        while self._others and issue.has_room():
            self._kill(issue, self._others.popleft(), self._others)
        issue.finish()
        self.report.accepted += self._next_hop.accepted.total()
        self.report.doubted_by_next_hop += issue.doubted_by_next_hop

    def _kill(self, issue: IssueDrill, wish: Wish, queue: deque[Wish]) -> None:
        if kill := issue.kill(wish):
            self._count(kill)
        else:
            self._ask_again(wish, queue)

    def _ask_again(self, wish: Wish, queue: deque[Wish]) -> None:
        """Put a kill back whose victim ended before, to spring the first time.

        Raises:
            DrillError: It was missed too often to be chance.
        """
        wish.misses += 1
        wish.countdown = 1
        if wish.misses == _MOST_MISSES:
            raise DrillError(
                f"the sender never came to {wish.point}, so it could not be killed there"
            )
        queue.append(wish)

    def _count(self, kill: Kill) -> None:
        self.report.scores[kill.point.kind].kills.append(kill)
        self._on_kill(self.report.kills)

    def _note(self, kind: Kind, breach: Breach) -> None:
        self.report.scores[kind].breaches.append(breach)
