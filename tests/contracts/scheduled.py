"""A newsletter with a clock of its own and the worker that sends what is scheduled."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.bootstrap import open_installation
from newsletter.issues.load import load_issue
from newsletter.key_file import create_key_file
from newsletter.rendering.render import render_for
from newsletter.sending.ledger.schedule import Schedule
from newsletter.sending.transports.memory import MemoryTransport
from newsletter.settings import parse_settings
from newsletter.usecases.add_subscriber import add_subscriber
from newsletter.usecases.forecast_send import Forecast, SendRequest, forecast_send
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_worker import IssueWorker
from newsletter.usecases.run_chunk import SendReport
from newsletter.usecases.schedule_issue import schedule_issue
from newsletter.usecases.send_issue import send_issue
from newsletter.usecases.show_status import IssueStatus, show_status
from subscribers.address import EmailAddress
from subscribers.exchange.csv_import import ImportTerms
from subscribers.profile import Profile
from subscribers.subscription import State

#: 2026-01-31T12:00:00Z
NOON = 1_769_860_800_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SLUG = "2026-05"
_SETTINGS = """\
[newsletter]
name = "The Weekly"
from = "The Weekly <weekly@example.org>"
base_url = "https://example.org"
[transport]
url = "memory:"
"""


@dataclass
class Clock:
    """Milliseconds that pass when a test says so."""

    ms: int = NOON

    def __call__(self) -> int:
        """Tell the time."""
        return self.ms


@dataclass
class Newsroom:
    """What an operator and `newsletter serve` do with scheduled issues."""

    installation: Installation
    clock: Clock
    transport: MemoryTransport

    @property
    def delivered(self) -> Sequence[str]:
        """Who has got something, by the name before the @."""
        return sorted(address.partition("@")[0] for address in self.transport.delivered)

    def add(self, *names: str, timezone: str = "") -> None:
        """Add confirmed subscribers."""
        terms = ImportTerms(state=State.CONFIRMED, basis="asked", source="a test")
        for name in names:
            address = EmailAddress.parse(f"{name}@example.org")
            add_subscriber(self.installation, address, Profile(timezone=timezone), terms)

    def write(self, text: str, slug: str = SLUG) -> None:
        """Write the issue's file."""
        file = self.installation.settings.folder / "issues" / f"{slug}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# Spring\n\n{text}\n", encoding="utf-8")

    def request(self, schedule: Schedule | None = None, slug: str = SLUG) -> SendRequest:
        """Ask for what `newsletter send` asks for."""
        settings = self.installation.settings
        issue = load_issue(
            settings.folder / "issues" / f"{slug}.md", newsletter=settings.newsletter
        )
        edition = render_for(settings, issue)
        return SendRequest(issue=issue, edition=edition, schedule=schedule)

    def forecast(self, request: SendRequest) -> Forecast:
        """Look at what would happen."""
        return forecast_send(self.installation, request)

    def schedule(self, due_at_ms: int, local_time: str = "", slug: str = SLUG) -> IssueStatus:
        """Schedule the issue."""
        request = self.request(Schedule(due_at_ms, local_time), slug)
        return schedule_issue(self.installation, request, self.forecast(request))

    def send(self, slug: str = SLUG, limit: int | None = None) -> SendReport:
        """Send the issue by hand."""
        request = replace(self.request(slug=slug), limit=limit)
        return send_issue(self.installation, request, self.forecast(request))

    def work(self, at_ms: int | None = None) -> Sequence[str]:
        """Do what `newsletter serve` does at this time; return who has got something until then."""
        self.clock.ms = at_ms or self.clock.ms
        IssueWorker(self.installation).work_off()
        return self.delivered

    def status(self, slug: str = SLUG) -> IssueStatus:
        """Ask where the issue stands."""
        return show_status(self.installation, slug)


def open_newsroom(folder: Path, database_url: str, *, more: str = "") -> Newsroom:
    """Open a newsletter with two subscribers and an issue."""
    text = f'{_SETTINGS}{more}[database]\nurl = "{database_url}"\n'
    settings = parse_settings(text, path=folder / "newsletter.toml")
    create_key_file(folder, os.urandom)
    clock, transport = Clock(), MemoryTransport()
    installation = replace(open_installation(settings), now_ms=clock, transport=transport)
    newsroom = Newsroom(installation, clock, transport)
    newsroom.add("kim", "lee")
    newsroom.write("The first flowers are out.")
    return newsroom
