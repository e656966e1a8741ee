"""A planned issue, its people and what the ledger says of them, for tests of sending."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.sending.dispatch import dispatch
from newsletter.sending.ledger import attempts, deliveries, lease, plan
from newsletter.sending.ledger.lease import Lease
from newsletter.sending.ledger.process import Process
from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import IssueState, Tally
from newsletter.sending.message.template import compile_message
from newsletter.sending.rate import Rate
from newsletter.sending.retry import RetrySchedule
from newsletter.sending.run import Ending, Progress, Run
from newsletter.sending.transports.transport import Transport
from newsletter.usecases.issue_audience import IssueAudience
from subscribers.store.subscribers import add_subscribers
from subscribers.store.subscriptions import change_state
from subscribers.subscription import Change
from tests.contracts.people import IMPORTED, KEYS, NOON, person
from tests.unit.sample_issues import make_issue
from tests.unit.sample_messages import NEWSLETTER, make_edition

TEMPLATE = compile_message(make_edition(), NEWSLETTER)
AUDIENCE = IssueAudience(NEWSLETTER, KEYS, now_ms=NOON)
#: To the minute, whatever chance says.
RETRY_SCHEDULE = RetrySchedule(chance=lambda: 0.5)
#: This process's number, begun at another time: whoever asks finds that it has ended.
DEAD_PROCESS = Process(Process.current().machine, Process.current().number, "1")


def add_people(connection: sa.Connection, count: int, *, prefix: str = "reader") -> list[int]:
    """Add so many confirmed subscribers; return their numbers in order."""
    people = [person(f"{prefix}{number}@example.org") for number in range(count)]
    return sorted(add_subscribers(connection, people, IMPORTED).values())


def insert_issue(connection: sa.Connection, slug: str = "issue-30") -> int:
    """Make an issue known that has no deliveries yet; return its number."""
    return plan.insert_issue(
        connection, make_issue(slug=slug), edition_digest="d" * 64, now_ms=NOON
    )


def plan_issue(connection: sa.Connection, slug: str = "issue-30") -> int:
    """Plan an issue for everyone who is confirmed; return its number."""
    issue_id = insert_issue(connection, slug)
    plan.plan_deliveries(connection, issue_id, AUDIENCE.select())
    return issue_id


def unsubscribe(connection: sa.Connection, subscriber_id: int) -> None:
    """End a subscription, as its reader would."""
    change_state(connection, subscriber_id, Change.UNSUBSCRIBE, now_ms=NOON)


def list_statuses(connection: sa.Connection, issue_id: int) -> dict[int, str]:
    """List where every delivery of an issue stands, by the subscriber's number."""
    statement = (
        sa.select(delivery.c.subscriber_id, delivery.c.status)
        .where(delivery.c.issue_id == issue_id)
        .order_by(delivery.c.subscriber_id)
    )
    return dict(connection.execute(statement).all())


def count(database: Database, issue_id: int) -> Tally:
    """Count an issue's deliveries, over a connection of its own."""
    with database.read() as connection:
        return deliveries.count_deliveries(connection, issue_id)


#: Longer than any of these runs takes, so that one that waits for ever is a failure.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Sending:
    """One planned issue and what an operator can do with it."""

    database: Database
    issue_id: int
    people: Sequence[int]
    #: Where the window writes; another way to the same database.
    ledger: Database

    def begin(
        self,
        *,
        max_in_flight: int = 4,
        limit: int | None = None,
        only_deferred: bool = False,
        rate_per_second: float = 0,
        now_ms: int = NOON,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Run:
        """Become the sender; the owner counts as dead, so that anybody may take over."""
        return Run(
            database=self.ledger,
            issue_id=self.issue_id,
            lease=self.take_over(),
            audience=AUDIENCE,
            max_in_flight=max_in_flight,
            rate=Rate(rate_per_second, time.monotonic),
            retry_schedule=RETRY_SCHEDULE,
            only_deferred=only_deferred,
            limit=limit,
            now_ms=lambda: now_ms,
            on_progress=on_progress,
        )

    def send(self, transport: Transport, run: Run | None = None) -> tuple[Ending, Progress]:
        """Work through the issue."""

        async def patiently() -> tuple[Ending, Progress]:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await dispatch(run or self.begin(), TEMPLATE, transport)

        return asyncio.run(patiently())

    def send_interrupted(self, transport: Transport) -> tuple[Ending, list[int]]:
        """Work through the issue as a command does; tell what its user was told."""
        told: list[int] = []

        async def patiently() -> tuple[Ending, Progress]:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await dispatch(self.begin(), TEMPLATE, transport, on_interrupt=told.append)

        ending, _ = asyncio.run(patiently())
        return ending, told

    def take_over(self) -> Lease:
        """Become the sender, as every run does first."""
        with self.database.write() as connection:
            held = lease.acquire(connection, lease.name_for_issue(self.issue_id), DEAD_PROCESS)
            attempts.disown_intents(connection, self.issue_id, epoch=held.epoch, now_ms=NOON)
        return held

    def set_state(self, new: IssueState) -> None:
        """Pause or resume."""
        with self.database.write() as connection:
            plan.set_issue_state(connection, self.issue_id, new, only_from=set(IssueState))

    def cancel(self) -> None:
        """Cancel the issue."""
        with self.database.write() as connection:
            plan.cancel_issue(connection, self.issue_id, now_ms=NOON)

    def unsubscribe(self, *numbers: int) -> None:
        """End subscriptions."""
        with self.database.write() as connection:
            for number in numbers:
                unsubscribe(connection, number)

    def tally(self) -> Tally:
        """Count the deliveries."""
        return count(self.database, self.issue_id)

    def status_of(self, number: int) -> str:
        """Tell where one delivery stands."""
        with self.database.read() as connection:
            return list_statuses(connection, self.issue_id)[number]

    def attempts(self) -> Counter[int]:
        """Count how many attempts each delivery has had."""
        statement = sa.select(delivery.c.subscriber_id, delivery.c.attempts)
        with self.database.read() as connection:
            return Counter(dict(connection.execute(statement).all()))


def plan_for(database: Database, people: int, *, ledger: Database | None = None) -> Sending:
    """Plan an issue for so many people."""
    with database.write() as connection:
        numbers = add_people(connection, people)
        return Sending(database, plan_issue(connection), numbers, ledger or database)
