"""Statements of what people change of themselves: profile, pause, address."""

import sqlalchemy as sa

from subscribers.address import EmailAddress
from subscribers.profile import Profile
from subscribers.store.schema import subscriber
from subscribers.store.subscribers import write_fields
from subscribers.store.tags import replace_tags


def change_profile(
    connection: sa.Connection, subscriber_id: int, *, name: str, language: str
) -> None:
    """Set name and language; parsed values only."""
    _update(connection, subscriber_id, name=name, language=language)


def change_timezone(connection: sa.Connection, subscriber_id: int, timezone: str) -> None:
    """Set whose clock is a person's; a parsed name, or nothing."""
    _update(connection, subscriber_id, timezone=timezone)


def replace_profile(connection: sa.Connection, subscriber_id: int, profile: Profile) -> None:
    """Set all that a person tells of himself."""
    _update(
        connection,
        subscriber_id,
        name=profile.name,
        language=profile.language,
        timezone=profile.timezone,
        fields=write_fields(profile.fields),
    )
    replace_tags(connection, subscriber_id, profile.tags)


def pause_until(connection: sa.Connection, subscriber_id: int, until_ms: int) -> None:
    """Leave a person out of every audience until then; 0 ends a pause."""
    _update(connection, subscriber_id, paused_until_ms=until_ms)


def change_address(
    connection: sa.Connection, subscriber_id: int, address: EmailAddress, address_hash: bytes
) -> None:
    """Give a person another address, which nobody else may have."""
    _update(connection, subscriber_id, address=address.text, address_hash=address_hash)


def _update(connection: sa.Connection, subscriber_id: int, **values: object) -> None:
    connection.execute(
        sa.update(subscriber).where(subscriber.c.id == subscriber_id).values(**values)
    )
