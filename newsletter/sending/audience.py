"""What sending asks about people: who is in the plan, and who may still be written to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import sqlalchemy as sa

from newsletter.sending.ledger.deliveries import Candidate
from newsletter.sending.message.recipient import Recipient


class Audience(Protocol):
    """Whom an issue goes to; a use case fills it from the subscriber store."""

    def select(self) -> sa.Select[int, bytes]:
        """Select number and address hash of everyone who is to be planned."""
        ...

    def still_mailable(
        self,
        connection: sa.Connection,
        issue_id: int,
        candidates: Sequence[Candidate],
        *,
        now_ms: int,
    ) -> Mapping[int, Recipient | str]:
        """Tell for each candidate, by number: the recipient, or why he is no longer one.

        Asked inside the transaction that commits the intents, so that whoever said no before it
        gets nothing.

        Args:
            connection: The transaction of the intents.
            issue_id: The issue's number in the ledger.
            candidates: Deliveries whose turn it is.
            now_ms: The time of these intents; Date of a first attempt's message.
        """
        ...
