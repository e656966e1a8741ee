"""An edition as anyone may read it: personal fields take their defaults, links lead to no one."""

from newsletter.issues.issue import Issue
from newsletter.rendering.edition import fill
from newsletter.rendering.render import render_for
from newsletter.sending.ledger.archive import EditionRecord
from newsletter.settings import Settings


def archive_edition(issue: Issue, settings: Settings, *, now_ms: int) -> EditionRecord:
    """Make what the archive keeps of an issue that is about to be sent.

    It is whole: where messages are cut (``<!-- read on -->``), they lead to it. Of parts that are
    for some readers only it has what everyone else gets. A field that has no default is left out. A
    link to unsubscribe leads to the page that mails a reader his own.

    Raises:
        RenderError: The theme cannot be used.
    """
    edition = render_for(
        settings,
        issue,
        is_whole=True,
    )
    nobody = {"unsubscribe_url": f"{settings.newsletter.base_url}/preferences"}
    published_at = issue.published_at
    return EditionRecord(
        title=edition.title,
        preheader=edition.preheader,
        language=edition.language,
        published_at_ms=now_ms if published_at is None else int(published_at.timestamp() * 1000),
        published_day="" if published_at is None else published_at.date().isoformat(),
        article=fill(edition.article, nobody),
        text=fill(edition.text, nobody),
        updated_at_ms=now_ms,
    )
