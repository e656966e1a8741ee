"""`newsletter report`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import open_installation_of
from newsletter.cli.options import AsJson, IssueName
from newsletter.cli.output import print_json


def report(
    context: typer.Context,
    issue: IssueName,
    *,
    form: Annotated[
        Literal["text", "json", "csv", "html"] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, json, csv, or html: one page that needs no other file.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what became of an issue.

    The funnel and its sum, what servers said by code with a sample of each, which domains were
    slow, who was skipped and why, and what operators did. No address is in it.

    Examples:
        newsletter report 2026-01-spring
        newsletter report 2026-01-spring --format html
    """
    from newsletter.cli.issue_report_words import describe_report, list_report_rows, print_report
    from newsletter.usecases.report_issue import report_issue

    if as_json and form not in {None, "json"}:
        raise WrongUsageError(f"--json and --format {form} ask for two things: use one")
    installation = open_installation_of(context)
    found = report_issue(installation, issue)
    if as_json or form == "json":
        print_json(describe_report(found))
    elif form == "csv":
        _print_csv(list_report_rows(found))
    elif form == "html":
        from newsletter.web.desk.report_page import build_report_page

        print(build_report_page(installation, found))
    else:
        print_report(found)


def _print_csv(rows: list[tuple[str, str, str, int, str]]) -> None:
    import csv
    import sys

    from subscribers.exchange.formulas import guard_cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["part", "name", "status", "count", "words"])
    for part, name, status, count, words in rows:
        writer.writerow([part, guard_cell(name), status, count, guard_cell(words)])
