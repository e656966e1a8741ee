"""The archive: planned editions as anyone may read them, kept in the transaction of the plan.

What is shown is what was sent, though the file has changed since, or lies on another machine.
A cancelled issue that reached nobody was never published. One that did reach somebody, and one
that was meant for a tag only, are there for whoever has the link and are listed nowhere.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import archived_edition, delivery, issue
from newsletter.sending.ledger.status import IssueState


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionRecord:
    """What the archive keeps of an edition; its personal fields are filled for nobody."""

    title: str
    preheader: str
    #: BCP 47, such as ``ko``.
    language: str
    #: The date its author gave it, else when it was planned; milliseconds since 1970, UTC.
    published_at_ms: int
    #: HTML as rendering made it, not cleaned.
    article: str
    text: str
    #: Milliseconds since 1970, UTC.
    updated_at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedEdition(EditionRecord):
    """A record with the name it is published under."""

    slug: str
    #: May be named to anyone; else only whoever has the link may read it.
    is_listed: bool


def record_edition(
    connection: sa.Connection, issue_id: int, record: EditionRecord, *, replaces: bool = False
) -> None:
    """Keep an edition; one that is kept already stays, unless this one replaces it."""
    values = {name: getattr(record, name) for name in EditionRecord.__dataclass_fields__}
    statement = insert_into(connection, archived_edition).values(issue_id=issue_id, **values)
    if replaces:
        # The day of its publication stays.
        newer = {name: values[name] for name in values if name != "published_at_ms"}
        statement = statement.on_conflict_do_update(
            index_elements=[archived_edition.c.issue_id], set_=newer
        )
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement)


def find_edition(connection: sa.Connection, slug: str) -> ArchivedEdition | None:
    """Find what was sent under a slug; None also when nobody got it."""
    row = connection.execute(_select().where(issue.c.slug == slug)).one_or_none()
    return None if row is None else ArchivedEdition(**row._asdict())


def list_editions(
    connection: sa.Connection, *, limit: int | None = None, with_unlisted: bool = False
) -> list[ArchivedEdition]:
    """List editions, the newest first.

    Args:
        connection: An open transaction.
        limit: At most so many; None for all.
        with_unlisted: Also those that only a link leads to.
    """
    statement = _select().order_by(
        archived_edition.c.published_at_ms.desc(), archived_edition.c.issue_id.desc()
    )
    if not with_unlisted:
        statement = statement.where(_IS_LISTED)
    rows = connection.execute(statement.limit(limit))
    return [ArchivedEdition(**row._asdict()) for row in rows]


_IS_LISTED = sa.and_(issue.c.state != IssueState.CANCELLED, issue.c.audience_tag == "")


def _select() -> sa.Select[*tuple[object, ...]]:
    """Select what was published: some message has left, or may still leave."""
    columns = [
        column for column in archived_edition.c if column.name in EditionRecord.__dataclass_fields__
    ]
    has_left = sa.exists().where(
        delivery.c.issue_id == issue.c.id, delivery.c.first_intent_at_ms > 0
    )
    return (
        sa.select(*columns, issue.c.slug, _IS_LISTED.label("is_listed"))
        .join_from(archived_edition, issue)
        .where(sa.or_(issue.c.state != IssueState.CANCELLED, has_left))
    )
