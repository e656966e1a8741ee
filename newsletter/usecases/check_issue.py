"""Check issues before they are sent; needs neither the database nor the key file."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter import __version__
from newsletter.checks.check import CheckedIssue, Checker, sort_findings
from newsletter.checks.live_links import ask_links
from newsletter.checks.spam import PROGRAMS, check_spam
from newsletter.issues.issue import Issue
from newsletter.issues.load import load_issue
from newsletter.rendering.edition import Edition
from newsletter.rendering.finding import Finding
from newsletter.rendering.render import render_for
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import compile_message
from newsletter.settings import Settings

#: No secret: it leads to nobody's subscription.
_INERT_TOKEN = "check"  # noqa: S105


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """One issue and what was found in it."""

    issue: Issue
    checked: CheckedIssue

    @property
    def findings(self) -> tuple[Finding, ...]:
        """By line."""
        return self.checked.findings


def check_issues(
    settings: Settings, paths: Iterable[Path], *, asks_links: bool = False
) -> Iterator[CheckReport]:
    """Load, render and check issues, one after the other.

    Args:
        settings: Of the newsletter.
        paths: Of issue files.
        asks_links: Also ask for the pages behind the links.

    Raises:
        NotFoundError, IssueError: A file is missing or cannot be used.
        RenderError: The theme cannot be used.
    """
    checker = Checker(settings)
    program = find_spam_program()
    for path in paths:
        issue = load_issue(path, newsletter=settings.newsletter)
        edition = render_for(
            settings,
            issue,
        )
        checked = checker.check(issue, edition)
        more = list(check_spam(_build_message(edition, settings), program)) if program else []
        if asks_links:
            agent = f"newsletter-press/{__version__} (+{settings.newsletter.base_url})"
            more += ask_links(checked.links, user_agent=agent)
        findings = sort_findings([*checked.findings, *more], ignore=settings.checks.ignore)
        yield CheckReport(issue=issue, checked=replace(checked, findings=findings))


def find_spam_program() -> str | None:
    """Find a SpamAssassin on this machine."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def _build_message(edition: Edition, settings: Settings) -> bytes:
    """Build the message that nobody in particular would get."""
    newsletter = settings.newsletter
    sender = newsletter.sender.address
    recipient = Recipient(
        delivery_id=DeliveryId(0, 0),
        address=sender,
        return_path=sender.wire,
        fields={},
        message_id=f"<check@{sender.wire.rpartition('@')[2]}>",
        dated_at_ms=0,
        unsubscribe_url=f"{newsletter.base_url}/u/{_INERT_TOKEN}",
        unsubscribe_token=_INERT_TOKEN,
    )
    return compile_message(edition, newsletter).splice(recipient)
