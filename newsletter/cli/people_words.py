"""What `newsletter subscribers` tells of people; for people and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import (
    format_count,
    format_time,
    iso_time,
    print_pairs,
    print_table,
)
from newsletter.usecases.forecast_send import describe_left_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.usecases.list_people import Statistics
    from newsletter.usecases.show_subscriber import SubscriberStory
    from subscribers.subscriber import Subscriber


def print_people(people: Sequence[Subscriber]) -> None:
    """Print a line for each person."""
    print_table(
        ["number", "state", "address", "name", "language", "tags"],
        [
            [
                str(person.id),
                str(person.state),
                _name_address(person),
                person.profile.name,
                person.profile.language,
                ", ".join(sorted(person.profile.tags)),
            ]
            for person in people
        ],
    )


def describe_person(person: Subscriber) -> dict[str, object]:
    """Tell machines what is kept of a person."""
    return {
        "number": person.id,
        "address": str(person.address) if person.address else None,
        "state": str(person.state),
        "name": person.profile.name,
        "language": person.profile.language,
        "tags": sorted(person.profile.tags),
        "fields": dict(person.profile.fields),
        "created_at": iso_time(person.created_at_ms),
        "confirmed_at": iso_time(person.confirmed_at_ms),
        "state_changed_at": iso_time(person.state_changed_at_ms),
        "paused_until": iso_time(person.paused_until_ms or None),
    }


def print_story(story: SubscriberStory) -> None:
    """Print what is kept of a person, the evidence of consent and what stands against mail."""
    if story.subscriber:
        _print_person(story.subscriber)
    if suppression := story.suppression:
        print(f"Suppressed: {suppression.reason}, since {format_time(suppression.at_ms)}")
    if story.consents:
        print()
        print_table(
            ["at", "event", "basis", "source"],
            [[format_time(c.at_ms), str(c.event), c.basis, c.source] for c in story.consents],
        )


def describe_story(story: SubscriberStory) -> dict[str, object]:
    """Tell machines the same; `state` is null when only a suppression is known."""
    person, suppression = story.subscriber, story.suppression
    return {
        **(describe_person(person) if person else {"state": None}),
        "suppression": str(suppression.reason) if suppression else None,
        "consents": [
            {
                "event": str(each.event),
                "at": iso_time(each.at_ms),
                "basis": each.basis,
                "source": each.source,
            }
            for each in story.consents
        ],
    }


def print_statistics(found: Statistics) -> None:
    """Print how many people there are in each state, and whom an issue would reach."""
    print_table(["state", "people"], [[str(s), count] for s, count in found.by_state.items()])
    reached = format_count(found.mailable, "person", "people")
    left_out = describe_left_out(found.left_out)
    print(f"\nAn issue would reach {reached}{f', and leave out {left_out}' if left_out else ''}.")


def describe_statistics(found: Statistics) -> dict[str, object]:
    """Tell machines the same."""
    return {
        **{str(state): count for state, count in found.by_state.items()},
        "mailable": found.mailable,
        "left_out": dict(found.left_out),
    }


def _print_person(person: Subscriber) -> None:
    profile = person.profile
    lines = {
        "Address": _name_address(person),
        "Number": person.id,
        "State": f"{person.state} since {format_time(person.state_changed_at_ms)}",
        "Paused until": format_time(person.paused_until_ms or None),
        "Name": profile.name,
        "Language": profile.language,
        "Tags": ", ".join(sorted(profile.tags)),
        **profile.fields,
        "Known since": format_time(person.created_at_ms),
    }
    print_pairs({name: value for name, value in lines.items() if value})


def _name_address(person: Subscriber) -> str:
    return str(person.address or "(erased)")
