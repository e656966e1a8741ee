"""Statements of the people: add, find, list, count."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from subscribers.address import EmailAddress
from subscribers.consent import Consent
from subscribers.errors import UnknownSubscriberError
from subscribers.profile import Profile
from subscribers.store.bulk import FEW_ROWS, insert_new, select_by_keys
from subscribers.store.consents import append_consents, append_evidence
from subscribers.store.schema import subscriber
from subscribers.store.tags import add_tags, find_tags, has_tag
from subscribers.store.upsert import insert_into
from subscribers.subscriber import NewSubscriber, Subscriber
from subscribers.subscription import State

#: Rows of a page: large enough that the statement's cost does not matter, small in memory.
PAGE_ROWS = 5000
_NOTHING_TOLD: Mapping[bytes, Sequence[Consent]] = {}
_encode_fields = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def add_subscriber(
    connection: sa.Connection, person: NewSubscriber, evidence: Consent
) -> int | None:
    """Add one person with the evidence; return the new number, None if the address is known."""
    return add_subscribers(connection, [person], evidence).get(person.address_hash)


def add_subscribers(
    connection: sa.Connection,
    people: Sequence[NewSubscriber],
    evidence: Consent,
    told: Mapping[bytes, Sequence[Consent]] = _NOTHING_TOLD,
) -> dict[bytes, int]:
    """Add people, their tags, and the same evidence for each.

    Whoever is known already stays exactly as he is, whatever his state.

    Args:
        connection: A transaction that writes.
        people: At most 10,000.
        evidence: For each of them, dated by whoever adds them.
        told: Address hash to older evidence of that person's own, oldest first.

    Returns:
        Address hash to number of everyone who was added.
    """
    if not people:
        return {}
    added = _insert(connection, people)
    append_evidence(
        connection,
        ((number, each) for key, number in added.items() for each in told.get(key, ())),
    )
    append_consents(connection, added.values(), evidence)
    add_tags(
        connection,
        {
            added[person.address_hash]: person.profile.tags
            for person in people
            if person.address_hash in added and person.profile.tags
        },
        are_new=True,
    )
    return added


def _insert(connection: sa.Connection, people: Sequence[NewSubscriber]) -> dict[bytes, int]:
    """Insert whoever is not known yet; return address hash to number."""
    if len(people) >= FEW_ROWS:
        rows = [_values(each) for each in people]
        return insert_new(connection, subscriber, _COLUMNS, rows, key="address_hash")
    statement = (
        insert_into(connection, subscriber)
        .on_conflict_do_nothing(index_elements=[subscriber.c.address_hash])
        .returning(subscriber.c.address_hash, subscriber.c.id)
    )
    few = [dict(zip(_COLUMNS, _values(each), strict=True)) for each in people]
    return dict(connection.execute(statement, few).all())


def find_subscriber(connection: sa.Connection, address_hash: bytes) -> Subscriber | None:
    """Find a person by the keyed hash of the address."""
    return _find(connection, subscriber.c.address_hash == address_hash)


def find_by_id(connection: sa.Connection, subscriber_id: int) -> Subscriber | None:
    """Find a person by number; erased people are found, too."""
    return _find(connection, subscriber.c.id == subscriber_id)


def get_by_public_id(
    connection: sa.Connection, public_id: bytes, *, for_update: bool = False
) -> Subscriber:
    """Get the person whom a link names; erased people are found, too.

    Args:
        connection: A transaction of the caller's.
        public_id: Of the link.
        for_update: Let nobody else change the row until the transaction ends.

    Raises:
        UnknownSubscriberError: No link was ever made for such a person.
    """
    found = _find(connection, subscriber.c.public_id == public_id, for_update=for_update)
    if found is None:
        raise UnknownSubscriberError("nobody has this public id")
    return found


def find_states(connection: sa.Connection, address_hashes: Collection[bytes]) -> dict[bytes, State]:
    """Tell which of these addresses are known, and their states; at most 10,000 at a time."""
    columns = (subscriber.c.address_hash, subscriber.c.state)
    rows = select_by_keys(connection, columns, address_hashes)
    return {address_hash: State(state) for address_hash, state in rows}


def find_addresses(
    connection: sa.Connection, address_hashes: Collection[bytes]
) -> dict[bytes, EmailAddress]:
    """Find the addresses behind hashes, where somebody is known by them; at most 10,000."""
    statement = sa.select(subscriber.c.address_hash, subscriber.c.address).where(
        subscriber.c.address_hash.in_(address_hashes)
    )
    return {
        address_hash: EmailAddress.restore(address)
        for address_hash, address in connection.execute(statement)
    }


def list_subscribers(
    connection: sa.Connection,
    *,
    after_id: int = 0,
    limit: int = PAGE_ROWS,
    state: State | None = None,
    tag: str = "",
    text: str = "",
    where: sa.ColumnElement[bool] | None = None,
) -> list[Subscriber]:
    """List a page of people by number, after one of them; erased ones only when asked for.

    Args:
        connection: A transaction of the caller's.
        after_id: Number of the last person of the page before; 0 for the first page.
        limit: Rows of the page, at most 10,000.
        state: Only people in this state.
        tag: Only people who carry this tag.
        text: Only people in whose address or name this occurs; SQLite tells capital from small
            letters outside ASCII.
        where: Only people for whom this holds; see `compile_segment`.
    """
    statement = (
        sa.select(subscriber)
        .where(subscriber.c.id > after_id, *_pick(state, tag))
        .order_by(subscriber.c.id)
        .limit(limit)
    )
    if text:
        statement = statement.where(
            _occurs(connection, text, subscriber.c.address)
            | _occurs(connection, text, subscriber.c.name)
        )
    if where is not None:
        statement = statement.where(where)
    return _people(connection, connection.execute(statement).all())


def count_subscribers(
    connection: sa.Connection,
    *,
    state: State | None = None,
    tag: str = "",
    where: sa.ColumnElement[bool] | None = None,
) -> int:
    """Count those whom `list_subscribers` lists."""
    statement = sa.select(sa.func.count()).select_from(subscriber).where(*_pick(state, tag))
    if where is not None:
        statement = statement.where(where)
    return connection.execute(statement).scalar_one()


def find_addresses_by_id(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> dict[int, EmailAddress]:
    """Find the addresses of people by number; whoever was erased has none."""
    statement = sa.select(subscriber.c.id, subscriber.c.address).where(
        subscriber.c.id.in_(subscriber_ids), subscriber.c.address.is_not(None)
    )
    return {number: EmailAddress.restore(text) for number, text in connection.execute(statement)}


def find_public_ids(connection: sa.Connection, subscriber_ids: Collection[int]) -> dict[int, bytes]:
    """Find the public ids of people by number, erased ones among them; at most 10,000."""
    statement = sa.select(subscriber.c.id, subscriber.c.public_id).where(
        subscriber.c.id.in_(subscriber_ids)
    )
    return dict(connection.execute(statement).all())


def find_domains_by_id(
    connection: sa.Connection, subscriber_ids: Collection[int]
) -> dict[int, str]:
    """Find the domains of people's addresses by number; whoever was erased has none."""
    statement = sa.select(subscriber.c.id, subscriber.c.address).where(
        subscriber.c.id.in_(subscriber_ids), subscriber.c.address.is_not(None)
    )
    return {number: text.rpartition("@")[2] for number, text in connection.execute(statement)}


def count_by_state(connection: sa.Connection) -> dict[State, int]:
    """Count people by state; every state is told, also with 0."""
    statement = sa.select(subscriber.c.state, sa.func.count()).group_by(subscriber.c.state)
    return dict.fromkeys(State, 0) | {
        State(state): count for state, count in connection.execute(statement)
    }


def count_members(connection: sa.Connection, where: sa.ColumnElement[bool]) -> int:
    """Count the people for whom a condition holds, in whatever state; erased ones are nobody."""
    wanted = sa.and_(subscriber.c.state != State.ERASED, where)
    return connection.execute(
        sa.select(sa.func.count()).select_from(subscriber).where(wanted)
    ).scalar_one()


def is_member(connection: sa.Connection, subscriber_id: int, where: sa.ColumnElement[bool]) -> bool:
    """Tell whether a condition holds for a person; for one who was erased none does."""
    return count_members(connection, sa.and_(subscriber.c.id == subscriber_id, where)) == 1


def list_field_names(connection: sa.Connection) -> list[str]:
    """List the names of all custom fields that anyone has, in order; reads every row once."""
    if connection.dialect.name == "sqlite":
        each = sa.func.json_each(subscriber.c.fields).table_valued("key")
        names = sa.select(each.c.key).select_from(subscriber.join(each, sa.true()))
    else:
        names = sa.select(sa.func.json_object_keys(sa.cast(subscriber.c.fields, sa.JSON)))
    return sorted(connection.scalars(names.distinct().where(subscriber.c.fields != "{}")))


def write_fields(fields: Mapping[str, str]) -> str:
    """Write custom fields as the store keeps them."""
    if not fields:
        return "{}"
    return _encode_fields(fields)


def restore_fields(text: str) -> Mapping[str, str]:
    """Take back custom fields as the store keeps them."""
    fields: dict[str, str] = {} if text == "{}" else json.loads(text)
    return fields


def _occurs(
    connection: sa.Connection, text: str, column: sa.ColumnElement[str | None]
) -> sa.ColumnElement[bool]:
    """Build the condition that a text occurs in a column, capital or small."""
    if connection.dialect.name == "postgresql" and text.isascii():
        # A million rows take a third of the time when only ASCII's letters are made small.
        return sa.collate(column, "C").icontains(text, autoescape=True)
    return column.icontains(text, autoescape=True)


def _pick(state: State | None, tag: str) -> list[sa.ColumnElement[bool]]:
    """Build the conditions by which people are picked; erased ones only when asked for."""
    wanted = subscriber.c.state != State.ERASED if state is None else subscriber.c.state == state
    return [wanted, has_tag(tag, subscriber.c.id)] if tag else [wanted]


_COLUMNS = (
    "public_id",
    "address",
    "address_hash",
    "name",
    "language",
    "timezone",
    "fields",
    "state",
    "paused_until_ms",
    "created_at_ms",
    "state_changed_at_ms",
    "confirmed_at_ms",
)


def _values(person: NewSubscriber) -> tuple[object, ...]:
    """List the values of a row in the order of `_COLUMNS`."""
    profile = person.profile
    return (
        person.public_id,
        person.address.text,
        person.address_hash,
        profile.name,
        profile.language,
        profile.timezone,
        write_fields(profile.fields),
        person.state.value,
        person.paused_until_ms,
        person.created_at_ms,
        max(person.created_at_ms, person.confirmed_at_ms or 0, person.ended_at_ms or 0),
        person.confirmed_at_ms,
    )


def _find(
    connection: sa.Connection, condition: sa.ColumnElement[bool], *, for_update: bool = False
) -> Subscriber | None:
    statement = sa.select(subscriber).where(condition)
    rows = connection.execute(statement.with_for_update() if for_update else statement).all()
    return next(iter(_people(connection, rows)), None)


def _people(
    connection: sa.Connection, rows: Iterable[sa.Row[*tuple[object, ...]]]
) -> list[Subscriber]:
    people = [row._asdict() for row in rows]
    tags = find_tags(connection, [values["id"] for values in people])
    return [_person(values, tags[values["id"]]) for values in people]


def _person(values: Mapping[str, Any], tags: frozenset[str]) -> Subscriber:
    address = values["address"]
    return Subscriber(
        id=values["id"],
        public_id=values["public_id"],
        address=None if address is None else EmailAddress.restore(address),
        address_hash=values["address_hash"],
        profile=Profile(
            name=values["name"],
            language=values["language"],
            timezone=values["timezone"],
            tags=tags,
            fields=restore_fields(values["fields"]),
        ),
        state=State(values["state"]),
        paused_until_ms=values["paused_until_ms"],
        created_at_ms=values["created_at_ms"],
        state_changed_at_ms=values["state_changed_at_ms"],
        confirmed_at_ms=values["confirmed_at_ms"],
    )
