"""The options that say when an issue is to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from newsletter.cli.failure import WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.sending.ledger.schedule import Schedule
    from newsletter.usecases.installation import Installation
    from subscribers.segments.tree import Segment

T = TypeVar("T")


def read_schedule(
    installation: Installation, slug: str, at: str, at_local: str, on: str, *, segment: Segment
) -> Schedule:
    """Read ``--at``, or ``--at-local`` and ``--on``.

    Raises:
        WrongUsageError: One is no time or day, or they do not go together.
        RefusedError: It has passed.
    """
    from newsletter.sending.moment import LocalTime, find_next_day, parse_day, parse_time
    from newsletter.usecases.departures import schedule_by_clock
    from newsletter.usecases.schedule_issue import choose_moment

    zone, now_ms = installation.settings.newsletter.timezone, installation.now_ms()
    if at and (at_local or on):
        raise WrongUsageError("--at is one moment for all: use it without --at-local and --on")
    if at:
        return _read("--at", at, lambda text: choose_moment(text, zone, now_ms=now_ms))
    if not at_local:
        raise WrongUsageError("--on needs --at-local HH:MM: the time on each reader's clock")
    time = _read("--at-local", at_local, parse_time)
    day = _read("--on", on, parse_day) if on else find_next_day(time, zone, now_ms)
    return schedule_by_clock(installation, slug, LocalTime(day, time), segment=segment)


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    from newsletter.errors import UserError

    try:
        return parse(text)
    except UserError:
        raise
    except ValueError as error:
        raise WrongUsageError(f"{option} {text!r} {error}") from None
