"""What is said of times to come: when an issue leaves, and how long a warm-up makes it take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.cli.output import format_count, format_time, print_table
from newsletter.usecases.iso_time import iso_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.sending.ledger.schedule import Schedule
    from newsletter.usecases.departures import Departure
    from newsletter.usecases.installation import Installation
    from newsletter.usecases.show_status import IssueStatus
    from newsletter.usecases.warm_up_outlook import WarmUpOutlook

#: More zones than these are counted, not named.
_MOST_ZONES = 3


def format_schedule(schedule: Schedule) -> str:
    """Write when an issue begins to leave: ``2026-12-01 08:00:00 UTC``, and by whose clock."""
    if not schedule.local_time:
        return format_time(schedule.due_at_ms)
    day, _, time = schedule.local_time.partition("T")
    return f"{time} on each reader's clock, {day}; from {format_time(schedule.due_at_ms)} on"


def format_own_time(installation: Installation, moment_ms: int) -> str:
    """Write a moment on the newsletter's own clock, with its zone."""
    zone = installation.settings.newsletter.timezone
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC).astimezone(zone)
    return f"{moment:%Y-%m-%d %H:%M} {zone.key}"


def print_departures(departures: Sequence[Departure], *, now_ms: int) -> None:
    """Print when how many readers get it."""
    print()
    print_table(
        ["leaves at", "people", "time zones"],
        [
            [
                "at once" if each.at_ms <= now_ms else format_time(each.at_ms),
                each.people,
                _name_zones(each.zones),
            ]
            for each in departures
        ],
    )


def describe_departures(departures: Sequence[Departure]) -> list[dict[str, object]]:
    """Tell machines the same."""
    return [
        {"at": iso_time(each.at_ms), "people": each.people, "timezones": list(each.zones)}
        for each in departures
    ]


def format_warm_up(outlook: WarmUpOutlook) -> str:
    """Write what a warm-up lets leave today, and until when it takes."""
    left = max(0, outlook.today - outlook.begun)
    return (
        f"{outlook.today:,} people today (UTC), {left:,} left; this takes until {outlook.last_day}"
    )


def describe_warm_up(outlook: WarmUpOutlook | None) -> dict[str, object] | None:
    """Tell machines the same."""
    if outlook is None:
        return None
    return {
        "limit_today": outlook.today,
        "begun_today": outlook.begun,
        "last_day": outlook.last_day.isoformat(),
    }


def explain_schedule(found: IssueStatus) -> str:
    """Say who does what next with an issue that has a time, and how to change that; or nothing."""
    issue = found.issue
    if not issue.is_planned:
        return _explain_before(found)
    if issue.state != "sending" or found.schedule is None or found.sender is not None:
        return ""
    when = format_time(found.schedule.due_at_ms)
    return f"It goes on at {when}, by `newsletter serve` or `newsletter send {issue.slug}`."


def _explain_before(found: IssueStatus) -> str:
    slug = found.issue.slug
    if found.issue.state == "cancelled":
        return "Nobody got it, and nobody will. It may be sent or scheduled anew."
    if found.issue.state == "paused":
        return (
            f"Nobody got it. To send it at its time, or at once if that has passed:"
            f" newsletter resume {slug}\nAt another time: newsletter send {slug} --at TIME"
        )
    served = "" if found.is_served else "; it does not run at this moment"
    return (
        f"Who confirms until then gets it, who leaves does not.\n`newsletter serve` sends it, and"
        f" has to run then{served}.\nTo take it back: newsletter cancel {slug}"
    )


def _name_zones(zones: Sequence[str]) -> str:
    named = ", ".join(zones[:_MOST_ZONES])
    more = len(zones) - _MOST_ZONES
    return f"{named} and {format_count(more, 'other')}" if more > 0 else named
