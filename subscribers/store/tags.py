"""Statements of the tags that people carry."""

from collections import defaultdict
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from subscribers.store.bulk import insert_plain
from subscribers.store.schema import subscriber_tag, tag
from subscribers.store.upsert import insert_into

_COLUMNS = ("tag_id", "subscriber_id")


def add_tags(
    connection: sa.Connection, tags: Mapping[int, Collection[str]], *, are_new: bool = False
) -> None:
    """Give people tags beside those that they have: subscriber's number to parsed tags.

    Args:
        connection: A transaction that writes.
        tags: No tag twice for one person.
        are_new: None of these people has a tag yet, as when they are only just added.
    """
    numbers = _number_tags(connection, {name for names in tags.values() for name in names})
    rows = [
        (numbers[name], subscriber_id) for subscriber_id, names in tags.items() for name in names
    ]
    if are_new:
        insert_plain(connection, subscriber_tag, _COLUMNS, rows)
    elif rows:
        connection.execute(
            insert_into(connection, subscriber_tag).on_conflict_do_nothing(),
            [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
        )


def replace_tags(connection: sa.Connection, subscriber_id: int, tags: Collection[str]) -> None:
    """Give a person these tags and no others."""
    connection.execute(
        sa.delete(subscriber_tag).where(subscriber_tag.c.subscriber_id == subscriber_id)
    )
    add_tags(connection, {subscriber_id: tags})


def find_tags(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> Mapping[int, frozenset[str]]:
    """Find the tags of these people, at most 10,000 at a time; of each one asked for."""
    statement = (
        sa.select(subscriber_tag.c.subscriber_id, tag.c.name)
        .join(tag, tag.c.id == subscriber_tag.c.tag_id)
        .where(subscriber_tag.c.subscriber_id.in_(subscriber_ids))
    )
    found = defaultdict[int, set[str]](set)
    for subscriber_id, name in connection.execute(statement):
        found[subscriber_id].add(name)
    return {number: frozenset(found.get(number, ())) for number in subscriber_ids}


def count_tags(connection: sa.Connection) -> dict[str, int]:
    """Count the people who carry each tag, in the order of the tags' names."""
    statement = (
        sa.select(tag.c.name, sa.func.count())
        .join(subscriber_tag, subscriber_tag.c.tag_id == tag.c.id)
        .group_by(tag.c.name)
        .order_by(tag.c.name)
    )
    return dict(connection.execute(statement).all())


def find_carried(connection: sa.Connection, names: Collection[str]) -> frozenset[str]:
    """Find which of these tags anybody carries."""
    is_carried = sa.exists().where(subscriber_tag.c.tag_id == tag.c.id)
    statement = sa.select(tag.c.name).where(tag.c.name.in_(names), is_carried)
    return frozenset(connection.execute(statement).scalars())


def select_tagged(name: str) -> sa.Select[int]:
    """Select the numbers of the people who carry a tag."""
    number = sa.select(tag.c.id).where(tag.c.name == name).scalar_subquery()
    return sa.select(subscriber_tag.c.subscriber_id).where(subscriber_tag.c.tag_id == number)


def has_tag(name: str, subscriber_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Build the condition that a person carries a tag."""
    return subscriber_id.in_(select_tagged(name))


def _number_tags(connection: sa.Connection, names: set[str]) -> dict[str, int]:
    """Find the numbers of tags; those that nobody had before are added."""
    if not names:
        return {}
    ordered = sorted(names)
    connection.execute(
        insert_into(connection, tag).on_conflict_do_nothing(), [{"name": name} for name in ordered]
    )
    statement = sa.select(tag.c.name, tag.c.id).where(tag.c.name.in_(ordered))
    return dict(connection.execute(statement).all())
