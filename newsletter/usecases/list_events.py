"""What happened, in an order that does not change, for programs that read on where they stopped.

Three kinds of things are told, each in its own order: evidence of consent and reports as they were
written down, and the deliveries of an issue when it has ended. A place holds how far each was read,
so that nothing is told twice and nothing is left out, however late it is committed.
"""

import heapq
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import sqlalchemy as sa

from newsletter.database import is_settled
from newsletter.sending.ledger.feed import (
    ListedDelivery,
    ListedReport,
    find_ended_after,
    list_deliveries_after,
    list_reports_after,
)
from newsletter.usecases.installation import Installation
from subscribers.consent import Consent
from subscribers.store.consents import list_consents_after
from subscribers.store.schema import consent
from subscribers.store.subscribers import find_public_ids

#: An issue that ended sooner than that before is not told yet.
_HELD_MS: Final = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """How far each kind was read."""

    consent: int = 0
    report: int = 0
    #: The issue whose deliveries are being told: when it ended, and its number.
    ended_at_ms: int = 0
    issue_id: int = 0
    #: Of the last delivery of it that was told.
    subscriber_id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentEntry:
    """A piece of evidence, and whose it is."""

    id: int
    subscriber_id: int
    consent: Consent


Happening: TypeAlias = ConsentEntry | ListedReport | ListedDelivery


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One thing that happened."""

    #: Milliseconds since 1970, UTC: when it was written down.
    at_ms: int
    happening: Happening
    #: Where to go on after it, as far as its own kind goes.
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPage:
    """A page of what happened."""

    told: tuple[Told, ...]
    #: Subscriber's number → public id.
    public_ids: dict[int, bytes]
    #: Where to go on; the same as before when nothing happened since.
    place: Place


def list_events(installation: Installation, place: Place, *, limit: int) -> EventPage:
    """List what happened after a place.

    What is told is ordered by time as far as each kind's own order allows it.
    """
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        kinds = (
            _read_consents(connection, place, limit),
            _read_reports(connection, place, limit),
            _read_deliveries(connection, place, limit, until_ms=now_ms - _HELD_MS),
        )
        merged = heapq.merge(*kinds, key=lambda each: each.at_ms)
        told = tuple(each for each, _ in zip(merged, range(limit), strict=False))
        numbers = {number for each in told if (number := each.happening.subscriber_id)}
        public_ids = find_public_ids(connection, numbers)
    return EventPage(told=told, public_ids=public_ids, place=_go_on(place, told))


def _read_consents(connection: sa.Connection, place: Place, limit: int) -> list[Told]:
    found = list_consents_after(
        connection,
        place.consent,
        is_settled=is_settled(connection.dialect.name, consent),
        limit=limit,
    )
    return [
        Told(
            at_ms=evidence.at_ms,
            happening=ConsentEntry(id=number, subscriber_id=whose, consent=evidence),
            place=Place(consent=number),
        )
        for number, whose, evidence in found
    ]


def _read_reports(connection: sa.Connection, place: Place, limit: int) -> list[Told]:
    return [
        Told(at_ms=each.received_at_ms, happening=each, place=Place(report=each.id))
        for each in list_reports_after(connection, place.report, limit=limit)
    ]


def _read_deliveries(
    connection: sa.Connection, place: Place, limit: int, *, until_ms: int
) -> list[Told]:
    """Read on in the issue that was read last, then in those that ended after it."""
    told: list[Told] = []
    ended_at_ms, issue_id, subscriber_id = place.ended_at_ms, place.issue_id, place.subscriber_id
    while True:
        # One that was gone on with since has another end, and is told anew then.
        if find_ended_after(connection, ended_at_ms, issue_id - 1, until_ms=until_ms) == (
            ended_at_ms,
            issue_id,
        ):
            missing = limit - len(told)
            for each in list_deliveries_after(connection, issue_id, subscriber_id, limit=missing):
                here = Place(
                    ended_at_ms=ended_at_ms, issue_id=issue_id, subscriber_id=each.subscriber_id
                )
                told.append(Told(at_ms=ended_at_ms, happening=each, place=here))
        following = find_ended_after(connection, ended_at_ms, issue_id, until_ms=until_ms)
        if len(told) == limit or following is None:
            return told
        (ended_at_ms, issue_id), subscriber_id = following, 0


def _go_on(place: Place, told: tuple[Told, ...]) -> Place:
    for each in told:
        match each.happening:
            case ConsentEntry():
                place = replace(place, consent=each.place.consent)
            case ListedReport():
                place = replace(place, report=each.place.report)
            case ListedDelivery():
                place = replace(each.place, consent=place.consent, report=place.report)
    return place
