"""A batch of rows → what the store has to do about them, and the account of each row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from subscribers.consent import Consent, ConsentEvent, Origin
from subscribers.exchange.account import ImportTerms, Line, Verdict
from subscribers.exchange.columns import CSV
from subscribers.exchange.people import Person, Unreadable
from subscribers.exchange.recognition import Recognition
from subscribers.exchange.shelf import Batch, Newcomer, Shelf
from subscribers.exchange.standing import (
    MAILABILITY,
    NO,
    REASONS,
    lesser_state,
    stronger_reason,
)
from subscribers.keyring import Keyring
from subscribers.profile import Profile
from subscribers.subscriber import NewSubscriber
from subscribers.subscription import Change, State
from subscribers.suppression import SuppressionReason
from subscribers.tokens import PUBLIC_ID_BYTES

_COMMON_BYTES = 4
#: How the subscription of somebody known ends when a file says so.
_ENDS = {
    State.UNSUBSCRIBED: Change.UNSUBSCRIBE,
    State.BOUNCED: Change.BOUNCE,
    State.COMPLAINED: Change.COMPLAIN,
}

HashedRow = tuple[bytes, Person | Unreadable]


class Taker:
    """Takes batches of rows on the same terms."""

    def __init__(
        self,
        terms: ImportTerms,
        keys: Keyring,
        shelf: Shelf,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._terms = terms
        self._keys = keys
        self._shelf = shelf
        self._random_bytes = random_bytes
        #: Whose file it is now, as people call it; empty for a plain CSV.
        self._service = ""

    def hear(self, found: Recognition) -> None:
        """Hear whose file the next rows are from."""
        self._service = "" if found.layout is CSV else found.layout.title

    def hash(self, rows: Iterable[Person | Unreadable]) -> list[HashedRow]:
        """Give rows the keyed hashes of their addresses; nobody need wait for it."""
        make = self._keys.address_hash
        return [(make(row.address) if isinstance(row, Person) else b"", row) for row in rows]

    def take(
        self, connection: sa.Connection, rows: Sequence[HashedRow], *, now_ms: int
    ) -> list[Line]:
        """Add whoever is neither known nor suppressed; account for every row."""
        hashes = {address_hash for address_hash, _ in rows}
        suppressed, states = self._shelf.find(connection, hashes)
        new, noes = self._sort(rows, suppressed, states)
        imported = self._shelf.find_imported(connection, noes) if noes else set()
        ends = {key: _ENDS[state] for key, state in noes.items() if key in imported}
        newcomers = self._build_newcomers(new, now_ms)
        evidence = Consent(
            event=ConsentEvent.IMPORTED,
            at_ms=now_ms,
            basis=self._terms.basis,
            source=self._terms.source,
        )
        added = self._shelf.keep(
            connection, Batch(newcomers=newcomers, ends=ends, evidence=evidence)
        )
        if len(added) < len(newcomers):
            # Somebody else added them since they were looked for.
            states = self._shelf.find(connection, hashes)[1]
        taken = {key: each for each in newcomers if (key := each.person.address_hash) in added}
        told = {key: _tell_taken(each) for key, each in taken.items()}
        states |= {key: each.person.state for key, each in taken.items()}
        lines = []
        for key, row in rows:
            if isinstance(row, Unreadable):
                line = Line(row.line, Verdict.REFUSED, row.reason)
            elif reason := suppressed.get(key):
                line = Line(row.line, Verdict.REFUSED, f"suppressed: {reason}")
            elif key in told:
                line = Line(row.line, Verdict.TAKEN, told.pop(key))
            elif key in ends:
                line = Line(row.line, Verdict.ENDED, f"{states[key]} until now, {noes[key]} there")
            elif key in noes:
                line = Line(row.line, Verdict.KNOWN, f"{states[key]} here, {noes[key]} there")
            else:
                line = Line(row.line, Verdict.KNOWN, states[key])
            lines.append(line)
        return lines

    def _sort(
        self,
        rows: Sequence[HashedRow],
        suppressed: Mapping[bytes, SuppressionReason],
        states: Mapping[bytes, State],
    ) -> tuple[dict[bytes, Person], dict[bytes, State]]:
        """Find who is new, and who is known and mailable here though the file says no."""
        new: dict[bytes, Person] = {}
        noes: dict[bytes, State] = {}
        for key, row in rows:
            if not isinstance(row, Person) or key in suppressed:
                continue
            if key in states:
                state = self._limit(row.state)
                if state in NO and states[key] not in NO:
                    noes[key] = min(state, noes.get(key, state), key=MAILABILITY.index)
            elif (first := new.setdefault(key, row)) is not row:
                new[key] = first._replace(
                    state=lesser_state(first.state, row.state),
                    suppressed=stronger_reason(first.suppressed, row.suppressed),
                    ended_at_ms=first.ended_at_ms or row.ended_at_ms,
                )
        return new, noes

    def _build_newcomers(self, new: Mapping[bytes, Person], now_ms: int) -> list[Newcomer]:
        # People of one batch share the first bytes of their ids, so that they come to lie side by
        # side in the index; the rest is more than enough to tell them apart.
        common = self._random_bytes(_COMMON_BYTES)
        own = self._random_bytes((PUBLIC_ID_BYTES - _COMMON_BYTES) * len(new))
        size = PUBLIC_ID_BYTES - _COMMON_BYTES
        return [
            self._build(person, key, common + own[place * size : (place + 1) * size], now_ms)
            for place, (key, person) in enumerate(new.items())
        ]

    def _build(
        self, person: Person, address_hash: bytes, public_id: bytes, now_ms: int
    ) -> Newcomer:
        terms = self._terms
        state = self._limit(person.state)
        confirmed_at_ms = person.confirmed_at_ms
        if state is State.CONFIRMED and confirmed_at_ms is None:
            confirmed_at_ms = now_ms
        return Newcomer(
            NewSubscriber(
                public_id=public_id,
                address=person.address,
                address_hash=address_hash,
                profile=_with_tags(person.profile, terms.tags),
                state=state,
                created_at_ms=now_ms if person.created_at_ms is None else person.created_at_ms,
                confirmed_at_ms=confirmed_at_ms,
                paused_until_ms=person.paused_until_ms,
                ended_at_ms=person.ended_at_ms,
            ),
            self._tell_history(person, state),
            person.suppressed or REASONS.get(state),
        )

    def _limit(self, state: State | None) -> State:
        """Limit what the file says by what the operator said of everyone."""
        return min(state or self._terms.state, self._terms.state, key=MAILABILITY.index)

    def _tell_history(self, person: Person, state: State) -> Sequence[Consent]:
        """Make evidence of what a service tells of a person, oldest first."""
        if not self._service:
            return ()
        told = (
            (ConsentEvent.REQUESTED, person.signed_up_at_ms, person.sign_up_network),
            (ConsentEvent.CONFIRMED, person.confirmed_at_ms, person.confirm_network),
            (_END_EVENTS.get(state, ConsentEvent.CHANGED), person.ended_at_ms, ""),
        )
        return [
            Consent(event=event, at_ms=at_ms, source=self._service, origin=Origin(network=network))
            for event, at_ms, network in told
            if at_ms is not None
        ]


#: How the end of a subscription is told in the evidence.
_END_EVENTS = {
    State.UNSUBSCRIBED: ConsentEvent.WITHDRAWN,
    State.COMPLAINED: ConsentEvent.WITHDRAWN,
}


def _with_tags(profile: Profile, tags: frozenset[str]) -> Profile:
    return replace(profile, tags=profile.tags | tags) if tags else profile


def _tell_taken(newcomer: Newcomer) -> str:
    """Tell as what somebody was taken; who is mailable now is ``confirmed`` and nothing else."""
    state = newcomer.person.state
    if newcomer.suppressed and newcomer.suppressed is not REASONS.get(state):
        return f"{state}, suppressed: {newcomer.suppressed}"
    return state
