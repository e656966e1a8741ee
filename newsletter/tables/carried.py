"""Which tables a newsletter is made of, in an order in which each can be filled."""

from typing import Final

import sqlalchemy as sa

from newsletter.operators.schema import METADATA as OPERATORS
from newsletter.operators.schema import operator_session
from newsletter.outbox.schema import METADATA as OUTBOX
from newsletter.sending.ledger.schema import METADATA as LEDGER
from subscribers.store.schema import METADATA as SUBSCRIBERS

#: Every table whose rows are carried into another database, those that others refer to first. Who
#: is signed in signs in again: a session that was ended since must not come back with a backup.
#: Nor are the limits of the pages carried, which say nothing a few minutes later.
CARRIED: Final[tuple[sa.Table, ...]] = tuple(
    table
    for metadata in (SUBSCRIBERS, LEDGER, OUTBOX, OPERATORS)
    for table in metadata.sorted_tables
    if table is not operator_session
)
