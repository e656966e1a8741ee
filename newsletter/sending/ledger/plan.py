"""Plans: a row per delivery, written once, in the transaction that makes the issue known."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.errors import TemporaryError
from newsletter.issues.issue import Issue
from newsletter.sending.ledger.deliveries import cancel_deliveries
from newsletter.sending.ledger.schema import delivery, issue
from newsletter.sending.ledger.status import DeliveryStatus, IssueState


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedIssue:
    """An issue the ledger knows, with the revision that was planned."""

    id: int
    slug: str
    title: str
    state: IssueState
    git_commit: str | None
    is_modified: bool
    content_sha256: str
    edition_digest: str
    #: Empty when everyone was planned.
    audience_tag: str
    planned_at_ms: int
    finished_at_ms: int | None
    #: 0 for no limit; None for what the settings say.
    rate_per_second: float | None
    #: Why it is paused; empty when the operator paused it himself, or it is not.
    pause_reason: str


def find_issue(connection: sa.Connection, slug: str) -> PlannedIssue | None:
    """Find a planned issue by its slug."""
    row = connection.execute(sa.select(issue).where(issue.c.slug == slug)).one_or_none()
    return None if row is None else _planned_issue(row)


def get_issue_state(connection: sa.Connection, issue_id: int) -> IssueState:
    """Get where an issue stands, and keep it there until the transaction ends."""
    return IssueState(connection.execute(_GET_STATE, {"issue": issue_id}).scalar_one())


#: Built once, since every turn of a send asks. SQLite needs no such lock, since its writers take
#: turns. PostgreSQL's do not: a cancel could pass between this question and the intents that
#: depend on it.
_GET_STATE = (
    sa.select(issue.c.state).where(issue.c.id == sa.bindparam("issue")).with_for_update(read=True)
)


def list_issues(connection: sa.Connection) -> list[PlannedIssue]:
    """List every planned issue, the newest plan first."""
    statement = sa.select(issue).order_by(issue.c.planned_at_ms.desc(), issue.c.id.desc())
    return [_planned_issue(row) for row in connection.execute(statement)]


def list_issue_page(
    connection: sa.Connection, *, before_id: int | None, limit: int
) -> list[PlannedIssue]:
    """List a page of planned issues, the newest first, after the one of that number."""
    statement = sa.select(issue).order_by(issue.c.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(issue.c.id < before_id)
    return [_planned_issue(row) for row in connection.execute(statement)]


def insert_issue(
    connection: sa.Connection, source: Issue, *, edition_digest: str, audience_tag: str, now_ms: int
) -> int:
    """Make an issue known to the ledger, as sending; return its number.

    Raises:
        TemporaryError: Another process made it known since it was looked for.
    """
    statement = insert_into(connection, issue).values(
        slug=source.slug,
        title=source.title,
        state=IssueState.SENDING,
        git_commit=source.revision.commit,
        is_modified=source.revision.is_modified,
        content_sha256=source.revision.content_sha256,
        edition_digest=edition_digest,
        audience_tag=audience_tag,
        planned_at_ms=now_ms,
    )
    statement = statement.on_conflict_do_nothing()
    number: int | None = connection.execute(statement.returning(issue.c.id)).scalar_one_or_none()
    if number is None:
        raise TemporaryError(f"{source.slug}: another process has planned it just now; try again")
    return number


def accept_revision(
    connection: sa.Connection, issue_id: int, source: Issue, *, edition_digest: str
) -> None:
    """Note that the operator wants the rest sent from a changed file."""
    connection.execute(
        sa.update(issue)
        .where(issue.c.id == issue_id)
        .values(
            title=source.title,
            git_commit=source.revision.commit,
            is_modified=source.revision.is_modified,
            content_sha256=source.revision.content_sha256,
            edition_digest=edition_digest,
        )
    )


def plan_deliveries(
    connection: sa.Connection, issue_id: int, audience: sa.Select[int, bytes]
) -> int:
    """Write a row for each member of the audience who has none; return how many were added.

    A person, or an address, that is planned already stays as it is: the two unique constraints
    decide, not this program's memory.
    """
    members = audience.subquery()
    rows = sa.select(sa.literal(issue_id), *members.c, sa.literal(DeliveryStatus.PLANNED.value))
    # SQLite reads "… JOIN … ON CONFLICT" as part of a join unless a WHERE stands between.
    statement = (
        insert_into(connection, delivery)
        .from_select(["issue_id", "subscriber_id", "address_hash", "status"], rows.where(sa.true()))
        .on_conflict_do_nothing()
    )
    # An INSERT's count is forgotten on PostgreSQL unless it is asked for.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def count_new(
    connection: sa.Connection, issue_id: int | None, audience: sa.Select[int, bytes]
) -> int:
    """Count the members of an audience who have no row yet."""
    members = audience.subquery()
    statement = sa.select(sa.func.count()).select_from(members)
    if issue_id is not None:
        number, address_hash = members.c
        is_planned = sa.exists().where(
            delivery.c.issue_id == issue_id,
            sa.or_(delivery.c.subscriber_id == number, delivery.c.address_hash == address_hash),
        )
        statement = statement.where(~is_planned)
    return connection.execute(statement).scalar_one()


def set_issue_state(
    connection: sa.Connection, issue_id: int, new: IssueState, *, only_from: set[IssueState]
) -> bool:
    """Change an issue's state if it is one of those; tell whether it was.

    The reason of a pause goes with it.
    """
    statement = (
        sa.update(issue)
        .where(issue.c.id == issue_id, issue.c.state.in_(sorted(only_from)))
        .values(state=new, pause_reason="")
    )
    return connection.execute(statement).rowcount == 1


def pause_issue(connection: sa.Connection, issue_id: int, *, reason: str = "") -> bool:
    """Pause an issue that is being sent; tell whether it was.

    Args:
        connection: In a transaction that writes.
        issue_id: Whoever sends it hears of it with the next commit.
        reason: For the operator, when it was not he who paused it: `newsletter status` shows it
            until the issue goes on. No address may be in it.
    """
    is_paused = set_issue_state(
        connection, issue_id, IssueState.PAUSED, only_from={IssueState.SENDING}
    )
    if is_paused and reason:
        statement = sa.update(issue).where(issue.c.id == issue_id).values(pause_reason=reason)
        connection.execute(statement)
    return is_paused


def finish_issue(connection: sa.Connection, issue_id: int, *, now_ms: int) -> bool:
    """Call a sending issue sent if nothing remains; tell whether it is now."""
    remaining = (
        sa.exists()
        .where(delivery.c.issue_id == issue_id)
        .where(delivery.c.status.in_(["planned", "in_flight", "deferred"]))
    )
    statement = (
        sa.update(issue)
        .where(issue.c.id == issue_id, issue.c.state == IssueState.SENDING, ~remaining)
        .values(state=IssueState.SENT, finished_at_ms=now_ms)
    )
    return connection.execute(statement).rowcount == 1


def cancel_issue(connection: sa.Connection, issue_id: int, *, now_ms: int) -> bool:
    """Cancel an issue and every delivery that was never attempted or is deferred.

    What is in flight stays: whoever sends it records its outcome.
    """
    changed = set_issue_state(
        connection,
        issue_id,
        IssueState.CANCELLED,
        only_from={IssueState.SENDING, IssueState.PAUSED},
    )
    if changed:
        connection.execute(
            sa.update(issue).where(issue.c.id == issue_id).values(finished_at_ms=now_ms)
        )
        cancel_deliveries(connection, issue_id, now_ms=now_ms)
    return changed


def _planned_issue(row: sa.Row[*tuple[object, ...]]) -> PlannedIssue:
    values = row._asdict()
    values["state"] = IssueState(values["state"])
    return PlannedIssue(**values)
