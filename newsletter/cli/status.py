"""`newsletter status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.delivery_lines import describe_line, print_lines
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_time, print_json, print_pairs, print_table
from newsletter.cli.report_words import describe_reports, print_reports
from newsletter.cli.schedule_words import (
    describe_warm_up,
    explain_schedule,
    format_schedule,
    format_warm_up,
)
from newsletter.cli.segment_words import describe_segment, format_segment
from newsletter.sending.ledger.status import DeliveryStatus, IssueState
from newsletter.usecases.iso_time import iso_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.sending.ledger.plan import PlannedIssue
    from newsletter.sending.ledger.status import Tally
    from newsletter.usecases.installation import Installation
    from newsletter.usecases.show_status import IssueStatus


def status(
    context: typer.Context,
    issue: Annotated[
        str, typer.Argument(metavar="ISSUE", help="An issue file or a slug; all without it.")
    ] = "",
    *,
    listed: Annotated[
        Literal["failed", "skipped", "in_doubt", "deferred"] | None,
        typer.Option(
            "--list", metavar="STATUS", help="Who: failed, skipped, in_doubt or deferred, and why."
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="With --list: at most so many.")
    ] = 100,
    after: Annotated[
        int, typer.Option(metavar="NUMBER", help="With --list: go on after this subscriber.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show where the deliveries of an issue stand, or all issues.

    At every moment: planned = sent + failed + skipped + in doubt + written off + cancelled +
    remaining.

    Examples:
        newsletter status
        newsletter status 2026-01-spring --json
        newsletter status 2026-01-spring --list failed
    """
    from newsletter.usecases.show_status import list_status, show_status

    installation = open_installation_of(context)
    if listed:
        if not issue:
            raise WrongUsageError("--list needs an ISSUE")
        _list(installation, issue, DeliveryStatus(listed), after, limit, as_json=as_json)
        return
    if issue:
        found = show_status(installation, issue)
        print_json(describe_status(found)) if as_json else print_status(found)
        return
    every = list_status(installation)
    if as_json:
        print_json({"issues": [describe_status(each) for each in every]})
    elif every:
        _print_overview(every)
    else:
        print("Nothing was sent yet. To see what would be: newsletter send ISSUE --dry-run")


def _list(
    installation: Installation,
    issue: str,
    listed: DeliveryStatus,
    after: int,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Tell whose deliveries have one status, and why."""
    from newsletter.usecases.list_deliveries import list_deliveries

    lines = list_deliveries(installation, issue, listed, after_id=after, limit=limit)
    next_after = lines[-1].reason.subscriber_id if len(lines) == limit else None
    if as_json:
        described = [describe_line(line) for line in lines]
        print_json({"status": listed.value, "deliveries": described, "next_after": next_after})
        return
    print_lines(lines, next_after)


def describe_status(found: IssueStatus) -> dict[str, object]:
    """Describe an issue for machines; the integers of the sum bear the vocabulary's names."""
    issue = found.issue
    return {
        "issue": issue.slug,
        "title": issue.title,
        "state": str(issue.state),
        "pause_reason": issue.pause_reason or None,
        **describe_tally(found.tally),
        **{f"{name}_by_reason": dict(counts) for name, counts in found.reasons.items()},
        "next_attempt_at": iso_time(found.next_attempt_at_ms),
        "rate_per_second": issue.rate_per_second,
        **describe_segment(issue.segment_name, issue.segment),
        "git_commit": issue.git_commit,
        "is_modified": issue.is_modified,
        "content_sha256": issue.content_sha256,
        "planned_at": iso_time(issue.planned_at_ms or None),
        "due_at": iso_time(found.schedule.due_at_ms) if found.schedule else None,
        "local_time": (found.schedule.local_time or None) if found.schedule else None,
        "warm_up": describe_warm_up(found.warm_up),
        "finished_at": iso_time(issue.finished_at_ms),
        "sender": str(found.sender) if found.sender else None,
        "senders": [str(each) for each in found.senders],
        "reports": describe_reports(found.reports),
    }


def describe_tally(tally: Tally) -> dict[str, int]:
    """Name the parts of the sum for machines."""
    return {
        "planned": tally.planned,
        **tally.parts,
        "in_flight": tally.in_flight,
        "deferred": tally.deferred,
    }


def print_status(found: IssueStatus) -> None:
    """Print where one issue stands, for people."""
    issue = found.issue
    print_pairs(
        {
            "Issue": f"{issue.slug}  “{issue.title}”",
            "State": _describe_state(found),
            **({"Reason": issue.pause_reason} if issue.pause_reason else {}),
            "Revision": describe_revision(issue.git_commit, issue.is_modified),
            "Audience": format_segment(issue.segment_name, issue.segment) or "everyone",
            **({"Rate": _describe_rate(issue)} if issue.rate_per_second is not None else {}),
            **({"Planned at": format_time(issue.planned_at_ms)} if issue.is_planned else {}),
            **({"Warm-up": format_warm_up(found.warm_up)} if found.warm_up else {}),
            **({"Finished at": format_time(issue.finished_at_ms)} if issue.finished_at_ms else {}),
        }
    )
    if issue.is_planned:
        print()
        print_tally(found)
        print_reports(found.reports)
    if explained := explain_schedule(found):
        print(f"\n{explained}")
    elif issue.state == "paused":
        print(f"\nTo go on: newsletter resume {issue.slug}, then newsletter send {issue.slug}")
    elif issue.state == "sending" and not found.sender and not _waits(found):
        print(f"\nTo go on: newsletter send {issue.slug}")
    print_retries(found)


def print_retries(found: IssueStatus) -> None:
    """Say who makes the next attempt at what is deferred, if anything is and the issue goes on."""
    if found.tally.deferred and found.issue.state == "sending":
        print(
            "\nTried again when it is due, by `newsletter serve` or the next `newsletter send"
            f" {found.issue.slug}`; --wait stays for it."
        )


def describe_revision(commit: str | None, is_modified: bool) -> str:
    """Say which text it is: ``commit 1a2b3c4d5e``, perhaps modified, or not from git."""
    if commit is None:
        return "not from git"
    return f"commit {commit[:10]}{', modified since' if is_modified else ''}"


def _describe_rate(issue: PlannedIssue) -> str:
    words = f"{issue.rate_per_second:g} a second" if issue.rate_per_second else "no limit"
    return f"{words}, for this issue; to undo it: newsletter rate {issue.slug} default"


_NOBODY = "no process is at it"


def _describe_state(found: IssueStatus) -> str:
    if found.sender:
        others = f" and {len(found.senders) - 1} more" if len(found.senders) > 1 else ""
        name = f"process {found.sender.number} on {found.sender.host}"
        return f"{found.issue.state}, by {name}{others}"
    if found.issue.state == "scheduled" and found.schedule:
        return f"scheduled for {format_schedule(found.schedule)}"
    if found.issue.state != "sending":
        return str(found.issue.state)
    return f"sending, but {'only what is deferred is left' if _waits(found) else _NOBODY}"


def _waits(found: IssueStatus) -> bool:
    """Tell whether nothing is left but what is deferred."""
    return 0 < found.tally.deferred == found.tally.remaining


def print_tally(found: IssueStatus) -> None:
    """Print the sum and why it is so, leaving out what is zero and need not be seen."""
    tally = found.tally
    lines = [
        ("planned", tally.planned, "", None),
        ("  sent", tally.sent, "", None),
        ("  failed", tally.failed, "", DeliveryStatus.FAILED),
        ("  skipped", tally.skipped, "", DeliveryStatus.SKIPPED),
        (
            "  in doubt",
            tally.in_doubt,
            "may or may not have left; see newsletter reconcile",
            DeliveryStatus.IN_DOUBT,
        ),
        ("  written off", tally.written_off, "", None),
        ("  cancelled", tally.cancelled, "", None),
        ("  remaining", tally.remaining, _remaining_hint(found), DeliveryStatus.DEFERRED),
    ]
    for name, count, hint, explained in lines:
        if count or name in {"planned", "  sent", "  remaining"}:
            print(f"{name:<14}{count:>12,}{f'   {hint}' if hint else ''}")
        if explained:
            _print_reasons(found.reasons[explained])
    if tally.failed:
        print(f"\nWho failed: newsletter status {found.issue.slug} --list failed")
        if found.issue.state is not IssueState.CANCELLED:
            print(f"To try them again: newsletter send {found.issue.slug} --retry-failed")


def _print_reasons(reasons: Mapping[str, int]) -> None:
    for words, count in reasons.items():
        print(f"{'':<14}{f'{count:,} ×':>16} {words}")


def _remaining_hint(found: IssueStatus) -> str:
    parts = []
    if found.tally.in_flight:
        lost = "" if found.sender else " when their sender ended"
        parts.append(f"{found.tally.in_flight:,} in flight{lost}")
    if found.tally.deferred:
        due = format_time(found.next_attempt_at_ms)
        parts.append(f"{found.tally.deferred:,} deferred, the next is due at {due}")
    return "; ".join(parts)


def _print_overview(every: list[IssueStatus]) -> None:
    counts = ["planned", "sent", "failed", "in doubt", "remaining"]
    rows = [
        [
            each.issue.slug,
            _describe_state(each) if each.issue.state == "scheduled" else str(each.issue.state),
            each.tally.planned,
            each.tally.sent,
            each.tally.failed,
            each.tally.in_doubt,
            each.tally.remaining,
            format_time(each.issue.planned_at_ms or None),
        ]
        for each in every
    ]
    print_table(["issue", "state", *counts, "planned at"], rows)
