"""People from a file into the store: in batches, line by line accounted for, safe to repeat.

An import adds people and does nothing else. Whoever is known stays as he is, and whoever said no
stays away: a suppressed address is refused, and a file that tells of a lesser state than the
operator asked for is believed.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import BinaryIO, NamedTuple

import sqlalchemy as sa

from subscribers.consent import Consent, ConsentEvent
from subscribers.errors import ImportFileError, InvalidValueError
from subscribers.exchange.people import Person, Unreadable, read_people
from subscribers.keyring import Keyring
from subscribers.profile import Profile
from subscribers.store.subscribers import add_subscribers, find_states
from subscribers.store.suppressions import find_reasons, suppress
from subscribers.subscriber import NewSubscriber
from subscribers.subscription import Change, State
from subscribers.suppression import REASON_OF_CHANGE, Suppression, SuppressionReason
from subscribers.tokens import PUBLIC_ID_BYTES

#: Rows of one transaction: what a crash can take back, and what others wait for.
BATCH_ROWS = 4000
_COMMON_BYTES = 4

#: From who gets least to who gets all.
_MAILABILITY = (
    State.COMPLAINED,
    State.BOUNCED,
    State.UNSUBSCRIBED,
    State.PENDING,
    State.CONFIRMED,
)
#: What a state that the file tells of means for the address.
_REASONS = {
    State.BOUNCED: REASON_OF_CHANGE[Change.BOUNCE],
    State.COMPLAINED: REASON_OF_CHANGE[Change.COMPLAIN],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportTerms:
    """What the operator says of everyone in the file.

    Raises:
        InvalidValueError: Confirmed people come with the basis of their consent and its source.
    """

    state: State
    #: What people agreed to, in the operator's words.
    basis: str = ""
    #: Where the file came from.
    source: str = ""
    #: Given to everyone beside the tags in the file.
    tags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.state not in _MAILABILITY:
            raise InvalidValueError(f"nobody can be imported as {self.state}")
        if self.state is State.CONFIRMED and not (self.basis.strip() and self.source.strip()):
            raise InvalidValueError(
                "confirmed people need the basis of their consent and its source"
            )


class Verdict(StrEnum):
    """What became of one row."""

    TAKEN = "taken"
    #: The address was known already, or occurred before in the file; nothing was changed.
    KNOWN = "known"
    REFUSED = "refused"


class Line(NamedTuple):
    """The account of one row."""

    #: The line of the file on which the row begins, counted from 1.
    number: int
    verdict: Verdict
    #: Known: the person's state. Refused: what is wrong, with the column; repeats no address.
    reason: str = ""


def import_csv(
    file: BinaryIO,
    terms: ImportTerms,
    *,
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    keys: Keyring,
    now_ms: Callable[[], int],
    encoding: str = "",
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Iterator[Line]:
    """Import a CSV file, opened for reading bytes, as `import_rows` does; see `read_people`."""
    return import_rows(
        read_people(file, encoding=encoding),
        terms,
        begin=begin,
        keys=keys,
        now_ms=now_ms,
        random_bytes=random_bytes,
    )


def import_rows(
    people: Iterable[Person | Unreadable],
    terms: ImportTerms,
    *,
    begin: Callable[[], AbstractContextManager[sa.Connection]],
    keys: Keyring,
    now_ms: Callable[[], int],
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> Iterator[Line]:
    """Import the rows of a file of any size; give an account of each once it is committed.

    It may be stopped at any row and repeated from the beginning: what was taken is known then.

    Args:
        people: The rows as they were read.
        terms: The state to import people in, and the evidence for it.
        begin: Begins a transaction that writes; each takes up to 4,000 rows.
        keys: The installation's keys, for the address hashes.
        now_ms: The clock, in milliseconds since 1970, UTC.
        random_bytes: Makes that many random bytes.

    Raises:
        ImportFileError: The file cannot be read from some line on; the rows before are taken.
    """
    for rows, problem in _cut(people):
        hashed = [
            (keys.address_hash(row.address) if isinstance(row, Person) else b"", row)
            for row in rows
        ]
        with begin() as connection:
            lines = _take(connection, hashed, terms, now_ms=now_ms(), random_bytes=random_bytes)
        yield from lines
        if problem:
            raise problem


def _cut(
    rows: Iterable[Person | Unreadable],
) -> Iterator[tuple[list[Person | Unreadable], ImportFileError | None]]:
    """Cut rows into batches; the last one comes with the error that ended the file."""
    iterator = iter(rows)
    while True:
        batch: list[Person | Unreadable] = []
        problem = None
        try:
            batch.extend(islice(iterator, BATCH_ROWS))
        except ImportFileError as error:
            problem = error
        if batch:
            yield batch, problem
        elif problem:
            raise problem
        if len(batch) < BATCH_ROWS:
            return


def _take(
    connection: sa.Connection,
    rows: Sequence[tuple[bytes, Person | Unreadable]],
    terms: ImportTerms,
    *,
    now_ms: int,
    random_bytes: Callable[[int], bytes],
) -> list[Line]:
    """Add whoever is neither known nor suppressed; account for every row."""
    hashes = {address_hash for address_hash, _ in rows}
    suppressed = find_reasons(connection, hashes)
    states = find_states(connection, hashes)
    new: dict[bytes, Person] = {}
    for address_hash, row in rows:
        if isinstance(row, Person) and not (address_hash in suppressed or address_hash in states):
            new.setdefault(address_hash, row)
    # People of one batch share the first bytes of their ids, so that they come to lie side by side
    # in the index; the rest is more than enough to tell them apart.
    common = random_bytes(_COMMON_BYTES)
    people = [
        _build(
            person,
            address_hash,
            common + random_bytes(PUBLIC_ID_BYTES - _COMMON_BYTES),
            terms,
            now_ms,
        )
        for address_hash, person in new.items()
    ]
    evidence = Consent(
        event=ConsentEvent.IMPORTED, at_ms=now_ms, basis=terms.basis, source=terms.source
    )
    added = add_subscribers(connection, people, evidence)
    states |= {person.address_hash: person.state for person in people}
    suppress(
        connection,
        [
            Suppression(address_hash=address_hash, reason=reason, at_ms=now_ms, source=terms.source)
            for address_hash in added
            if (reason := new[address_hash].suppressed or _REASONS.get(states[address_hash]))
        ],
    )
    return _account(rows, suppressed, states, taken=set(added))


def _build(
    person: Person, address_hash: bytes, public_id: bytes, terms: ImportTerms, now_ms: int
) -> NewSubscriber:
    state = min(terms.state, person.state or terms.state, key=_MAILABILITY.index)
    confirmed_at_ms = person.confirmed_at_ms
    if state is State.CONFIRMED and confirmed_at_ms is None:
        confirmed_at_ms = now_ms
    return NewSubscriber(
        public_id=public_id,
        address=person.address,
        address_hash=address_hash,
        profile=_with_tags(person.profile, terms.tags),
        state=state,
        created_at_ms=now_ms if person.created_at_ms is None else person.created_at_ms,
        confirmed_at_ms=confirmed_at_ms,
        paused_until_ms=person.paused_until_ms,
    )


def _with_tags(profile: Profile, tags: frozenset[str]) -> Profile:
    return replace(profile, tags=profile.tags | tags) if tags else profile


def _account(
    rows: Sequence[tuple[bytes, Person | Unreadable]],
    suppressed: Mapping[bytes, SuppressionReason],
    states: Mapping[bytes, State],
    *,
    taken: set[bytes],
) -> list[Line]:
    """Tell what became of each row; an address is taken once."""
    lines = []
    for address_hash, row in rows:
        if isinstance(row, Unreadable):
            line = Line(row.line, Verdict.REFUSED, row.reason)
        elif reason := suppressed.get(address_hash):
            line = Line(row.line, Verdict.REFUSED, f"suppressed: {reason}")
        elif address_hash in taken:
            taken.remove(address_hash)
            line = Line(row.line, Verdict.TAKEN)
        else:
            line = Line(row.line, Verdict.KNOWN, states[address_hash])
        lines.append(line)
    return lines
