"""An edition as anyone may read it: personal fields take their defaults, links lead to no one."""

from newsletter.rendering.edition import fill
from newsletter.sending.ledger.archive import EditionRecord
from newsletter.settings import NewsletterSettings
from newsletter.usecases.forecast_send import SendRequest


def archive_edition(
    request: SendRequest, newsletter: NewsletterSettings, *, now_ms: int
) -> EditionRecord:
    """Make what the archive keeps of an issue that is about to be sent.

    A field that has no default is left out. A link to unsubscribe leads to the page that mails
    a reader his own.
    """
    issue, edition = request.issue, request.edition
    nobody = {"unsubscribe_url": f"{newsletter.base_url}/preferences"}
    published_at = issue.published_at
    return EditionRecord(
        title=edition.title,
        preheader=edition.preheader,
        language=edition.language,
        published_at_ms=now_ms if published_at is None else int(published_at.timestamp() * 1000),
        article=fill(edition.article, nobody),
        text=fill(edition.text, nobody),
        updated_at_ms=now_ms,
    )
