"""Which secret a database belongs to.

Opened with another secret, a database would forget every suppression and take everyone known for
new: so the first use notes the secret's fingerprint, and every later one compares it.
"""

import sqlalchemy as sa

from newsletter.database import insert_into
from newsletter.sending.ledger.schema import installation


def find_fingerprint(connection: sa.Connection) -> str | None:
    """Find the fingerprint of the secret this database was first used with."""
    return connection.execute(sa.select(installation.c.key_fingerprint)).scalar_one_or_none()


def record_fingerprint(connection: sa.Connection, fingerprint: str, *, now_ms: int) -> None:
    """Note the fingerprint at the first use; a second process that does so changes nothing."""
    connection.execute(
        insert_into(connection, installation)
        .values(id=1, key_fingerprint=fingerprint, created_at_ms=now_ms)
        .on_conflict_do_nothing()
    )
