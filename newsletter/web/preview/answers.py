"""What the preview's own page is told, as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from email.utils import formataddr
from pathlib import Path

from newsletter.rendering.finding import Finding
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.transports.transport import Outcome
from newsletter.usecases.list_issues import ListedIssue
from newsletter.usecases.preview_issue import CLIPPING_BYTES, Preview, PreviewedMessage
from newsletter.usecases.sample_people import SAMPLE_PEOPLE
from newsletter.web.preview.desk import Desk
from newsletter.web.preview.failure import Failure
from subscribers.address import EmailAddress
from subscribers.subscriber import Subscriber


def describe_desk(desk: Desk) -> Mapping[str, object]:
    """Describe the newsletter, its issues and the people they can be looked at as."""
    installation = desk.installation
    newsletter = installation.settings.newsletter
    return {
        "newsletter": {
            "name": newsletter.name,
            "sender": str(newsletter.sender.address),
            "transport": installation.transport_name.partition(":")[0],
        },
        "issues": [_describe_issue(desk, issue) for issue in desk.list_issues()],
        "named": desk.key_of(desk.named) if desk.named else None,
        "people": [
            {"id": person.id, "label": person.label, "name": person.name or person.address}
            for person in SAMPLE_PEOPLE
        ],
    }


def describe_preview(
    preview: Preview, message: PreviewedMessage, recipient: Recipient
) -> Mapping[str, object]:
    """Describe an issue as one recipient sees it."""
    newsletter = preview.template.newsletter
    return {
        "slug": preview.issue.slug,
        "digest": preview.edition.digest,
        "language": preview.edition.language,
        "inbox": {
            "sender": newsletter.sender.name or newsletter.sender.address.wire,
            "from": formataddr((newsletter.sender.name, newsletter.sender.address.wire)),
            "to": formataddr((recipient.name, str(recipient.address))),
            "subject": message.subject,
            "preheader": preview.edition.preheader,
            "date": _format_day(preview),
        },
        "text": message.text,
        "html": message.html,
        "headers": message.headers,
        "raw": message.message.decode("utf-8", "surrogateescape").replace("\r\n", "\n"),
        "sizes": {
            "html": len(message.html.encode()),
            "text": len(message.text.encode()),
            "message": len(message.message),
            "clipping": CLIPPING_BYTES,
        },
        "milliseconds": {
            name: round(value, 2) for name, value in preview.stage_milliseconds.items()
        },
        "variant": message.variant,
        "variants": [
            preview.edition.describe_variant(variant) for variant in preview.edition.list_variants()
        ],
        "source": _read_source(preview.issue.path),
    }


def describe_failure(failure: Failure | None) -> Mapping[str, object] | None:
    """Describe why there is nothing new to be seen."""
    return asdict(failure) if failure else None


def describe_findings(findings: Sequence[Finding]) -> list[Mapping[str, object]]:
    """Describe what the checks found."""
    return [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "message": finding.message,
            "advice": finding.advice,
            "line": finding.line,
            "column": finding.column,
        }
        for finding in findings
    ]


def describe_people(people: Sequence[Subscriber]) -> list[Mapping[str, object]]:
    """Describe subscribers to choose from."""
    return [
        {
            "id": str(person.id),
            "label": str(person.address),
            "name": person.profile.name or str(person.address),
            "state": person.state.value,
        }
        for person in people
    ]


def describe_outcomes(
    outcomes: Mapping[EmailAddress, Outcome],
) -> list[Mapping[str, object]]:
    """Describe what became of each test message."""
    return [
        {
            "address": str(address),
            "outcome": type(outcome).__name__.lower(),
            "reply": outcome.reply,
        }
        for address, outcome in outcomes.items()
    ]


def _describe_issue(desk: Desk, issue: ListedIssue) -> Mapping[str, object]:
    return {
        "key": desk.key_of(issue.path),
        "file": issue.path.name,
        "slug": issue.slug,
        "title": issue.title,
        "state": issue.state,
        "date": issue.published_at.date().isoformat() if issue.published_at else "",
        "git": issue.in_git,
        "problem": issue.problem,
    }


def _format_day(preview: Preview) -> str:
    published_at = preview.issue.published_at
    return published_at.date().isoformat() if published_at else ""


def _read_source(path: Path) -> str:
    """Read the issue's file as it is now, for people; whatever cannot be read is shown as such."""
    try:
        return path.read_text("utf-8-sig", errors="replace")
    except OSError:
        return ""
