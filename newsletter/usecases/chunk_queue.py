"""The seam to the queue by which chunks come to workers; only an installation on a server has one.

A job says no more than that it is worth looking at a chunk. What is to be sent the ledger says, and
so a job may be lost, come twice or come late, and harms nobody.
"""

from collections.abc import Sequence
from typing import Protocol

import sqlalchemy as sa


class ChunkQueue(Protocol):
    """Where chunks are offered to whatever workers there are."""

    def offer(self, connection: sa.Connection, issue_id: int, numbers: Sequence[int]) -> None:
        """Offer chunks of an issue; those that are offered already stay so.

        Args:
            connection: In a transaction that writes: what is rolled back was never offered.
            issue_id: The issue's number.
            numbers: Of its chunks.

        Raises:
            TemporaryError: The database does not answer, or somebody keeps it locked.
        """
        ...
