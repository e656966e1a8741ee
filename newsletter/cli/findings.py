"""What checks found, for people, for machines and for GitHub's annotations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from newsletter.cli.output import format_bytes, format_count
from newsletter.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from newsletter.checks.size import MessageSize
    from newsletter.rendering.finding import Finding
    from newsletter.usecases.check_issue import CheckReport

_GITHUB_COMMANDS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def print_findings(report: CheckReport) -> None:
    """Print the findings of an issue, each with its place, and how to mend it."""
    for finding in report.findings:
        place = _describe_place(report.path, finding)
        print(f"{place}: {finding.severity}: {finding.message} [{finding.rule}]")
        print(f"    {finding.advice}")


def print_for_github(report: CheckReport) -> None:
    """Print the workflow commands that annotate a pull request.

    Source:
        GitHub Actions, workflow commands: `::error file=…,line=…,col=…,title=…::message`.
    """
    for finding in report.findings:
        place = f"file={_escape_property(str(_shorten(report.path)))}"
        if finding.line:
            place += f",line={finding.line}"
        if finding.line and finding.column:
            place += f",col={finding.column}"
        command = _GITHUB_COMMANDS[finding.severity]
        text = _escape(f"{finding.message}. {finding.advice}")
        print(f"::{command} {place},title={_escape_property(finding.rule)}::{text}")


def describe_report(report: CheckReport) -> dict[str, object]:
    """Tell machines what was found in one issue, and how large it is.

    A file that cannot be used has neither a slug nor sizes.
    """
    return {
        "issue": report.slug or None,
        "path": str(_shorten(report.path)),
        "sizes": _describe_sizes(report.size) if report.size else None,
        "findings": describe_findings(report.findings),
    }


def describe_findings(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Tell machines what was found."""
    return [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "line": finding.line,
            "column": finding.column,
            "message": finding.message,
            "advice": finding.advice,
        }
        for finding in findings
    ]


def count_findings(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity: ``errors``, ``warnings``, ``notes``."""
    counts = Counter(finding.severity for finding in findings)
    return {f"{severity}s": counts[severity] for severity in Severity}


def summarise_findings(findings: Sequence[Finding]) -> str:
    """Say how many there are: ``1 error, 2 warnings``."""
    counts = Counter(finding.severity for finding in findings)
    words = [
        format_count(counts[severity], severity.value) for severity in Severity if counts[severity]
    ]
    return ", ".join(words) or "nothing found"


def describe_size(size: MessageSize) -> str:
    """Say how large an issue is."""
    largest = max(size.sections, key=lambda section: section.size_bytes, default=None)
    section = (
        f"; largest section: “{largest.title}”, {format_bytes(largest.size_bytes)}"
        if largest
        else ""
    )
    html, wire = format_bytes(size.html_bytes), format_bytes(size.wire_bytes)
    return f"HTML {html}, on the wire {wire}{section}"


def _describe_sizes(size: MessageSize) -> dict[str, object]:
    return {
        "html_bytes": size.html_bytes,
        "text_bytes": size.text_bytes,
        "wire_bytes": size.wire_bytes,
        "sections": [
            {"title": section.title, "line": section.line, "html_bytes": section.size_bytes}
            for section in size.sections
        ],
    }


def _describe_place(path: Path, finding: Finding) -> str:
    place = str(_shorten(path))
    if finding.line:
        place += f":{finding.line}:{max(finding.column, 1)}"
    return place


def _shorten(path: Path) -> Path:
    """Name a path from the current folder, where it is below it."""
    from pathlib import Path

    here = Path.cwd()
    absolute = path.absolute()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else path


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
