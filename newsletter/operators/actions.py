"""Actions: what operators did, written in the transaction that does it, and never changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from newsletter.operators.schema import operator_action


class ActionKind(StrEnum):
    """What an operator can do."""

    SEND = "send"
    #: The rest of an issue is sent from a file that changed since it was planned.
    ACCEPT_CHANGES = "accept changes"
    #: Errors that the checks found did not stop it.
    IGNORE_CHECKS = "ignore checks"
    #: People who were confirmed since are planned, too.
    ADD_NEW = "add new"
    #: What was in doubt is tried again.
    RETRY_DOUBT = "retry doubt"
    WRITE_OFF = "write off"
    #: What failed is planned again.
    RETRY_FAILED = "retry failed"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    #: An issue has a rate of its own, or the settings' again.
    RATE = "rate"
    #: An issue is to leave at a time.
    SCHEDULE = "schedule"
    #: What was in doubt is settled by what came back.
    RECONCILE = "reconcile"
    #: A database restored from a backup may send again.
    ACCEPT_RESTORE = "accept restore"
    #: Everything was written into a file, or into another database.
    BACKUP = "backup"
    COPY = "copy"
    ADD = "add"
    IMPORT = "import"
    EXPORT = "export"
    TAG = "tag"
    UNSUBSCRIBE = "unsubscribe"
    SUPPRESS = "suppress"
    LIFT = "lift"
    ERASE = "erase"
    ADD_OPERATOR = "add operator"
    REMOVE_OPERATOR = "remove operator"
    SIGN_IN = "sign in"
    SIGN_OUT = "sign out"
    #: A program may use the API.
    ADMIT = "admit"
    #: A program may no longer.
    REVOKE = "revoke"
    #: Name, language, time zone, tags or fields of a person.
    CHANGE_PROFILE = "change profile"


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One thing that an operator did."""

    id: int
    #: Milliseconds since 1970, UTC.
    at_ms: int
    #: An operator's name on the page; ``user@host`` at the command line; ``token:NAME`` by the API.
    actor: str
    kind: ActionKind
    #: Its slug; empty when the act was about no issue.
    issue: str
    #: None when it was about nobody whom we know.
    subscriber_id: int | None
    details: str


def record_action(
    connection: sa.Connection,
    kind: ActionKind,
    *,
    actor: str,
    now_ms: int,
    issue: str = "",
    subscriber_id: int | None = None,
    details: str = "",
) -> None:
    """Write down an act, in the transaction of the act.

    Args:
        connection: That transaction.
        kind: What was done.
        actor: Who did it.
        now_ms: Milliseconds since 1970, UTC.
        issue: The slug of the issue it was done to.
        subscriber_id: The number of the person it was done to.
        details: How, in words; never an address, for these rows outlive an erasure.
    """
    connection.execute(
        sa.insert(operator_action).values(
            at_ms=now_ms,
            actor=actor,
            kind=kind.value,
            issue=issue,
            subscriber_id=subscriber_id,
            details=details,
        )
    )


def list_actions(
    connection: sa.Connection, *, issue: str = "", before_id: int | None = None, limit: int
) -> list[Action]:
    """List a page of actions, the newest first.

    Args:
        connection: A transaction of the caller's.
        issue: Only those about this issue; empty for all.
        before_id: Go on before this action; None for the newest.
        limit: At most so many.
    """
    statement = sa.select(operator_action).order_by(operator_action.c.id.desc()).limit(limit)
    if issue:
        statement = statement.where(operator_action.c.issue == issue)
    if before_id is not None:
        statement = statement.where(operator_action.c.id < before_id)
    return [_action(row) for row in connection.execute(statement)]


def find_actions_to(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> Mapping[int, list[Action]]:
    """Find what was done to people, at most 10,000, the oldest first; of each one asked for."""
    statement = (
        sa.select(operator_action)
        .where(operator_action.c.subscriber_id.in_(subscriber_ids))
        .order_by(operator_action.c.id)
    )
    found: dict[int, list[Action]] = {number: [] for number in subscriber_ids}
    for row in connection.execute(statement):
        found[row.subscriber_id].append(_action(row))
    return found


def _action(row: sa.Row[*tuple[object, ...]]) -> Action:
    values: dict[str, Any] = row._asdict()
    values["kind"] = ActionKind(values["kind"])
    return Action(**values)
