"""Suppress addresses and lift suppressions, as only an operator may."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import sqlalchemy as sa

from newsletter.errors import NotFoundError
from newsletter.operators.actions import ActionKind
from newsletter.operators.api_answers import forget_answers_about
from newsletter.usecases.installation import Installation
from subscribers.address import EmailAddress
from subscribers.exchange.csv_import import Line, Verdict, cut_rows
from subscribers.exchange.people import Unreadable, read_people
from subscribers.exchange.recognition import ANY
from subscribers.store.subscribers import find_addresses, find_subscriber
from subscribers.store.subscriptions import change_state
from subscribers.store.suppressions import (
    find_reasons,
    find_suppression,
    lift,
    list_suppressions,
    suppress,
)
from subscribers.subscription import Change
from subscribers.suppression import Suppression, SuppressionReason


class ListedSuppression(NamedTuple):
    """A suppression, and the address where somebody is known by it."""

    suppression: Suppression
    #: None where only the hash is left.
    address: EmailAddress | None


def suppress_address(
    installation: Installation, address: EmailAddress, reason: SuppressionReason, *, source: str
) -> SuppressionReason:
    """Suppress an address, known or not; return the reason that stands now.

    A reason that only an operator lifts takes the place of one that a confirmation lifts; else
    the first one stays.
    """
    address_hash = installation.keys.address_hash(address)
    with installation.database.write() as connection:
        _suppress(installation, connection, {address_hash: reason}, source)
        person = find_subscriber(connection, address_hash)
        installation.record_action(
            connection,
            ActionKind.SUPPRESS,
            subscriber_id=person.id if person else None,
            details=reason.value,
        )
        return find_reasons(connection, [address_hash])[address_hash]


def lift_suppression(installation: Installation, address: EmailAddress, *, source: str) -> str:
    """Lift whatever stands against an address; return the person's state, empty for nobody known.

    Nobody becomes confirmed by it: whoever complained or was erased has to sign up anew.

    Raises:
        NotFoundError: The address is not suppressed.
    """
    return lift_by_hash(installation, installation.keys.address_hash(address), source=source)


def lift_by_hash(installation: Installation, address_hash: bytes, *, source: str) -> str:
    """Do the same for an address of which only the hash is known."""
    with installation.database.write() as connection:
        if find_suppression(connection, address_hash) is None:
            raise NotFoundError("this address is not suppressed.")
        forget_answers_about(connection, address_hash)
        person = find_subscriber(connection, address_hash)
        number = person.id if person else None
        installation.record_action(connection, ActionKind.LIFT, subscriber_id=number)
        if person is None:
            lift(connection, address_hash)
            return ""
        return change_state(
            connection, person.id, Change.LIFT, now_ms=installation.now_ms(), source=source
        )


def list_suppressed(
    installation: Installation, *, after: bytes = b"", limit: int = 100
) -> list[ListedSuppression]:
    """List a page of suppressions in the order of their hashes."""
    with installation.database.read() as connection:
        found = list_suppressions(connection, after=after, limit=limit)
        addresses = find_addresses(connection, [each.address_hash for each in found])
    return [ListedSuppression(each, addresses.get(each.address_hash)) for each in found]


def find_suppressed(installation: Installation, address_hash: bytes) -> ListedSuppression | None:
    """Find a suppression by the hash of its address."""
    with installation.database.read() as connection:
        found = find_suppression(connection, address_hash)
        addresses = find_addresses(connection, [address_hash]) if found else {}
    return ListedSuppression(found, addresses.get(address_hash)) if found else None


def import_suppressions(
    installation: Installation,
    file: BinaryIO,
    reason: SuppressionReason,
    *,
    source: str,
    encoding: str = "",
) -> Iterator[Line]:
    """Suppress every address of a CSV file; yield each line once it is committed.

    It may be stopped and repeated. A column ``suppressed`` goes before the reason given here.

    Raises:
        ImportFileError: The file cannot be read from some line on; the lines before are taken.
    """
    rows = read_people(file, encoding=encoding, asked=ANY)
    is_recorded = False
    for batch, problem in cut_rows(rows):
        lines: list[Line] = []
        wanted: dict[bytes, SuppressionReason] = {}
        for row in batch:
            if isinstance(row, Unreadable):
                lines.append(Line(row.line, Verdict.REFUSED, row.reason))
            else:
                address_hash = installation.keys.address_hash(row.address)
                wanted.setdefault(address_hash, row.suppressed or reason)
                lines.append(Line(row.line, Verdict.TAKEN))
        with installation.database.write() as connection:
            _suppress(installation, connection, wanted, source)
            if not is_recorded:
                installation.record_action(connection, ActionKind.IMPORT, details="suppressions")
        is_recorded = True
        yield from lines
        if problem:
            raise problem


def _suppress(
    installation: Installation,
    connection: sa.Connection,
    wanted: dict[bytes, SuppressionReason],
    source: str,
) -> None:
    now_ms = installation.now_ms()
    suppress(
        connection,
        [
            Suppression(address_hash=address_hash, reason=reason, at_ms=now_ms, source=source)
            for address_hash, reason in wanted.items()
        ],
    )
