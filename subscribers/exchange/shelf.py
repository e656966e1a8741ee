"""Where an import puts people: the store itself, or a rehearsal that leaves the store as it is.

Both answer the same questions alike, so that a rehearsal's account is the account of the import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from subscribers.consent import Consent, ConsentEvent
from subscribers.store.consents import find_newest_events
from subscribers.store.subscribers import add_subscribers, find_states
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import find_reasons, suppress
from subscribers.store.upsert import insert_into
from subscribers.subscriber import NewSubscriber
from subscribers.subscription import Change, State, next_state
from subscribers.suppression import REASON_OF_CHANGE, Suppression, SuppressionReason


class Newcomer(NamedTuple):
    """Somebody to be added, with all that goes with him."""

    person: NewSubscriber
    #: What the file tells of before the import, oldest first.
    evidence: Sequence[Consent] = ()
    suppressed: SuppressionReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What one transaction does."""

    newcomers: Sequence[Newcomer]
    #: Address hash → how the subscription of somebody known ends.
    ends: Mapping[bytes, Change]
    #: The operator's word for everyone, with the time of the import.
    evidence: Consent


class Shelf(Protocol):
    """What an import asks and does."""

    def find(
        self, connection: sa.Connection, hashes: Collection[bytes]
    ) -> tuple[dict[bytes, SuppressionReason], dict[bytes, State]]:
        """Tell which of these addresses are suppressed, and which are known, and how."""

    def find_imported(self, connection: sa.Connection, hashes: Collection[bytes]) -> set[bytes]:
        """Tell who of these is here by an import, and has done nothing here since."""

    def keep(self, connection: sa.Connection, batch: Batch) -> set[bytes]:
        """Do what a batch asks; return the address hashes of everyone who was added."""


class Store:
    """The store itself."""

    def find(
        self, connection: sa.Connection, hashes: Collection[bytes]
    ) -> tuple[dict[bytes, SuppressionReason], dict[bytes, State]]:
        """Tell which of these addresses are suppressed, and which are known, and how."""
        return find_reasons(connection, hashes), find_states(connection, hashes)

    def find_imported(self, connection: sa.Connection, hashes: Collection[bytes]) -> set[bytes]:
        """Tell whose newest evidence is an import."""
        newest = find_newest_events(connection, hashes)
        return {key for key, (_, event) in newest.items() if event is ConsentEvent.IMPORTED}

    def keep(self, connection: sa.Connection, batch: Batch) -> set[bytes]:
        """Add people with their evidence and suppressions, and end what ends."""
        told = {each.person.address_hash: each.evidence for each in batch.newcomers}
        evidence = batch.evidence
        added = add_subscribers(
            connection, [each.person for each in batch.newcomers], evidence, told
        )
        suppress(
            connection,
            [
                Suppression(
                    address_hash=each.person.address_hash,
                    reason=each.suppressed,
                    at_ms=evidence.at_ms,
                    source=evidence.source,
                )
                for each in batch.newcomers
                if each.suppressed and each.person.address_hash in added
            ],
        )
        self._end(connection, batch)
        return set(added)

    def _end(self, connection: sa.Connection, batch: Batch) -> None:
        if not batch.ends:
            return
        numbers = find_newest_events(connection, batch.ends)
        for address_hash, change in batch.ends.items():
            change_state(
                connection,
                numbers[address_hash][0],
                change,
                now_ms=batch.evidence.at_ms,
                basis=batch.evidence.basis,
                source=batch.evidence.source,
            )


_SEEN = sa.Table(
    "import_rehearsal",
    sa.MetaData(),
    sa.Column("address_hash", sa.LargeBinary(16), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    prefixes=["TEMPORARY"],
)


class Rehearsal:
    """Remembers beside the store what an import would do, in a table of the connection's own.

    Everything happens on one connection, and `end` leaves nothing behind.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._store = Store()
        _SEEN.create(connection)

    def end(self, connection: sa.Connection) -> None:
        """Forget it all."""
        _SEEN.drop(connection)

    def find(
        self, connection: sa.Connection, hashes: Collection[bytes]
    ) -> tuple[dict[bytes, SuppressionReason], dict[bytes, State]]:
        """Tell what the store tells, and what this import would have changed before."""
        suppressed, states = self._store.find(connection, hashes)
        for row in self._find_seen(connection, hashes):
            states[row.address_hash] = State(row.state)
            if row.reason:
                suppressed[row.address_hash] = SuppressionReason(row.reason)
        return suppressed, states

    def find_imported(self, connection: sa.Connection, hashes: Collection[bytes]) -> set[bytes]:
        """Tell whose newest evidence would be an import."""
        seen = {row.address_hash for row in self._find_seen(connection, hashes)}
        return seen | self._store.find_imported(connection, hashes)

    def keep(self, connection: sa.Connection, batch: Batch) -> set[bytes]:
        """Remember what a batch asks."""
        _, states = self.find(connection, batch.ends)
        rows = [
            (each.person.address_hash, each.person.state, each.suppressed)
            for each in batch.newcomers
        ] + [
            (key, next_state(states[key], change), REASON_OF_CHANGE.get(change))
            for key, change in batch.ends.items()
        ]
        if rows:
            insert = insert_into(connection, _SEEN)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_SEEN.c.address_hash],
                    set_={"state": insert.excluded.state, "reason": insert.excluded.reason},
                ),
                [{"address_hash": key, "state": state, "reason": why} for key, state, why in rows],
            )
        return {each.person.address_hash for each in batch.newcomers}

    def _find_seen(
        self, connection: sa.Connection, hashes: Collection[bytes]
    ) -> Sequence[sa.Row[tuple[bytes, str, str]]]:
        return connection.execute(sa.select(_SEEN).where(_SEEN.c.address_hash.in_(hashes))).all()
