"""A finding: what is wrong or doubtful in an issue, where, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    #: Readers would miss something or be misled.
    ERROR = "error"
    #: Most readers will not notice, some will.
    WARNING = "warning"
    #: Worth knowing; nothing needs to change.
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One answer of rendering or of a check."""

    #: Which rule answers, in kebab case, such as ``unknown-shortcode``.
    rule: str
    severity: Severity
    #: What is wrong.
    message: str
    #: How to mend it.
    advice: str
    #: Line of the issue's file, front matter included, counted from 1; 0 for the whole issue.
    line: int = 0
    #: Counted from 1 in characters; 0 when it is not known.
    column: int = 0
