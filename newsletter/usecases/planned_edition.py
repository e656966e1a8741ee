"""The edition of a planned issue, rendered again for those who have not got it yet."""

from newsletter.errors import RefusedError
from newsletter.issues.folder import find_issue
from newsletter.issues.issue import Issue
from newsletter.issues.load import load_issue
from newsletter.issues.source import show_path
from newsletter.rendering.edition import Edition
from newsletter.rendering.render import render_for
from newsletter.sending.ledger.plan import PlannedIssue
from newsletter.settings import Settings

_OTHER_TEXT = (
    "{what} changed since the issue was planned: whoever has not got it would get another text"
    " than those before"
)
_NOT_WHAT_WAS_SCHEDULED = (
    "{what} changed since the issue was scheduled. Schedule it again with send --at, or send"
    " it as it is now with send --accept-changes"
)


def render_planned(settings: Settings, planned: PlannedIssue) -> tuple[Issue, Edition]:
    """Load and render an issue from its file, when that gives what was planned and nothing else.

    It was checked when it was planned, and an operator decided on it: it is not checked again.

    Raises:
        RefusedError: The file, or what it is rendered with, has changed since.
        NotFoundError, IssueError: There is no such file, or it cannot be used.
        RenderError: The theme cannot be used.
    """
    issue = load_issue(find_issue(settings.folder, planned.slug), newsletter=settings.newsletter)
    words = _OTHER_TEXT if planned.is_planned else _NOT_WHAT_WAS_SCHEDULED
    if issue.revision.content_sha256 != planned.content_sha256:
        raise RefusedError(words.format(what=f"{show_path(issue.path)} has"))
    edition = render_for(settings, issue)
    if edition.digest != planned.edition_digest:
        raise RefusedError(words.format(what="theme, settings or program have"))
    return issue, edition
