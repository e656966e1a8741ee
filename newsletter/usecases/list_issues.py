"""Every issue of a newsletter: its file, where it stands, and whether git has it as it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.folder import list_issue_files
from newsletter.issues.issue import Revision
from newsletter.issues.load import parse_issue
from newsletter.issues.revision import read_revision, read_revisions
from newsletter.issues.source import load_content
from newsletter.sending.ledger import plan
from newsletter.settings import NewsletterSettings
from newsletter.usecases.installation import Installation

#: How a file stands to the commit that is checked out: the same, another, or in no repository.
InGit: TypeAlias = Literal["committed", "modified", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedIssue:
    """One issue file."""

    path: Path
    #: Empty when the file cannot be used.
    slug: str
    #: The file's name when it cannot be used.
    title: str
    #: The words of `newsletter.sending.ledger.status.IssueState`, or ``draft``.
    state: str
    published_at: datetime | None
    in_git: InGit
    size_bytes: int
    #: Why it cannot be used; empty when it can.
    problem: str = ""


def list_issues(
    installation: Installation, *, others: Collection[Path] = ()
) -> tuple[ListedIssue, ...]:
    """List the issues, the newest first.

    Args:
        installation: Gives the folder and the ledger.
        others: Files elsewhere that are to be listed, too.
    """
    settings = installation.settings
    # By the file itself: one of the others may be in the folder, and named from elsewhere.
    files = {path.resolve(): path for path in [*others, *list_issue_files(settings.folder)]}
    contents = {
        path: content for path in files.values() if (content := _find_content(path)) is not None
    }
    revisions = read_revisions(settings.folder, contents.items())
    # One that lies elsewhere may be in another repository.
    revisions |= {path: read_revision(path, contents[path]) for path in others if path in contents}
    with installation.database.read() as connection:
        states = {planned.slug: planned.state.value for planned in plan.list_issues(connection)}
    listed = [
        _list_issue(path, content, revisions[path], states, settings.newsletter)
        for path, content in contents.items()
    ]
    return tuple(sorted(listed, key=_sort_key, reverse=True))


def _find_content(path: Path) -> bytes | None:
    """Read a file, if it is still there and is no picture."""
    try:
        return load_content(path)
    except (IssueError, NotFoundError):
        return None


def _list_issue(
    path: Path,
    content: bytes,
    revision: Revision,
    states: Mapping[str, str],
    newsletter: NewsletterSettings,
) -> ListedIssue:
    in_git: InGit = "modified" if revision.is_modified else "committed"
    try:
        issue = parse_issue(content, path=path, newsletter=newsletter, revision=revision)
    except IssueError as error:
        return ListedIssue(
            path=path,
            slug="",
            title=path.name,
            state="draft",
            published_at=None,
            in_git=in_git if revision.commit else "none",
            size_bytes=len(content),
            problem=error.summary,
        )
    return ListedIssue(
        path=path,
        slug=issue.slug,
        title=issue.title,
        state=states.get(issue.slug, "draft"),
        published_at=issue.published_at,
        in_git=in_git if revision.commit else "none",
        size_bytes=len(content),
    )


def _sort_key(issue: ListedIssue) -> tuple[bool, float, str]:
    """Put what cannot be read on top, then the undated, then by date, then by name."""
    published_at = issue.published_at
    return published_at is None, published_at.timestamp() if published_at else 0, str(issue.path)
