"""An issue as one reader would see it: every part of the message, its size, what was noticed."""

from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from newsletter.checks.check import Checker, sort_findings
from newsletter.issues.issue import Issue
from newsletter.issues.load import load_issue
from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.finding import Finding
from newsletter.rendering.render import render_for
from newsletter.sending.message.recipient import DeliveryId, Recipient
from newsletter.sending.message.template import MessageTemplate, compile_message
from newsletter.settings import Settings
from newsletter.usecases.installation import Installation
from newsletter.usecases.render_issue import Stopwatch
from newsletter.usecases.sample_people import SAMPLE_PEOPLE, build_sample
from newsletter.usecases.sample_recipient import sample_recipient
from subscribers.errors import UnknownSubscriberError
from subscribers.store.subscribers import list_subscribers

#: Gmail cuts a page off behind so many bytes of HTML and offers the rest on a page of its own.
CLIPPING_BYTES = 102 * 1024
#: What fits into 64 bits.
_MAX_DIGITS = 18


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """One issue, rendered and compiled as it would be for sending."""

    issue: Issue
    edition: Edition
    template: MessageTemplate
    #: Stage to milliseconds, in order.
    stage_milliseconds: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewedMessage:
    """The message that one recipient would get."""

    subject: str
    html: str
    text: str
    #: As it would be handed over.
    message: bytes
    #: Decoded, in the order of the message.
    headers: tuple[tuple[str, str], ...]
    #: Its place in the edition's list of variants.
    variant: int


def preview_issue(settings: Settings, path: Path) -> Preview:
    """Load, render and compile an issue.

    Raises:
        NotFoundError, IssueError: The file is gone or cannot be used.
        RenderError: The theme cannot be used.
    """
    watch = Stopwatch()
    issue = load_issue(path, newsletter=settings.newsletter)
    watch.stage("load")
    edition = render_for(
        settings,
        issue,
        on_stage=watch.stage,
    )
    template = compile_message(edition, settings.newsletter)
    watch.stage("message")
    return Preview(
        issue=issue,
        edition=edition,
        template=template,
        stage_milliseconds=watch.milliseconds,
    )


def fill_preview(
    preview: Preview, recipient: Recipient, *, variant: int | None = None
) -> PreviewedMessage:
    """Fill the open fields for one recipient.

    Args:
        preview: The issue.
        recipient: Whose values are filled in.
        variant: Place in the edition's list of variants; None for the recipient's own, which is
            also what a place that is not there any more gives.
    """
    template = preview.template
    variants = preview.edition.list_variants()
    if variant is None or not 0 <= variant < len(variants):
        variant = template.choose_variant(recipient)
    values = template.read_values(recipient)
    headers = template.build_recipient_headers(recipient, values) + template.shared_headers
    body = b"".join(template.build_body(values, variant))
    parsed = BytesHeaderParser(policy=policy.default).parsebytes(headers)
    return PreviewedMessage(
        subject=fill(template.subject, values),
        html=fill(variants[variant].html, values),
        text=fill(variants[variant].text, values),
        message=headers + b"\r\n" + body,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        variant=variant,
    )


def check_preview(preview: Preview, checker: Checker, settings: Settings) -> tuple[Finding, ...]:
    """Find what would go wrong after sending, by line; links are not asked for.

    Raises:
        RenderError: The theme cannot be used.
    """
    checked = checker.check(preview.issue, preview.edition)
    return sort_findings(checked.findings, ignore=settings.checks.ignore)


def build_reader(installation: Installation, reader: str) -> Recipient:
    """Make the recipient an issue is to be looked at as.

    Args:
        installation: Gives the subscribers.
        reader: The id of a sample person, or the number of a subscriber.

    Raises:
        UnknownSubscriberError: There is no such person, or no address of his any more.
    """
    sample = next((person for person in SAMPLE_PEOPLE if person.id == reader), None)
    if sample:
        return build_sample(installation, sample)
    number = parse_number(reader)
    with installation.database.read() as connection:
        found = list_subscribers(connection, after_id=(number or 1) - 1, limit=1)
    if not number or not found or found[0].id != number or found[0].address is None:
        raise UnknownSubscriberError("nobody is known by this number")
    return sample_recipient(installation, found[0].address, delivery_id=DeliveryId(0, 0))


def parse_number(text: str) -> int | None:
    """Read a number of a database or a list; None for what cannot be one."""
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else None
