"""A finding: what is wrong or doubtful, where in an issue it stands, and how to mend it."""

from dataclasses import dataclass

from newsletter.rules import Rule, Severity

__all__ = ["Finding", "Severity", "build_finding"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One answer of rendering, of a check or of the doctor."""

    #: Which rule answers, in kebab case, such as ``unknown-shortcode``.
    rule: str
    severity: Severity
    #: What is wrong.
    message: str
    #: How to mend it.
    advice: str
    #: Line of the issue's file, front matter included, counted from 1; 0 for the whole issue, and
    #: for what is no issue.
    line: int = 0
    #: Counted from 1 in characters; 0 when it is not known.
    column: int = 0


def build_finding(
    rule: Rule, message: str, *, line: int = 0, column: int = 0, advice: str = ""
) -> Finding:
    """Make a finding of a rule.

    Args:
        rule: Gives name and severity.
        message: What is wrong here.
        line: Of the issue's file; see `Finding`.
        column: The same.
        advice: How to mend it here, if that can be said better than the rule does.
    """
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=message,
        advice=advice or rule.advice,
        line=line,
        column=column,
    )
