"""One issue of a drill: killed, resumed and killed again, until nothing of it remains."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping

from newsletter.drill.kills import Kill, Wish
from newsletter.drill.next_hop import NextHop
from newsletter.drill.points import Kind, Point
from newsletter.drill.promise import Breach, Fault, find_breaches, find_last_breaches
from newsletter.drill.scratch import Scratch
from newsletter.sending.ledger.status import DeliveryStatus

#: Ok, partly done, temporary: how a send may end that nobody killed.
SEND_ENDS = (0, 7, 8)
#: A hostile server defers some again and again.
_MOST_RUNS = 60
#: Longer than a hostile server's stalls.
_IDLE_SECONDS = 60.0
#: A kill from outside comes so soon after the message it waited for, or after the start.
_AFTER_MESSAGE_SECONDS = 0.02
_AFTER_START_SECONDS = 2.0
#: Of the kills from outside, how many do not wait for a message.
_WITHOUT_WAITING = 0.3
_LOOK_SECONDS = 0.002
_REMAINING = {DeliveryStatus.PLANNED, DeliveryStatus.IN_FLIGHT, DeliveryStatus.DEFERRED}

#: Told what broke, and the kind of kill it is put down to.
OnBreach = Callable[[Kind, Breach], None]


class IssueDrill:
    """One issue, from its first kill to its last delivery."""

    def __init__(
        self,
        scratch: Scratch,
        next_hop: NextHop,
        slug: str,
        *,
        recipients: int,
        chance: random.Random,
        on_breach: OnBreach,
    ) -> None:
        self._scratch = scratch
        self._next_hop = next_hop
        self._slug = slug
        self._recipients = recipients
        self._chance = chance
        self._on_breach = on_breach
        #: The number of a run → the kill that ended it.
        self._kills: dict[int, Kill] = {}
        self._left_open: set[str] = set()
        self._told: set[tuple[Fault, str]] = set()
        self._ledger: Mapping[str, DeliveryStatus] = {}
        self._last_kind = Kind.ANYWHERE
        next_hop.begin_issue()
        scratch.write_issue(slug)

    @property
    def doubted_by_next_hop(self) -> int:
        """Deliveries in doubt that no kill explains: the next hop never answered."""
        doubtful = sum(status is DeliveryStatus.IN_DOUBT for status in self._ledger.values())
        return doubtful - len(self._left_open)

    def has_room(self) -> bool:
        """Tell whether enough remains for another kill."""
        remaining = sum(status in _REMAINING for status in self._ledger.values())
        return not self._ledger or remaining > 2 * self._scratch.max_in_flight

    def kill(self, wish: Wish) -> Kill | None:
        """Start the sender and have it killed; None when it ended before.

        Raises:
            DrillError: It ended as no sender should.
        """
        run = self._next_hop.begin_run()
        code = self._send_until_killed(wish)
        self._next_hop.wait_until_idle(_IDLE_SECONDS)
        self._ledger = self._scratch.read_ledger(self._slug)
        if code != -signal.SIGKILL:
            self._scratch.require_end(code, SEND_ENDS, ("send", self._slug))
            return None
        kill = self._describe(wish.point)
        self._kills[run] = kill
        self._last_kind = kill.point.kind
        if kill.open_intents > self._scratch.max_in_flight:
            words = f"left {kill.open_intents} intents open"
            self._tell([Breach(Fault.DOUBTED, f"a kill at {wish.point}", words)])
        self._tell(find_breaches(self._ledger, self._next_hop))
        return kill

    def finish(self) -> None:
        """Send until nothing remains, and hold the ledger against the next hop."""
        command = ("send", self._slug, "--yes", "--json", "--in-doubt", "hold")
        for _ in range(_MOST_RUNS):
            self._scratch.let_time_pass()
            self._next_hop.begin_run()
            self._scratch.run(*command, may_end_with=SEND_ENDS)
            self._next_hop.wait_until_idle(_IDLE_SECONDS)
            self._ledger = self._scratch.read_ledger(self._slug)
            self._tell(find_breaches(self._ledger, self._next_hop))
            # What is broken may remain for ever.
            if self._told or not any(each in _REMAINING for each in self._ledger.values()):
                break
        self._tell(
            find_last_breaches(
                self._ledger,
                self._next_hop,
                recipients=self._recipients,
                open_intents=len(self._left_open),
            )
        )

    def _send_until_killed(self, wish: Wish) -> int:
        """Run the sender; return its code, negative for the signal that ended it."""
        command = ("send", self._slug, "--yes", "--json", "--in-doubt", "hold")
        scratch = self._scratch
        if wish.point.kind is Kind.SCHEDULE:
            scratch.schedule_for_now(self._slug)
            return scratch.serve_until_killed(wish.point)
        if wish.point is not Point.ANY:
            with scratch.starting_victim(wish.point, wish.countdown, *command) as process:
                return scratch.wait(process)
        place = ("-C", str(scratch.folder))
        with scratch.starting("-m", "newsletter", *place, *command) as process:
            self._wait_for_moment(process, wish.countdown)
            process.kill()
            return scratch.wait(process)

    def _wait_for_moment(self, process: subprocess.Popen[bytes], messages: int) -> None:
        """Wait until so many messages have come and a little longer, or just for some time."""
        if self._chance.random() < _WITHOUT_WAITING:
            time.sleep(self._chance.uniform(0, _AFTER_START_SECONDS))
            return
        while process.poll() is None and self._next_hop.received < messages:
            time.sleep(_LOOK_SECONDS)
        time.sleep(self._chance.uniform(0, _AFTER_MESSAGE_SECONDS))

    def _describe(self, point: Point) -> Kill:
        """Say what a kill left behind."""
        open_now = {
            address
            for address, status in self._ledger.items()
            if status is DeliveryStatus.IN_FLIGHT
        }
        # A sender that died before it looked around has left what the one before him left.
        left = open_now - self._left_open
        self._left_open |= left
        arrived = sum(self._next_hop.has_taken(address) for address in left)
        return Kill(point=point, open_intents=len(left), arrived=arrived)

    def _tell(self, breaches: Iterable[Breach]) -> None:
        """Tell each breach once, and put it down to the kill of the run that it began in."""
        for breach in breaches:
            if (breach.fault, breach.subject) in self._told:
                continue
            self._told.add((breach.fault, breach.subject))
            first_run = self._next_hop.first_run.get(breach.subject)
            kill = self._kills.get(first_run) if first_run else None
            self._on_breach(kill.point.kind if kill else self._last_kind, breach)
