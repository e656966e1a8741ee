"""An issue the ledger knows, by what the user calls it."""

from pathlib import Path

import sqlalchemy as sa

from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.folder import find_issue
from newsletter.issues.load import load_slug
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.plan import PlannedIssue


def find_slug(folder: Path, name: str) -> str:
    """Find the slug of an issue named by its path or slug.

    The file may be gone or broken by now: then the name is taken for the slug, so that nothing
    stands between an operator and the issue he wants to stop.
    """
    try:
        return load_slug(find_issue(folder, name))
    except (NotFoundError, IssueError):
        return name


def get_planned_issue(connection: sa.Connection, slug: str) -> PlannedIssue:
    """Get a planned issue.

    Raises:
        NotFoundError: No issue of that name was ever planned.
    """
    planned = plan.find_issue(connection, slug)
    if planned is None:
        raise NotFoundError(
            f"{slug}: no issue of that name was sent or begun. `newsletter status` lists them."
        )
    return planned
