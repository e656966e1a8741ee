"""Issues that were sent, and what comes back about them, for tests of reports."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import Database
from newsletter.reports.report import BounceClass, Report, ReportKind
from newsletter.sending.ledger.schema import delivery
from newsletter.sending.ledger.status import DeliveryStatus, Tally
from newsletter.usecases.installation import Installation
from newsletter.usecases.take_reports import TakenReport, take_reports
from subscribers.store.schema import subscriber, suppression
from subscribers.tokens import make_token
from tests.contracts.people import KEYS, NOON, hash_of
from tests.contracts.readers import DAY_MS, Readers
from tests.contracts.sends import add_people, count, list_statuses, plan_issue


@dataclass
class Returns:
    """An installation with a few readers, to whom issues were sent."""

    readers: Readers
    people: list[int]

    @classmethod
    def of(cls, database: Database, people: int = 3) -> "Returns":
        """Add so many readers."""
        with database.write() as connection:
            numbers = add_people(connection, people)
        return cls(Readers.of(database), numbers)

    @property
    def installation(self) -> Installation:
        """Where reports are taken."""
        return self.readers.installation

    def send(self, slug: str = "issue-30", *, status: str = "sent", day: int = 0) -> int:
        """Plan an issue and let its deliveries stand somewhere, so many days after noon."""
        with self.installation.database.write() as connection:
            issue_id = plan_issue(connection, slug)
            connection.execute(
                sa.update(delivery)
                .where(delivery.c.issue_id == issue_id)
                .values(status=status, attempts=1, first_intent_at_ms=NOON + day * DAY_MS)
            )
        return issue_id

    def message_id(self, issue_id: int, place: int = 0) -> str:
        """Return the Message-ID of an issue to one of the readers."""
        token = make_token(KEYS, "message", self.public_id(place), issue_id)
        return f"<{token}@example.org>"

    def public_id(self, place: int) -> bytes:
        """Return a reader's name in links."""
        return hash_of(f"reader{place}@example.org")[::-1]

    def report(
        self,
        kind: ReportKind,
        issue_id: int,
        place: int = 0,
        *,
        bounce_class: BounceClass | None = None,
        day: float = 0,
        source: str = "sendgrid",
        source_id: str = "",
    ) -> Report:
        """Make a report about an issue to one of the readers."""
        return Report(
            source=source,
            source_id=source_id or f"{kind}.{bounce_class}.{issue_id}.{place}.{day}",
            kind=kind,
            bounce_class=bounce_class,
            occurred_at_ms=NOON + round(day * DAY_MS),
            message_id=self.message_id(issue_id, place),
            status_code="5.1.1" if kind is ReportKind.BOUNCE else "",
            words="550 5.1.1 <reader0@example.org>: no such user",
        )

    def bounce(
        self, bounce_class: BounceClass, issue_id: int, place: int = 0, *, day: float = 0
    ) -> Report:
        """Make a report that a message did not arrive."""
        return self.report(ReportKind.BOUNCE, issue_id, place, bounce_class=bounce_class, day=day)

    def take(self, *reports: Report) -> list[TakenReport]:
        """Take reports."""
        return take_reports(self.installation, reports)

    def tally(self, issue_id: int) -> Tally:
        """Count an issue's deliveries."""
        return count(self.installation.database, issue_id)

    def status(self, issue_id: int, place: int = 0) -> DeliveryStatus:
        """Tell where a delivery stands."""
        with self.installation.database.read() as connection:
            return DeliveryStatus(list_statuses(connection, issue_id)[self.people[place]])

    def states(self) -> Mapping[int, tuple[str, str]]:
        """Tell everybody's state, and the reason that suppresses his address."""
        statement = (
            sa.select(subscriber.c.id, subscriber.c.state, suppression.c.reason)
            .outerjoin(suppression, suppression.c.address_hash == subscriber.c.address_hash)
            .order_by(subscriber.c.id)
        )
        with self.installation.database.read() as connection:
            return {
                number: (state, reason or "")
                for number, state, reason in connection.execute(statement)
            }

    def state(self, place: int = 0) -> tuple[str, str]:
        """Tell one reader's state, and the reason that suppresses his address."""
        return self.states()[self.people[place]]
