"""`newsletter check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from newsletter.cli.exit_code import ExitCode
from newsletter.cli.failure import WrongUsageError
from newsletter.cli.opening import load_settings_of
from newsletter.cli.options import AsJson
from newsletter.cli.output import format_count, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from newsletter.rendering.finding import Finding
    from newsletter.settings import Settings
    from newsletter.usecases.check_issue import CheckReport


def check(
    context: typer.Context,
    issues: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ISSUE",
            help="Issue files, or slugs; all issues when there is none.",
            show_default=False,
        ),
    ] = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="End with 3 for warnings, too.")] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Also ask whether the pages behind links are there.")
    ] = False,
    output: Annotated[
        Literal["text", "json", "github"],
        typer.Option("--format", metavar="FORMAT", help="text, json, or github (annotations)."),
    ] = "text",
    as_json: AsJson = False,
) -> None:
    """Find what would go wrong after sending: links, sizes, mail clients, accessibility.

    Ends with 3 when there are errors. The rules are in docs/reference/checks.md; [checks] ignore
    in newsletter.toml leaves rules out.

    Examples:
        newsletter check 2026-01-spring
        newsletter check 2026-01-spring --strict --links
        newsletter check --format github
    """
    from newsletter.rules import Severity
    from newsletter.usecases.check_issue import check_issues

    if as_json and output == "github":
        raise WrongUsageError("--json and --format github: choose one of them")
    settings = load_settings_of(context)
    reports = []
    for report in check_issues(settings, _find_files(settings, issues), asks_links=links):
        reports.append(report)
        if output == "text" and not as_json:
            _print_report(report)
        elif output == "github":
            _print_annotations(report)
    findings = [finding for report in reports for finding in report.findings]
    if output == "json" or as_json:
        _print_document(reports, findings)
    elif output == "text":
        _print_end(reports, findings)
    stops = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    has_errors = any(finding.severity in stops for finding in findings)
    raise typer.Exit(ExitCode.CHECKS_FOUND_ERRORS if has_errors else ExitCode.OK)


def _find_files(settings: Settings, names: list[str] | None) -> list[Path]:
    from newsletter.errors import NotFoundError
    from newsletter.issues.folder import find_issue, list_issue_files

    if names:
        return [find_issue(settings.folder, name) for name in names]
    files = list_issue_files(settings.folder)
    if not files:
        raise NotFoundError(f"{settings.folder / 'issues'}: there is no issue to check")
    return files


def _print_report(report: CheckReport) -> None:
    from newsletter.cli.findings import describe_size, print_findings, summarise_findings

    print_findings(report)
    size = f" {describe_size(report.size)}." if report.size else ""
    print(f"{report.slug or report.path.name}: {summarise_findings(report.findings)}.{size}\n")


def _print_annotations(report: CheckReport) -> None:
    from newsletter.cli.findings import print_for_github

    print_for_github(report)


def _print_document(reports: Iterable[CheckReport], findings: Iterable[Finding]) -> None:
    from newsletter.checks.client_facts import SHARES, UNCOVERED, load_client_facts
    from newsletter.cli.findings import count_findings, describe_report
    from newsletter.usecases.check_issue import find_spam_program

    facts = load_client_facts()
    print_json(
        {
            "issues": [describe_report(report) for report in reports],
            **count_findings(findings),
            "clients": {
                "source": facts.source,
                "updated_on": facts.updated_on,
                "assumed_percent": dict(SHARES),
                "not_covered": list(UNCOVERED),
            },
            "spamassassin": find_spam_program(),
        }
    )


def _print_end(reports: list[CheckReport], findings: list[Finding]) -> None:
    from newsletter.checks.client_facts import UNCOVERED, load_client_facts
    from newsletter.cli.findings import summarise_findings
    from newsletter.usecases.check_issue import find_spam_program

    facts = load_client_facts()
    if len(reports) > 1:
        print(f"{format_count(len(reports), 'issue')}: {summarise_findings(findings)}.")
    print(
        f"Mail clients: {facts.source}, {facts.updated_on}; shares of readers are assumed."
        f" Nothing is known of {' and '.join(UNCOVERED)}."
    )
    if not find_spam_program():
        print("SpamAssassin is not installed, so it was not asked.")
