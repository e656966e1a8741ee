"""Plans: a row per delivery, written once, in the transaction that makes the issue known."""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.errors import TemporaryError
from newsletter.issues.issue import Issue
from newsletter.sending.ledger.deliveries import cancel_deliveries
from newsletter.sending.ledger.partitions import analyse_partition, make_partition
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
    #: Who was planned, as text of a segment; empty when everyone was.
    segment: str
    #: 0 while it is scheduled.
    planned_at_ms: int
    finished_at_ms: int | None
    #: 0 for no limit; None for what the settings say.
    rate_per_second: float | None
    #: Why it is paused; empty when the operator paused it himself, or it is not.
    pause_reason: str
    #: Under which the segment was saved then; empty for one that was written out.
    segment_name: str = ""

    @property
    def is_planned(self) -> bool:
        """Whether it has deliveries; a scheduled issue, or one paused before its time, has none."""
        return self.planned_at_ms > 0


@dataclass(frozen=True, slots=True)
class Orders:
    """What whoever sends an issue is told in each turn."""

    state: IssueState
    #: 0 for no limit; None for what the settings say.
    rate_per_second: float | None


def find_issue(connection: sa.Connection, slug: str) -> PlannedIssue | None:
    """Find a planned issue by its slug."""
    row = connection.execute(sa.select(issue).where(issue.c.slug == slug)).one_or_none()
    return None if row is None else _planned_issue(row)


def get_issue(connection: sa.Connection, issue_id: int) -> PlannedIssue | None:
    """Get an issue by its number; None when it was taken out of the ledger."""
    row = connection.execute(sa.select(issue).where(issue.c.id == issue_id)).one_or_none()
    return None if row is None else _planned_issue(row)


def get_orders(connection: sa.Connection, issue_id: int) -> Orders:
    """Get what is wanted of an issue, and keep it so until the transaction ends."""
    _pass_gate(connection, issue_id, _PASS_AS_SENDER)
    state, rate_per_second = connection.execute(_GET_ORDERS, {"issue": issue_id}).one()
    return Orders(IssueState(state), rate_per_second)


#: Built once, since every turn of a send asks. SQLite needs no such lock, since its writers take
#: turns. PostgreSQL's do not: a cancel could pass between this question and the intents that
#: depend on it.
_GET_ORDERS = (
    sa.select(issue.c.state, issue.c.rate_per_second)
    .where(issue.c.id == sa.bindparam("issue"))
    .with_for_update(read=True)
)


#: Senders pass side by side. Whoever changes the orders stands at the gate until those inside have
#: left, and whoever comes then stands behind him: by the lock of the row alone many senders, of
#: whom one is always inside, would keep him out for ever.
_PASS_AS_SENDER = sa.text("SELECT pg_advisory_xact_lock_shared(28272, :issue)")
_PASS_ALONE = sa.text("SELECT pg_advisory_xact_lock(28272, :issue)")


def stop_senders(connection: sa.Connection, issue_id: int) -> None:
    """Let no sender of an issue open an intent until the transaction ends."""
    _pass_gate(connection, issue_id, _PASS_ALONE)


def _pass_gate(connection: sa.Connection, issue_id: int, how: sa.TextClause) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(how, {"issue": issue_id})


def get_state(connection: sa.Connection, issue_id: int) -> IssueState:
    """Get where an issue stands at this moment; nobody is kept from changing it."""
    statement = sa.select(issue.c.state).where(issue.c.id == issue_id)
    return IssueState(connection.execute(statement).scalar_one())


def list_issues(connection: sa.Connection) -> list[PlannedIssue]:
    """List every issue: those that wait for their time, then the newest plan first."""
    waits = issue.c.planned_at_ms == 0
    statement = sa.select(issue).order_by(
        waits.desc(), issue.c.planned_at_ms.desc(), issue.c.id.desc()
    )
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
    connection: sa.Connection,
    source: Issue,
    *,
    edition_digest: str,
    segment: str = "",
    segment_name: str = "",
    now_ms: int,
) -> int:
    """Make an issue known to the ledger, as sending; return its number.

    Args:
        connection: In a transaction that writes.
        source: The issue as it is read now.
        edition_digest: Of its edition.
        segment: Who is to be planned; empty for everyone.
        segment_name: Under which it is saved, if it is.
        now_ms: When it is planned; 0 makes it known as scheduled.

    Raises:
        TemporaryError: Another process made it known since it was looked for.
    """
    statement = insert_into(connection, issue).values(
        slug=source.slug,
        title=source.title,
        state=IssueState.SENDING if now_ms else IssueState.SCHEDULED,
        git_commit=source.revision.commit,
        is_modified=source.revision.is_modified,
        content_sha256=source.revision.content_sha256,
        edition_digest=edition_digest,
        segment=segment,
        segment_name=segment_name,
        planned_at_ms=now_ms,
    )
    statement = statement.on_conflict_do_nothing()
    number: int | None = connection.execute(statement.returning(issue.c.id)).scalar_one_or_none()
    if number is None:
        raise TemporaryError(f"{source.slug}: another process has planned it just now; try again")
    make_partition(connection, number)
    return number


def accept_revision(
    connection: sa.Connection, issue_id: int, source: Issue, *, edition_digest: str
) -> None:
    """Note that the issue, or the rest of it, is to be sent from the file as it is now."""
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
    connection: sa.Connection,
    issue_id: int,
    audience: sa.Select[int, bytes] | sa.Select[int, bytes, int],
) -> int:
    """Write a row for each member of the audience who has none; return how many were added.

    A person, or an address, that is planned already stays as it is: the two unique constraints
    decide, not this program's memory.

    Args:
        connection: In a transaction that writes.
        issue_id: The issue's number.
        audience: Selects numbers and address hashes, and maybe the moment before which nothing
            goes to a person.
    """
    members = audience.subquery()
    columns = ["subscriber_id", "address_hash", "next_at_ms"][: len(members.c)]
    rows = sa.select(sa.literal(issue_id), sa.literal(DeliveryStatus.PLANNED.value), *members.c)
    # SQLite reads "… JOIN … ON CONFLICT" as part of a join unless a WHERE stands between.
    statement = (
        insert_into(connection, delivery)
        .from_select(["issue_id", "status", *columns], rows.where(sa.true()))
        .on_conflict_do_nothing()
    )
    # An INSERT's count is forgotten on PostgreSQL unless it is asked for.
    added = connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
    analyse_partition(connection, issue_id)
    return added


def count_new(connection: sa.Connection, issue_id: int, audience: sa.Select[int, bytes]) -> int:
    """Count the members of an audience who have no row yet."""
    # Nobody sees their order, and PostgreSQL would sort them.
    members = audience.order_by(None).subquery()
    number, address_hash = members.c
    row = sa.exists().where(delivery.c.issue_id == issue_id)
    # Two questions, not one with "or", which PostgreSQL would ask again for each member.
    statement = (
        sa.select(sa.func.count())
        .select_from(members)
        .where(
            ~row.where(delivery.c.subscriber_id == number),
            ~row.where(delivery.c.address_hash == address_hash),
        )
    )
    return connection.execute(statement).scalar_one()


def set_issue_state(
    connection: sa.Connection, issue_id: int, new: IssueState, *, only_from: set[IssueState]
) -> bool:
    """Change an issue's state if it is one of those; tell whether it was.

    The reason of a pause goes with it.
    """
    stop_senders(connection, issue_id)
    statement = (
        sa.update(issue)
        .where(issue.c.id == issue_id, issue.c.state.in_(sorted(only_from)))
        .values(state=new, pause_reason="")
    )
    return connection.execute(statement).rowcount == 1


def pause_issue(connection: sa.Connection, issue_id: int, *, reason: str = "") -> bool:
    """Pause an issue that is being sent or waits for its time; tell whether it was.

    Args:
        connection: In a transaction that writes.
        issue_id: Whoever sends it hears of it with the next commit.
        reason: For the operator, when it was not he who paused it: `newsletter status` shows it
            until the issue goes on. No address may be in it.
    """
    is_paused = set_issue_state(
        connection,
        issue_id,
        IssueState.PAUSED,
        only_from={IssueState.SCHEDULED, IssueState.SENDING},
    )
    if is_paused and reason:
        statement = sa.update(issue).where(issue.c.id == issue_id).values(pause_reason=reason)
        connection.execute(statement)
    return is_paused


def set_rate(connection: sa.Connection, issue_id: int, per_second: float | None) -> None:
    """Give an issue a rate of its own, 0 for no limit, or the settings' with None."""
    stop_senders(connection, issue_id)
    connection.execute(
        sa.update(issue).where(issue.c.id == issue_id).values(rate_per_second=per_second)
    )


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
