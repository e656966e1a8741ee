"""What `newsletter send` tells: before a run, of a test, after a run; for people and machines."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from newsletter.cli.findings import count_findings, describe_findings, summarise_findings
from newsletter.cli.output import (
    format_count,
    format_duration,
    format_time,
    print_pairs,
)
from newsletter.cli.schedule_words import (
    describe_departures,
    describe_warm_up,
    explain_schedule,
    format_own_time,
    format_schedule,
    format_warm_up,
    print_departures,
)
from newsletter.cli.segment_words import describe_segment, format_segment
from newsletter.cli.status import (
    describe_revision,
    describe_status,
    describe_tally,
    print_retries,
    print_tally,
)
from newsletter.sending.run import Ending, Progress
from newsletter.usecases.forecast_send import DoubtDecision, describe_left_out
from newsletter.usecases.iso_time import iso_time
from newsletter.usecases.planned_segment import find_segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsletter.sending.transports.transport import Outcome
    from newsletter.usecases.forecast_send import Forecast, SendRequest
    from newsletter.usecases.installation import Installation
    from newsletter.usecases.run_chunk import SendReport
    from newsletter.usecases.send_and_stay import Wait
    from newsletter.usecases.show_status import IssueStatus
    from subscribers.address import EmailAddress

_DECISIONS = {
    DoubtDecision.HOLD: "held: nothing is done with them (see --in-doubt)",
    DoubtDecision.RETRY: "tried again: whoever did get it gets it twice",
    DoubtDecision.WRITE_OFF: "written off: whoever did not get it will not",
}


def print_forecast(installation: Installation, request: SendRequest, forecast: Forecast) -> None:
    """Say what a run will do: what, from whom, how, to whom, and how many messages."""
    issue, settings = request.issue, installation.settings
    print_pairs(
        {
            "Issue": f"{issue.slug}  “{issue.title}”",
            "Revision": describe_revision(issue.revision.commit, issue.revision.is_modified),
            "From": settings.newsletter.sender,
            "Transport": installation.transport_name,
            **_describe_times(installation, request, forecast),
            **_describe_people(request, forecast),
            "Checks": _describe_checks(request),
            "Rate": _describe_rate(_rate(installation, forecast), forecast.messages),
            "Messages": f"{forecast.messages:,}",
        }
    )
    if forecast.departures:
        print_departures(forecast.departures, now_ms=installation.now_ms())
    for warning in forecast.warnings:
        print(f"\nWarning: {warning}")


def _describe_times(
    installation: Installation, request: SendRequest, forecast: Forecast
) -> dict[str, str]:
    lines = {}
    known, wanted = forecast.scheduled, request.schedule
    if known and forecast.planned and not forecast.planned.is_planned:
        instead = "puts another time in its place" if wanted else "sends it now"
        lines["Scheduled"] = f"for {format_schedule(known)}; this {instead}"
    if wanted:
        own = format_own_time(installation, wanted.due_at_ms)
        lines["Leaves"] = f"{format_schedule(wanted)}\n{'':<11}({own}), by `newsletter serve`"
    if forecast.warm_up:
        lines["Warm-up"] = format_warm_up(forecast.warm_up)
    return lines


def _describe_people(request: SendRequest, forecast: Forecast) -> dict[str, str]:
    lines = {}
    tally, planned = forecast.tally, forecast.planned
    chosen = find_segment(planned, request.segment)
    if planned and planned.is_planned:
        lines["Planned"] = (
            f"{tally.planned:,} at {format_time(planned.planned_at_ms)}:"
            f" {tally.sent:,} sent, {tally.remaining:,} remaining"
        )
    if forecast.to_plan is not None:
        segment = format_segment(chosen.name, chosen.text)
        in_segment = f" in the segment {segment}" if segment else ""
        who = format_count(forecast.to_plan, "confirmed subscriber")
        since = ", new since" if planned and planned.is_planned else ""
        since = f"{since}, as of now" if request.schedule else since
        lines["Audience"] = f"{who}{in_segment}{since}"
        lines["Left out"] = describe_left_out(forecast.left_out) or "nobody"
    if tally.deferred:
        due = format_time(forecast.next_attempt_at_ms)
        lines["Deferred"] = f"{tally.deferred:,}, {forecast.due:,} of them due; the next at {due}"
    if request.retry_failed:
        lines["Failed"] = f"{tally.failed:,}, {forecast.to_retry:,} of them tried again"
    if doubtful := tally.in_doubt + tally.in_flight:
        lines["In doubt"] = f"{doubtful:,}, {_DECISIONS[request.in_doubt]}"
    return lines


def _describe_checks(request: SendRequest) -> str:
    found = summarise_findings(request.findings)
    if not request.findings:
        return found
    ignored = ", ignored" if request.ignore_checks else ""
    return f"{found}{ignored}; to see them: newsletter check {request.issue.slug}"


def _rate(installation: Installation, forecast: Forecast) -> float:
    """Tell the rate of a run: the issue's own, else the settings'."""
    own = forecast.planned.rate_per_second if forecast.planned else None
    return installation.settings.transport.rate_per_second if own is None else own


def _describe_rate(per_second: float, messages: int) -> str:
    if not per_second:
        return "as fast as the next hop takes them"
    duration = f", about {format_duration(messages / per_second)}" if messages else ""
    return f"{per_second:g} a second{duration}"


def describe_forecast(
    installation: Installation, request: SendRequest, forecast: Forecast
) -> dict[str, object]:
    """Tell machines what a run would do."""
    issue, settings = request.issue, installation.settings
    rate = _rate(installation, forecast)
    chosen = find_segment(forecast.planned, request.segment)
    return {
        "issue": issue.slug,
        "title": issue.title,
        "dry_run": True,
        "git_commit": issue.revision.commit,
        "is_modified": issue.revision.is_modified,
        "content_sha256": issue.revision.content_sha256,
        "from": str(settings.newsletter.sender),
        "transport": installation.transport_name,
        **describe_segment(chosen.name, chosen.text),
        "messages": forecast.messages,
        "next_attempt_at": iso_time(forecast.next_attempt_at_ms),
        "due_at": iso_time(request.schedule.due_at_ms) if request.schedule else None,
        "departures": describe_departures(forecast.departures),
        "warm_up": describe_warm_up(forecast.warm_up),
        "to_plan": forecast.to_plan,
        "to_retry": forecast.to_retry,
        "left_out": dict(forecast.left_out),
        "before": describe_tally(forecast.tally),
        "rate_per_second": rate or None,
        "least_seconds": forecast.messages / rate if rate else None,
        "warnings": list(forecast.warnings),
        "checks": _describe_findings(request),
    }


def _describe_findings(request: SendRequest) -> dict[str, object]:
    return {
        **count_findings(request.findings),
        "are_ignored": request.ignore_checks,
        "findings": describe_findings(request.findings),
    }


def print_test(outcomes: Mapping[EmailAddress, Outcome]) -> None:
    """Say what became of each test message."""
    for address, outcome in outcomes.items():
        print(f"{address}: {type(outcome).__name__.lower()} {outcome.reply}".rstrip())


def describe_test(
    request: SendRequest, outcomes: Mapping[EmailAddress, Outcome]
) -> dict[str, object]:
    """Tell machines what became of each test message."""
    return {
        "issue": request.issue.slug,
        "test": [
            {
                "address": str(address),
                "outcome": type(outcome).__name__.lower(),
                "reply": outcome.reply,
            }
            for address, outcome in outcomes.items()
        ],
    }


def print_report(report: SendReport | None, found: IssueStatus, *, connections: int) -> None:
    """Say how a run ended, where the issue stands, and how to go on.

    Args:
        report: None when there was nothing to do.
        found: Where the issue stands now.
        connections: To the next hop at once; 0 where there are none.
    """
    slug, tally = found.issue.slug, found.tally
    if report is None:
        print(f"\n{slug} is finished: there was nothing to send.")
    else:
        print(
            f"\n{format_count(report.progress.accepted, 'message')} handed over in"
            f" {format_duration(report.seconds)}: {report.ending.value}."
        )
        if report.is_slower:
            print(_describe_slow_next_hop(report, connections))
    if found.issue.pause_reason:
        print(
            f"It is paused: {found.issue.pause_reason}\nWhen it is mended:"
            f" newsletter resume {slug}, then newsletter send {slug}"
        )
    print_tally(found)
    if explained := explain_schedule(found):
        print(f"\n{explained}")
    elif tally.remaining > tally.deferred and report and report.ending is not Ending.PAUSED:
        print(f"\nTo go on: newsletter send {slug}")
    print_retries(found)


def describe_wait(wait: Wait) -> str:
    """Say what is waited for, and that nothing is lost by not waiting."""
    trouble = f"{wait.trouble}\n" if wait.trouble else ""
    return (
        f"{trouble}Waiting for the next attempt at {format_time(wait.until_ms)}."
        " Ctrl-C ends the waiting; what is deferred stays so."
    )


def _describe_slow_next_hop(report: SendReport, connections: int) -> str:
    """Say that the rate was not reached, and what would reach it."""
    reached = report.progress.ended / report.seconds
    allowed = report.allowed_per_second
    words = (
        f"That was {reached:.3g} a second: the next hop was slower than the {allowed:g} allowed."
    )
    if not connections:
        return words
    # Each connection has one message on its way at a time.
    needed = ceil(connections * allowed / reached)
    return (
        f"{words} Its answer to a message takes {format_duration(connections / reached)};"
        f" {connections} connections were used, and about {needed:,} would be needed"
        f" ([transport] connections), if it allows so many."
    )


def describe_report(
    request: SendRequest, report: SendReport | None, found: IssueStatus
) -> dict[str, object]:
    """Tell machines the same; a run with nothing to do is finished with zeros."""
    run = report.progress if report else Progress()
    return {
        "ending": (report.ending if report else Ending.FINISHED).name.lower(),
        "messages": run.accepted,
        "run": {
            "accepted": run.accepted,
            "rejected": run.rejected,
            "deferred": run.deferred,
            "in_doubt": run.in_doubt,
            "skipped": run.skipped,
        },
        "is_next_hop_slower": bool(report and report.is_slower),
        "checks": _describe_findings(request),
        **describe_status(found),
    }
