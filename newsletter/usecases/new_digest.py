"""Begin an issue that tells what a feed or a site has published since the last one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from newsletter.articles.digest import write_digest, write_preheader
from newsletter.articles.post import FoundPosts, Post, clean_url
from newsletter.errors import IssueError, NotFoundError
from newsletter.issues.article import find_urls
from newsletter.issues.folder import list_issue_files
from newsletter.issues.source import load_content
from newsletter.settings import Settings
from newsletter.usecases.new_issue import NewIssue, begin_issue, load_issues

#: Nobody reads more in one mail.
DEFAULT_LIMIT: Final = 20
DIGEST_TEMPLATE: Final = "digest"
#: Of what was left out, when nothing is left: enough to see why.
_MOST_REASONS: Final = 12
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which posts an issue is to tell of."""

    #: Posts of this moment and earlier are old; None for that of the newest issue.
    since: datetime | None = None
    limit: int = DEFAULT_LIMIT
    is_oldest_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """A digest that was begun."""

    begun: NewIssue
    #: In the order of the issue.
    posts: tuple[Post, ...]
    #: Posts up to it were passed over; None when there was no issue yet.
    since: datetime | None
    #: What was left out, what was not known, what is for the author to do: one line each.
    remarks: tuple[str, ...]


def begin_digest(
    settings: Settings,
    source: FoundPosts,
    *,
    now: datetime,
    choice: Choice,
    series: str = "",
    template: str = DIGEST_TEMPLATE,
) -> Digest:
    """Write an issue with a section for each post since the last issue.

    Posts of the future, expired ones, those that an issue links already, and those that have
    neither title nor URL are left out. A post without a date is taken, unless an issue links it.

    Args:
        settings: Of the newsletter.
        source: What there is to tell of.
        now: Becomes the date of the issue; in the newsletter's time zone.
        choice: Which posts are meant.
        series: As `begin_issue` has it.
        template: As `begin_issue` has it; without a place for the digest, it comes at the end.

    Raises:
        NotFoundError: There is nothing new, or no such template; nothing was written.
        RefusedError: There is a file of that name; nothing was written.
        UserError: The file cannot be written.
    """
    since = choice.since or _find_last_time(settings)
    remarks = list(source.remarks)
    new = list(_drop_linked(_drop_untimely(source.posts, since, now, remarks), settings, remarks))
    new.sort(key=lambda post: post.published_at or _EARLIEST, reverse=True)
    chosen = new[: choice.limit]
    if not chosen:
        raise NotFoundError(_describe_nothing(since), problems=remarks[:_MOST_REASONS])
    if len(new) > len(chosen):
        remarks.append(f"{len(new) - len(chosen)} older ones are left out; --limit takes more")
    undated = sum(post.published_at is None for post in chosen)
    if undated:
        remarks.append(f"{undated} without a date: no issue links them, so they are taken for new")
    remarks += [f"{post.place}: {post.gap}" for post in chosen if post.gap]
    if choice.is_oldest_first:
        chosen.reverse()
    begun = begin_issue(
        settings,
        now=now,
        series=series,
        template=template,
        digest=write_digest(chosen),
        preheader=write_preheader(chosen),
    )
    return Digest(begun=begun, posts=tuple(chosen), since=since, remarks=tuple(remarks))


def _find_last_time(settings: Settings) -> datetime | None:
    """Find the date of the newest issue file."""
    times = (issue.published_at for issue in load_issues(settings))
    return max((each for each in times if each is not None), default=None)


def _drop_untimely(
    posts: Sequence[Post], since: datetime | None, now: datetime, remarks: list[str]
) -> Iterable[Post]:
    for post in posts:
        if not post.title and not post.url:
            remarks.append(f"{post.place}: left out: it has neither a title nor an address")
        elif post.published_at is not None and post.published_at > now:
            remarks.append(f"{post.place}: left out: its date is in the future")
        elif post.shown_until is not None and post.shown_until <= now:
            remarks.append(f"{post.place}: left out: it has expired")
        elif since is None or post.published_at is None or post.published_at > since:
            yield post


def _drop_linked(posts: Iterable[Post], settings: Settings, remarks: list[str]) -> Iterable[Post]:
    """Pass over what an issue links, with or without a slash at its end, and what comes twice."""
    linked_by = _list_linked(settings)
    seen: set[str] = set()
    for post in posts:
        bare = post.url.rstrip("/")
        if bare in linked_by:
            remarks.append(f"{post.url}: left out: {linked_by[bare]} links it already")
        elif not bare or bare not in seen:
            seen.add(bare)
            yield post


def _list_linked(settings: Settings) -> dict[str, str]:
    """List every URL of every issue, with the name of the file that has it."""
    linked: dict[str, str] = {}
    for path in list_issue_files(settings.folder):
        try:
            text = load_content(path).decode("utf-8", "replace")
        except (IssueError, NotFoundError):
            continue
        for url in find_urls(text):
            linked.setdefault(clean_url(url).rstrip("/"), path.name)
    linked.pop("", None)
    return linked


def _describe_nothing(since: datetime | None) -> str:
    if since is None:
        return "there is nothing to tell of"
    return (
        f"there is nothing new since {since.isoformat(sep=' ', timespec='minutes')}, the date of"
        " the newest issue or of --since; an earlier --since takes more"
    )
