"""Render an issue and write what one reader would get: page, text and message."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.issues.issue import Issue
from newsletter.rendering.edition import Edition, fill
from newsletter.rendering.render import render_for
from newsletter.sending.message.recipient import Recipient
from newsletter.sending.message.template import compile_message
from newsletter.usecases.installation import Installation


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedIssue:
    """What was rendered, how large it is and how long it took."""

    edition: Edition
    #: Kind (html, text, message) to file and bytes.
    files: Mapping[str, tuple[Path, int]]
    #: Stage to milliseconds, in order.
    stage_milliseconds: Mapping[str, float]


class Stopwatch:
    """Tells how long each stage took, from the end of the one before."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stage(self, name: str) -> None:
        """Note that a stage has ended, perhaps once more."""
        now = time.perf_counter()
        self.milliseconds[name] = self.milliseconds.get(name, 0.0) + (now - self._last) * 1000
        self._last = now


def render_issue(
    installation: Installation, issue: Issue, recipient: Recipient, folder: Path
) -> RenderedIssue:
    """Write ``SLUG.html``, ``SLUG.txt`` and ``SLUG.eml`` as one recipient would get them.

    Raises:
        RenderError: The theme cannot be used.
        NewsletterError: The folder cannot be written.
    """
    settings = installation.settings
    newsletter = settings.newsletter
    watch = Stopwatch()
    edition = render_for(
        settings,
        issue,
        on_stage=watch.stage,
    )
    template = compile_message(edition, newsletter, signing_keys=installation.signing_keys)
    watch.stage("message")
    values = template.read_values(recipient)
    variant = edition.list_variants()[template.choose_variant(recipient)]
    contents = {
        "html": ("html", fill(variant.html, values).encode()),
        "text": ("txt", fill(variant.text, values).encode()),
        "message": ("eml", template.splice(recipient)),
    }
    watch.stage("fill")
    # The first one was slow, as first times are: this is what each further recipient costs.
    template.splice(recipient)
    watch.stage("splice")
    files: dict[str, tuple[Path, int]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, (suffix, content) in contents.items():
            file = folder / f"{issue.slug}.{suffix}"
            file.write_bytes(content)
            files[kind] = (file, len(content))
    except OSError as error:
        raise NewsletterError(f"{folder}: cannot be written: {error.strerror}") from error
    return RenderedIssue(edition=edition, files=files, stage_milliseconds=watch.milliseconds)
