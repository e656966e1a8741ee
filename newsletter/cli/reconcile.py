"""`newsletter reconcile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, IssueName
from newsletter.cli.output import format_count, print_json, talk

if TYPE_CHECKING:
    from newsletter.usecases.reconcile_issue import Reconciliation


def reconcile(
    context: typer.Context,
    issue: IssueName,
    *,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="List at most so many.")
    ] = 100,
    after: Annotated[
        int, typer.Option(metavar="NUMBER", help="Go on with the list after this subscriber.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Settle what is in doubt from the reports that came back, and list the rest.

    A message that bounced, was delivered or complained of had left: it counts as sent. It sends
    nothing, and may be repeated. Exit code 7 says that some are still in doubt.

    Examples:
        newsletter reconcile 2026-01-spring
        newsletter reconcile 2026-01-spring --json
    """
    from newsletter.usecases.reconcile_issue import reconcile_issue

    installation = open_installation_of(context)
    found = reconcile_issue(installation, issue, after_id=after, limit=limit)
    next_after = found.in_doubt[-1].reason.subscriber_id if len(found.in_doubt) == limit else None
    if as_json:
        _print_json(found, next_after)
    else:
        _print(found, next_after)
    if found.status.tally.in_doubt:
        raise typer.Exit(ExitCode.PARTLY_DONE)


def _print_json(found: Reconciliation, next_after: int | None) -> None:
    from newsletter.cli.delivery_lines import describe_line
    from newsletter.cli.status import describe_status

    print_json(
        {
            "settled": found.settled,
            **describe_status(found.status),
            "deliveries": [describe_line(each) for each in found.in_doubt],
            "next_after": next_after,
        }
    )


def _print(found: Reconciliation, next_after: int | None) -> None:
    from newsletter.cli.delivery_lines import print_lines
    from newsletter.cli.report_words import print_reports

    slug, tally, counts = found.status.issue.slug, found.status.tally, found.status.reports
    settled = format_count(found.settled, "delivery", "deliveries")
    print(f"{settled} settled by reports; {tally.in_doubt:,} still in doubt.")
    if tally.in_flight:
        talk(f"{tally.in_flight:,} are in flight: their sender tells what became of them.")
    print_reports(counts)
    if not tally.in_doubt:
        return
    print("\nNothing came back about these:")
    print_lines(found.in_doubt, next_after)
    came = "Reports came about others, so" if counts.reported else "No report came at all, and"
    likely = "these have more likely not left" if counts.reported else "nothing can be told of them"
    talk(
        f"\n{came} {likely}. Wait a day for late ones, or decide:\n"
        f"  newsletter send {slug} --in-doubt retry      whoever did get one gets it twice\n"
        f"  newsletter send {slug} --in-doubt write-off  whoever did not will not"
    )
