"""The archive: planned editions as anyone may read them, kept in the transaction of the plan.

What is shown is what was sent, though the file has changed since, or lies on another machine.
A cancelled issue that reached nobody was never published. One that did reach somebody, and one
that was meant for a tag only, are there for whoever has the link and are listed nowhere.
"""

from dataclasses import asdict, dataclass, fields
from typing import Final

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
    #: The day as the author wrote it, ``2026-01-05``; empty when he gave none.
    published_day: str = ""
    #: HTML as rendering made it, not cleaned.
    article: str
    text: str
    #: Milliseconds since 1970, UTC.
    updated_at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveEntry:
    """An archived edition as a list names it."""

    slug: str
    title: str
    preheader: str
    language: str
    published_at_ms: int
    published_day: str
    updated_at_ms: int
    #: May be named to anyone; else only whoever has the link may read it.
    is_listed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedEdition(ArchiveEntry):
    """An archived edition, whole; see `EditionRecord`."""

    article: str
    text: str


def record_edition(
    connection: sa.Connection, issue_id: int, record: EditionRecord, *, replaces: bool = False
) -> None:
    """Keep an edition; one that is kept already stays, unless this one replaces it."""
    values = asdict(record)
    statement = insert_into(connection, archived_edition).values(issue_id=issue_id, **values)
    if replaces:
        # The day of its publication stays.
        newer = {name: values[name] for name in values if not name.startswith("published_")}
        statement = statement.on_conflict_do_update(
            index_elements=[archived_edition.c.issue_id], set_=newer
        )
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement)


def find_edition(connection: sa.Connection, slug: str) -> ArchivedEdition | None:
    """Find what was sent under a slug; None also when nobody got it."""
    statement = _select(ArchivedEdition).where(issue.c.slug == slug)
    row = connection.execute(statement).one_or_none()
    return None if row is None else ArchivedEdition(**row._asdict())


def list_entries(
    connection: sa.Connection, *, limit: int | None = None, with_unlisted: bool = False
) -> list[ArchiveEntry]:
    """List archived editions, the newest first.

    Args:
        connection: An open transaction.
        limit: At most so many; None for all.
        with_unlisted: Also those that only a link leads to.
    """
    statement = _select(ArchiveEntry).order_by(
        archived_edition.c.published_at_ms.desc(), archived_edition.c.issue_id.desc()
    )
    if not with_unlisted:
        statement = statement.where(_IS_LISTED)
    rows = connection.execute(statement.limit(limit))
    return [ArchiveEntry(**row._asdict()) for row in rows]


_IS_LISTED: Final = sa.and_(issue.c.state != IssueState.CANCELLED, issue.c.segment == "")


def _select(kind: type[ArchiveEntry]) -> sa.Select[*tuple[object, ...]]:
    """Select what was published: some message has left, or may still leave."""
    names = [field.name for field in fields(kind)]
    kept = [archived_edition.c[name] for name in names if name in archived_edition.c]
    has_left = sa.exists().where(
        delivery.c.issue_id == issue.c.id, delivery.c.first_intent_at_ms > 0
    )
    return (
        sa.select(*kept, issue.c.slug, _IS_LISTED.label("is_listed"))
        .join_from(archived_edition, issue)
        .where(sa.or_(issue.c.state != IssueState.CANCELLED, has_left))
    )
