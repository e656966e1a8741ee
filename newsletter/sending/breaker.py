"""The circuit breaker: an issue that the next hop takes nothing of is paused in time."""

import re
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa

from newsletter.reports.classification import classify, parse_refusal
from newsletter.reports.report import BounceClass
from newsletter.sending.ledger import plan, refusals
from newsletter.sending.ledger.deliveries import Settled
from newsletter.sending.ledger.status import DeliveryStatus

#: So many at the beginning of a run and none taken: fewer could be old addresses side by side.
_AT_FIRST = 20
#: So many in a row later on: a next hop that began to refuse has said it often enough.
_IN_A_ROW = 100
#: A next hop that wants everybody to come twice takes him then; it says so in this word.
_GREYLISTING = re.compile("gr[ae]y-?list", re.IGNORECASE)
#: A refusal that is about one mailbox, whoever else was refused (RFC 3463 sections 3.2 and 3.3).
_ABOUT_MAILBOX = re.compile(r"\d{3} 5\.[12]\.")


class Breaker:
    """Watches the outcomes of one run, at the cost of a look at each turn's last."""

    def __init__(self) -> None:
        #: Refused or put off since a message was taken.
        self._streak: list[Settled] = []
        self._most = _AT_FIRST
        #: Whether the issue was paused for them.
        self.is_open = False

    @property
    def is_due(self) -> bool:
        """Whether so many came in a row that somebody should judge them."""
        return len(self._streak) >= self._most

    @property
    def has_only_streak(self) -> bool:
        """Whether messages were refused or put off in this run, and none was taken."""
        return bool(self._streak) and self._most == _AT_FIRST

    def note(self, settled: Sequence[Settled]) -> None:
        """Take the outcomes of a turn, in the order in which they came."""
        self._streak, has_accepted = self._go_on(settled)
        if has_accepted:
            self._most = _IN_A_ROW

    def judge(self, connection: sa.Connection, issue_id: int) -> bool:
        """Pause the issue, with a reason, if what was noted is about all; tell whether it is.

        Whoever is put off time and again, for his mailbox is full, tells nothing of the next hop.
        """
        numbers = [each.subscriber_id for each in self._streak]
        again = refusals.list_deferred_again(connection, issue_id, numbers)
        self._streak = [each for each in self._streak if each.subscriber_id not in again]
        if self.is_due:
            self._open(connection, issue_id)
        return self.is_open

    def judge_few(self, connection: sa.Connection, issue_id: int, *, epoch: int) -> bool:
        """Pause an issue that has ended with nobody reached, if refused for no mailbox's sake.

        An audience, a limit or a day's share of a warm-up may be too small for a streak. Tell
        whether it is paused: not when each has been refused too often to be planned again.
        """
        refused = [each for each in self._streak if each.status is DeliveryStatus.FAILED]
        about_all = [each for each in refused if not _is_about_mailbox(each.reply)]
        if about_all and not refusals.has_reached_anyone(connection, issue_id):
            numbers = [each.subscriber_id for each in about_all]
            if refusals.plan_again(connection, issue_id, numbers, epoch=epoch):
                self._open(connection, issue_id)
        return self.is_open

    def follow(self, connection: sa.Connection, issue_id: int, *, epoch: int) -> None:
        """Plan again whoever was refused here, when another sender's breaker paused the issue."""
        planned = plan.get_issue(connection, issue_id)
        if planned is not None and planned.pause_reason and self.has_only_streak:
            streak, self._streak = self._streak, []
            self.plan_again(connection, issue_id, streak, epoch=epoch)

    def _open(self, connection: sa.Connection, issue_id: int) -> None:
        words, count = Counter(each.reply for each in self._streak).most_common(1)[0]
        most = len(self._streak)
        messages = f"none of the last {most:,} messages" if most > 1 else "not the one message"
        times = f"{count:,} times it said" if count > 1 else "it said"
        reason = f"the next hop took {messages}; {times}: {words}"
        plan.pause_issue(connection, issue_id, reason=reason)
        self.is_open = True

    def plan_again(
        self, connection: sa.Connection, issue_id: int, settled: Sequence[Settled], *, epoch: int
    ) -> None:
        """Plan again whoever was refused in the streak, for it was not about them.

        Args:
            connection: In the transaction that records these outcomes.
            issue_id: Which was paused.
            settled: What came in since the last note; the run still finishes what is in flight.
            epoch: Of the run.
        """
        streak, _ = self._go_on(settled)
        refused = [
            each.subscriber_id
            for each in streak
            if each.status is DeliveryStatus.FAILED and not _ABOUT_MAILBOX.match(each.reply)
        ]
        refusals.plan_again(connection, issue_id, refused, epoch=epoch)

    def _go_on(self, settled: Sequence[Settled]) -> tuple[list[Settled], bool]:
        """Tell the streak after these outcomes, and whether a message was taken among them."""
        for place, each in enumerate(reversed(settled)):
            if each.status is DeliveryStatus.SENT:
                return _list_counted(settled[len(settled) - place :]), True
        return self._streak + _list_counted(settled), False


def _is_about_mailbox(reply: str) -> bool:
    """Tell so from the code, or where there is none from the words."""
    is_hard = classify(parse_refusal(reply)) is BounceClass.HARD
    return is_hard or _ABOUT_MAILBOX.match(reply) is not None


def _list_counted(settled: Sequence[Settled]) -> list[Settled]:
    """List what the next hop did not take, and did not greylist."""
    return [
        each
        for each in settled
        if each.status is DeliveryStatus.FAILED
        or (each.status is DeliveryStatus.DEFERRED and not _GREYLISTING.search(each.reply))
    ]
