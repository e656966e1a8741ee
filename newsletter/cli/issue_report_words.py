"""What `newsletter report` tells; for people, for machines, and as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.output import format_duration, format_time, print_pairs, print_table
from newsletter.cli.segment_words import describe_segment, format_segment
from newsletter.cli.status import describe_revision, describe_tally
from newsletter.usecases.iso_time import iso_time
from newsletter.usecases.report_issue import list_returned
from newsletter.usecases.show_subscriber import describe_action

if TYPE_CHECKING:
    from newsletter.usecases.report_issue import IssueReport


def print_report(report: IssueReport) -> None:
    """Print what became of an issue, for people; what there is nothing of is left out."""
    issue, found = report.issue, report.summary
    print_pairs(
        {
            "Issue": f"{issue.slug}  “{issue.title}”",
            "State": f"{issue.state}, by process {report.sender.number} on {report.sender.host}"
            if report.sender
            else str(issue.state),
            "Revision": describe_revision(issue.git_commit, issue.is_modified),
            "Audience": format_segment(issue.segment_name, issue.segment) or "everyone",
            "Planned at": format_time(issue.planned_at_ms),
            **({"Finished at": format_time(issue.finished_at_ms)} if issue.finished_at_ms else {}),
        }
    )
    _print_sum(report)
    if returned := {name: count for name, count in list_returned(report.returned).items() if count}:
        print("\nWhat came back")
        print_table(
            ["what", "deliveries"], [[_spell(name), count] for name, count in returned.items()]
        )
    if found.troubles:
        print("\nWhat servers said")
        print_table(
            ["status", "code", "messages", "such as"],
            [
                [_spell(each.status), each.code or "none", each.count, sample]
                for each, sample in zip(found.troubles, report.samples, strict=True)
            ],
        )
    if found.skipped:
        print("\nSkipped")
        print_table(["reason", "people"], [[why, count] for why, count in found.skipped.items()])
    if found.slow_domains:
        print("\nSlow domains")
        print_table(
            ["domain", "late", "still deferred", "longest"],
            [
                [each.domain, each.late, each.deferred, format_duration(each.longest_seconds)]
                for each in found.slow_domains
            ],
        )
    if report.actions:
        print("\nWhat operators did")
        print_table(
            ["at", "who", "what", "details"],
            [
                [format_time(each.at_ms), each.actor, each.kind.value, each.details]
                for each in report.actions
            ],
        )


def _print_sum(report: IssueReport) -> None:
    """Print the parts, and that they come to what was planned."""
    found = report.summary
    parts = {_spell(name): count for name, count in found.tally.parts.items() if count}
    total = sum(parts.values())
    print()
    for name, count in parts.items():
        print(f"  {name:<14}{count:>12,}")
    is_same = "=" if total == found.rows else "is not"
    print(f"  {'together':<14}{total:>12,}  {is_same} {found.rows:,} planned")
    tally = found.tally
    if tally.remaining:
        print(
            f"  remaining: {tally.waiting:,} planned, {tally.in_flight:,} in flight,"
            f" {tally.deferred:,} deferred"
        )


def describe_report(report: IssueReport) -> dict[str, object]:
    """Tell machines the same."""
    issue, found = report.issue, report.summary
    return {
        "issue": issue.slug,
        "title": issue.title,
        "state": issue.state.value,
        **describe_segment(issue.segment_name, issue.segment),
        "git_commit": issue.git_commit,
        "is_modified": issue.is_modified,
        "planned_at": iso_time(issue.planned_at_ms),
        "finished_at": iso_time(issue.finished_at_ms),
        "sender": str(report.sender) if report.sender else None,
        "next_attempt_at": iso_time(report.next_attempt_at_ms),
        **describe_tally(found.tally),
        "sum": sum(found.tally.parts.values()),
        "rows": found.rows,
        "returned": list_returned(report.returned),
        "errors": [
            {
                "status": each.status.value,
                "code": each.code or None,
                "count": each.count,
                "sample": sample or None,
            }
            for each, sample in zip(found.troubles, report.samples, strict=True)
        ],
        "skipped_by_reason": dict(found.skipped),
        "slow_domains": [
            {
                "domain": each.domain,
                "late": each.late,
                "deferred": each.deferred,
                "longest_seconds": each.longest_seconds,
            }
            for each in found.slow_domains
        ],
        "actions": [describe_action(each) for each in report.actions],
    }


def list_report_rows(report: IssueReport) -> list[tuple[str, str, str, int, str]]:
    """List the counts as rows: part, name, status, count, words."""
    found = report.summary
    return [
        *(("sum", name, "", count, "") for name, count in found.tally.parts.items()),
        ("sum", "planned", "", found.rows, ""),
        *(
            ("returned", name, "", count, "")
            for name, count in list_returned(report.returned).items()
        ),
        *(
            ("error", each.code, each.status.value, each.count, sample)
            for each, sample in zip(found.troubles, report.samples, strict=True)
        ),
        *(("skipped", why, "skipped", count, "") for why, count in found.skipped.items()),
        *(
            ("slow domain", each.domain, "", each.late, format_duration(each.longest_seconds))
            for each in found.slow_domains
        ),
    ]


def _spell(name: str) -> str:
    return name.replace("_", " ")
