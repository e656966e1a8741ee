"""An issue as one reader would see it: every part of the message, its size, what was noticed."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from newsletter.issues.issue import Issue
from newsletter.issues.load import load_issue
from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.finding import Finding
from newsletter.rendering.render import render_edition
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """One issue, rendered and compiled as it would be for sending."""

    issue: Issue
    edition: Edition
    template: MessageTemplate
    findings: Sequence[Finding]
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


def preview_issue(settings: Settings, path: Path) -> Preview:
    """Load, render and compile an issue.

    Raises:
        NotFoundError, IssueError: The file is gone or cannot be used.
        RenderError: The theme cannot be used.
    """
    watch = Stopwatch()
    issue = load_issue(path, newsletter=settings.newsletter)
    watch.stage("load")
    edition = render_edition(
        issue,
        newsletter=settings.newsletter,
        brand=settings.brand,
        own_themes=settings.own_themes,
        rendering=settings.rendering,
        on_stage=watch.stage,
    )
    template = compile_message(edition, settings.newsletter)
    watch.stage("message")
    return Preview(
        issue=issue,
        edition=edition,
        template=template,
        findings=edition.findings,
        stage_milliseconds=watch.milliseconds,
    )


def fill_preview(preview: Preview, recipient: Recipient) -> PreviewedMessage:
    """Fill the open fields for one recipient."""
    template = preview.template
    variant = preview.edition.list_variants()[template.choose_variant(recipient)]
    values = template.read_values(recipient)
    message = template.splice(recipient)
    parsed = BytesHeaderParser(policy=policy.default).parsebytes(message)
    return PreviewedMessage(
        subject=fill(template.subject, values),
        html=fill(variant.html, values),
        text=fill(variant.text, values),
        message=message,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
    )


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
    number = int(reader) if reader.isdecimal() else 0
    with installation.database.read() as connection:
        found = list_subscribers(connection, after_id=max(number - 1, 0), limit=1)
    if not number or not found or found[0].id != number or found[0].address is None:
        raise UnknownSubscriberError("nobody is known by this number")
    return sample_recipient(installation, found[0].address, delivery_id=DeliveryId(0, 0))
