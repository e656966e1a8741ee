"""Departures: when how many readers get an issue that is sent by their own clocks."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.errors import RefusedError
from newsletter.sending.ledger import plan
from newsletter.sending.ledger.schedule import Schedule
from newsletter.sending.moment import LocalTime
from newsletter.usecases.choose_segment import restore_segment
from newsletter.usecases.installation import Installation
from newsletter.usecases.issue_audience import IssueAudience
from subscribers.segments.tree import Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class Departure:
    """The moment at which it is so late for some."""

    #: Milliseconds since 1970, UTC; what has passed when the issue begins leaves at once.
    at_ms: int
    #: IANA names, in order.
    zones: tuple[str, ...]
    people: int


def schedule_by_clock(
    installation: Installation, slug: str, local_time: LocalTime, *, segment: Segment
) -> Schedule:
    """Make the schedule of an issue that everyone gets at the same time on his own clock.

    It begins where that time comes first. Where it has passed already the issue leaves at once:
    a day later it would be yesterday's news.

    Args:
        installation: Gives readers and clock.
        slug: Of the issue; one that is scheduled already keeps its audience.
        local_time: Day and time.
        segment: Only people in it.

    Raises:
        RefusedError: It has passed everywhere.
    """
    now_ms = installation.now_ms()
    with installation.database.read() as connection:
        known = plan.find_issue(connection, slug)
        segment = restore_segment(known.segment) if known else segment
        found = list_departures(installation, connection, local_time, segment=segment)
    own = local_time.find_moment(installation.settings.newsletter.timezone)
    moments = [each.at_ms for each in found] or [own]
    if max(moments) <= now_ms:
        raise RefusedError(
            f"{local_time.day} {local_time.time:%H:%M} has passed for everyone in the audience."
            " Say a later day with --on. Nothing was scheduled."
        )
    return Schedule(max(now_ms, min(moments)), str(local_time))


def list_departures(
    installation: Installation,
    connection: sa.Connection,
    local_time: LocalTime,
    *,
    segment: Segment,
) -> list[Departure]:
    """List when how many of the present audience get it, the earliest first."""
    counts = IssueAudience.of(installation, segment=segment).count_by_timezone(connection)
    own = installation.settings.newsletter.timezone
    people: dict[int, int] = defaultdict(int)
    zones: dict[int, set[str]] = defaultdict(set)
    for name, moment in local_time.find_moments(counts, own).items():
        people[moment] += counts[name]
        zones[moment].add(name or own.key)
    return [
        Departure(at_ms=moment, zones=tuple(sorted(zones[moment])), people=people[moment])
        for moment in sorted(people)
    ]
