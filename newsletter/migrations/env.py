"""Alembic's entry: it runs in the transaction that `newsletter.migrations` opened."""

import sqlalchemy as sa
from alembic import context

from newsletter.operators.schema import METADATA as OPERATORS
from newsletter.outbox.schema import METADATA as OUTBOX
from newsletter.sending.ledger.schema import METADATA as LEDGER
from subscribers.store.schema import METADATA as SUBSCRIBERS

connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=[SUBSCRIBERS, LEDGER, OUTBOX, OPERATORS],
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
