"""What `newsletter subscribers` tells of people; for people and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import (
    format_count,
    format_time,
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


def print_story(story: SubscriberStory) -> None:
    """Print what is kept of a person, the evidence, what stands against mail, what was sent."""
    if story.subscriber:
        _print_person(story.subscriber)
    if suppression := story.suppression:
        source = f" ({suppression.source})" if suppression.source else ""
        print(f"Suppressed: {suppression.reason}, since {format_time(suppression.at_ms)}{source}")
    if story.consents:
        print("\nConsent")
        print_table(
            ["at", "event", "basis", "source", "form", "network"],
            [
                [
                    format_time(each.at_ms),
                    str(each.event),
                    each.basis,
                    each.source,
                    each.origin.form,
                    each.origin.network,
                ]
                for each in story.consents
            ],
        )
    if story.deliveries:
        print("\nIssues")
        print_table(
            ["issue", "status", "attempts", "settled", "reply"],
            [
                [e.slug, str(e.status), e.attempts, format_time(e.settled_at_ms or None), e.reply]
                for e in story.deliveries
            ],
        )
    if story.outbox:
        print("\nSystem messages")
        print_table(
            ["asked", "message", "status", "attempts", "reply"],
            [
                [format_time(e.asked_at_ms), str(e.kind), str(e.status), e.attempts, e.reply]
                for e in story.outbox
            ],
        )


def print_evidence(story: SubscriberStory) -> None:
    """Print each piece of evidence whole, and the words that were shown."""
    for each in story.consents:
        origin = each.origin
        pairs = {
            "At": format_time(each.at_ms),
            "Event": str(each.event),
            "Basis": each.basis,
            "Source": each.source,
            "Form": origin.form,
            "Network": origin.network,
            "Git commit": origin.git_commit,
            "Wording": origin.wording_sha256,
            "": story.wordings.get(origin.wording_sha256, ""),
        }
        print_pairs({name: value for name, value in pairs.items() if value})
        print()


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
        "Time zone": profile.timezone,
        "Tags": ", ".join(sorted(profile.tags)),
        **profile.fields,
        "Known since": format_time(person.created_at_ms),
    }
    print_pairs({name: value for name, value in lines.items() if value})


def _name_address(person: Subscriber) -> str:
    return str(person.address or "(erased)")
