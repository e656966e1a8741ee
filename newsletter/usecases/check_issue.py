"""Check issues before they are sent; needs neither the database nor the key file."""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from newsletter import __version__
from newsletter.checks.check import Checker, sort_findings
from newsletter.checks.live_links import ask_links
from newsletter.checks.size import MessageSize
from newsletter.checks.spam import PROGRAMS, check_spam
from newsletter.errors import IssueError
from newsletter.issues.load import load_issue
from newsletter.rendering.edition import Edition
from newsletter.rendering.finding import Finding, build_finding
from newsletter.rendering.render import render_for
from newsletter.rules import parts as rules
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import compile_message
from newsletter.settings import Settings

_PLACE: Final = re.compile(r".*?:(\d+):(\d+): ")
#: No secret: it leads to nobody's subscription.
_INERT_TOKEN = "check"  # noqa: S105


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckReport:
    """One issue and what was found in it."""

    path: Path
    #: Empty when the file cannot be used.
    slug: str
    #: By line.
    findings: tuple[Finding, ...]
    #: None when the file cannot be used.
    size: MessageSize | None


def check_issues(
    settings: Settings, paths: Iterable[Path], *, asks_links: bool = False
) -> Iterator[CheckReport]:
    """Load, render and check issues, one after the other; a broken file does not hide the next.

    Args:
        settings: Of the newsletter.
        paths: Of issue files.
        asks_links: Also ask for the pages behind the links.

    Raises:
        NotFoundError: A file is missing.
        RenderError: The theme cannot be used.
    """
    checker = Checker(settings)
    program = find_spam_program()
    for path in paths:
        try:
            issue = load_issue(path, newsletter=settings.newsletter)
        except IssueError as error:
            yield CheckReport(path=path, slug="", findings=_list_problems(error), size=None)
            continue
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
        yield CheckReport(path=path, slug=issue.slug, findings=findings, size=checked.size)


def find_spam_program() -> str | None:
    """Find a SpamAssassin on this machine."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def _list_problems(error: IssueError) -> tuple[Finding, ...]:
    """Make findings of what is wrong with a file; each problem begins with its place."""
    found = []
    for problem in error.problems:
        place = _PLACE.match(problem)
        line, column = (int(place[1]), int(place[2])) if place else (0, 0)
        message = problem[place.end() :] if place else problem
        found.append(build_finding(rules.UNUSABLE, message, line=line, column=column))
    return tuple(found)


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
