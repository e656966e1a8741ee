"""What `newsletter pause`, `resume`, `cancel` and `rate` tell, for people and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import format_count, format_duration
from newsletter.cli.status import describe_status, describe_tally, print_status

if TYPE_CHECKING:
    from newsletter.sending.ledger.status import Tally
    from newsletter.usecases.control_issue import Effect


def print_effect(effect: Effect) -> None:
    """Say what came of a pause, a resume or a cancel, then where the issue stands."""
    if not effect.has_changed:
        print(f"Nothing was changed: {effect.now.issue.slug} was {effect.now.issue.state} before.")
    if effect.now.issue.state == "sending":
        print(_describe_resumed(effect))
    else:
        print(_describe_stopped(effect))
    print()
    print_status(effect.now)


def describe_effect(effect: Effect) -> dict[str, object]:
    """Tell machines the same."""
    settled = describe_tally(effect.settled)
    return {
        "has_changed": effect.has_changed,
        "was_being_sent": effect.before.sender is not None,
        "is_over": effect.is_over,
        "were_in_flight": {
            "total": effect.in_flight,
            "sent": settled["sent"],
            "failed": settled["failed"],
            "deferred": settled["deferred"],
            "in_doubt": settled["in_doubt"],
            "never_left": effect.settled.waiting + effect.settled.cancelled,
            "in_flight": settled["in_flight"],
        },
        **describe_status(effect.now),
    }


def _describe_stopped(effect: Effect) -> str:
    """Say ``paused: stopped after 1,204; 12 were in flight (12 sent); 0 in doubt``."""
    issue, tally = effect.now.issue, effect.now.tally
    if not issue.is_planned:
        return f"{issue.slug} is {issue.state}: nobody was sending it, and nobody has got it."
    doubtful = tally.in_doubt
    parts = [f"stopped after {tally.sent:,}"]
    if effect.before.sender is None:
        # Whoever sent it last has ended: the next run finds the same in doubt.
        doubtful += tally.in_flight
        parts.append("nobody was sending it")
    elif effect.in_flight:
        parts.append(f"{effect.in_flight:,} were in flight ({_describe_settled(effect.settled)})")
    else:
        parts.append("0 were in flight")
    parts.append(f"{doubtful:,} in doubt")
    if not effect.is_over:
        parts[0] = f"stops; {tally.sent:,} sent so far"
    return f"{issue.slug} is {issue.state}: {'; '.join(parts)}."


def _describe_settled(settled: Tally) -> str:
    parts = {
        "sent": settled.sent,
        "failed": settled.failed,
        "deferred": settled.deferred,
        "in doubt": settled.in_doubt,
        "never left": settled.waiting + settled.cancelled,
        "not settled yet": settled.in_flight,
    }
    return ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)


def _describe_resumed(effect: Effect) -> str:
    issue, remaining = effect.now.issue, effect.now.tally.remaining
    if sender := effect.now.sender:
        return (
            f"{issue.slug} may go on, but process {sender.number} on {sender.host} is still ending."
            f" When it has: newsletter send {issue.slug}"
        )
    if effect.now.schedule:
        return (
            f"{issue.slug} may go on with {format_count(remaining, 'message')}. A running"
            f" `newsletter serve` does so by itself; at once: newsletter send {issue.slug}"
        )
    doubtful = effect.now.tally.in_doubt
    if doubtful and not remaining:
        return (
            f"{issue.slug} may go on, and has nothing but {format_count(doubtful, 'message')} in"
            f" doubt. newsletter reconcile {issue.slug} settles what was reported meanwhile;"
            f" newsletter send {issue.slug} --in-doubt retry, or write-off, decides on the rest."
        )
    words = (
        f"{issue.slug} may go on with {format_count(remaining, 'message')}. This sends nothing by"
        f" itself: newsletter send {issue.slug} does."
    )
    if deferred := effect.now.tally.deferred:
        words += f" Of them {deferred:,} are deferred: `newsletter serve` tries these as well."
    return words


def print_rate(effect: Effect, *, usual: float) -> None:
    """Say which rate holds for an issue now, from when on, and how long the rest takes.

    Args:
        effect: What came of the change.
        usual: The settings' messages per second; 0 for no limit.
    """
    issue, remaining = effect.now.issue, effect.now.tally.remaining
    own = issue.rate_per_second
    per_second = usual if own is None else own
    noun = "message" if per_second == 1 else "messages"
    words = f"{per_second:g} {noun} a second" if per_second else "no limit"
    origin = "as the settings say" if own is None else "for this issue"
    duration = format_duration(remaining / per_second) if per_second and remaining else ""
    print(f"{issue.slug}: {words}, {origin}.")
    if sender := effect.now.sender:
        print(f"Process {sender.number} on {sender.host} is sending it and hears of it at once.")
    else:
        print("Nobody is sending it: the next run keeps to it.")
    if duration:
        print(f"{format_count(remaining, 'message')} remain: about {duration}.")
