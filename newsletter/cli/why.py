"""`newsletter why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import Address, AsJson
from newsletter.cli.output import format_time, print_json, print_pairs
from newsletter.sending.ledger.status import DeliveryStatus

if TYPE_CHECKING:
    from newsletter.usecases.tell_story import IssueStory, ReaderStory


def why(
    context: typer.Context,
    address: Address,
    issue: Annotated[
        str, typer.Argument(metavar="ISSUE", help="An issue file or a slug; all without it.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Tell why a reader got an issue, or did not.

    For each issue: whether it was for him and why not, each attempt with its time and what the
    server said, and what was reported later.

    Examples:
        newsletter why kim@example.org
        newsletter why kim@example.org 2026-01-spring --json
    """
    from newsletter.usecases.tell_story import tell_story

    story = tell_story(open_installation_of(context), address, issue)
    if as_json:
        print_json(_describe(story))
    else:
        _print(story, str(address))


def _print(story: ReaderStory, address: str) -> None:
    from newsletter.usecases.tell_story import WHY_NOT

    person, suppression = story.person.subscriber, story.person.suppression
    consent = story.person.consents[-1] if story.person.consents else None
    lines = {
        "Address": address,
        "State": f"{person.state} since {format_time(person.state_changed_at_ms)}"
        if person
        else "nobody is subscribed by this address",
        "Consent": f"{consent.event} at {format_time(consent.at_ms)}" if consent else "",
        "Suppressed": f"{suppression.reason}, since {format_time(suppression.at_ms)}"
        if suppression
        else "",
        "Next issue": f"not for him: {WHY_NOT[story.why_not_today]}"
        if story.why_not_today
        else "would be for him",
    }
    print_pairs({name: value for name, value in lines.items() if value})
    for each in story.issues:
        print()
        _print_issue(each)


def _print_issue(story: IssueStory) -> None:
    from newsletter.usecases.tell_story import WHY_NOT, describe_delivery

    planned, delivery = story.issue, story.delivery
    print(f"{planned.slug}  “{planned.title}”, planned at {format_time(planned.planned_at_ms)}")
    if delivery is None:
        print(f"  not for him: {WHY_NOT[story.why_not]}")
        return
    print(f"  {delivery.status}: {describe_delivery(delivery.status)}")
    for attempt in story.attempts:
        when = format_time(attempt.began_at_ms or attempt.ended_at_ms)
        print(f"  attempt {attempt.number}  {when}  {attempt.outcome}  {attempt.reply}".rstrip())
    if delivery.status is DeliveryStatus.SKIPPED:
        print(f"  reason     {delivery.reply}")
    for report in story.reports:
        kind = f"{report.kind} ({report.bounce_class})" if report.bounce_class else report.kind
        when = format_time(report.occurred_at_ms)
        print(f"  report     {when}  {kind}  {report.status_code} {report.words}".rstrip())


def _describe(story: ReaderStory) -> dict[str, object]:
    from newsletter.usecases.show_subscriber import describe_story

    known = describe_story(story.person)
    return {
        **{name: known[name] for name in ("state", "suppression", "consents")},
        "is_mailable_today": not story.why_not_today,
        "why_not_today": story.why_not_today or None,
        "issues": [_describe_issue(each) for each in story.issues],
    }


def _describe_issue(story: IssueStory) -> dict[str, object]:
    from newsletter.usecases.iso_time import iso_time

    planned, delivery = story.issue, story.delivery
    told: dict[str, object] = {
        "issue": planned.slug,
        "title": planned.title,
        "planned_at": iso_time(planned.planned_at_ms),
        "is_planned": delivery is not None,
        "why_not": story.why_not or None,
    }
    if delivery is None:
        return told
    return {
        **told,
        "status": delivery.status.value,
        "settled_at": iso_time(delivery.settled_at_ms or None),
        "reply": delivery.reply,
        "attempts": [
            {
                "number": each.number,
                "began_at": iso_time(each.began_at_ms or None),
                "ended_at": iso_time(each.ended_at_ms),
                "outcome": each.outcome.value,
                "reply": each.reply,
            }
            for each in story.attempts
        ],
        "reports": [
            {
                "at": iso_time(each.occurred_at_ms),
                "kind": each.kind.value,
                "bounce_class": each.bounce_class.value if each.bounce_class else None,
                "status_code": each.status_code or None,
                "words": each.words or None,
            }
            for each in story.reports
        ],
    }
