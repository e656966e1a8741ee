"""Look at a segment: how many are in it, how many an issue would reach, who is left out."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.usecases.choose_segment import (
    ChosenSegment,
    build_condition,
    choose_segment,
    read_segment,
)
from newsletter.usecases.installation import Installation
from subscribers.segments.tree import Is, Segment, iter_tests
from subscribers.store.audience import count_audience, count_everybody
from subscribers.store.subscribers import count_members
from subscribers.store.tags import find_carried


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentCount:
    """How many people a segment picks."""

    chosen: ChosenSegment
    #: In it, in whatever state.
    people: int
    #: In it, and an issue would reach them today.
    mailable: int
    #: Why an issue for it would not reach the others.
    left_out: Mapping[str, int]
    #: Tags in it that nobody carries.
    unknown_tags: tuple[str, ...]


def list_segments(installation: Installation) -> list[tuple[ChosenSegment, int]]:
    """List what is saved, by name, each with the people whom an issue would reach."""
    settings, now_ms = installation.settings, installation.now_ms()
    chosen = [read_segment(settings, name) for name in sorted(settings.segments)]
    with installation.database.read() as connection:
        return [
            (
                each,
                count_audience(
                    connection,
                    build_condition(settings, each.segment, now_ms=now_ms),
                    now_ms=now_ms,
                ),
            )
            for each in chosen
        ]


def count_segment(installation: Installation, text: str) -> SegmentCount:
    """Count the people of a segment.

    Args:
        installation: Whose people.
        text: A saved segment's name, or a rule.

    Raises:
        SegmentError, NotFoundError: See `choose_segment`.
    """
    chosen, now_ms = choose_segment(installation, text), installation.now_ms()
    where = build_condition(installation.settings, chosen.segment, now_ms=now_ms)
    with installation.database.read() as connection:
        mailable, left_out = count_everybody(connection, where=where, now_ms=now_ms)
        return SegmentCount(
            chosen=chosen,
            people=count_members(connection, sa.true() if where is None else where),
            mailable=mailable,
            left_out=left_out,
            unknown_tags=find_unknown_tags(connection, chosen.segment),
        )


def find_unknown_tags(connection: sa.Connection, segment: Segment) -> tuple[str, ...]:
    """Find the tags of a segment that nobody carries, in the order in which they stand in it.

    One that is misspelt picks nobody, and after ``not`` everybody.
    """
    asked = [
        test.value for test in iter_tests(segment) if isinstance(test, Is) and test.key == "tag"
    ]
    carried = find_carried(connection, asked)
    return tuple(dict.fromkeys(name for name in asked if name not in carried))
